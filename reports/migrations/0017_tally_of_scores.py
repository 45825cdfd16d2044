"""Scores by the day of the answer and the manager of that moment are counted along: answers times assignments.

A change of either side is told by its own rows against the other side as it stands; answers are about now and owners
change from now on, so that two at once have nothing in common. Once a day everything is counted anew in any case.
"""

from importlib import import_module

from django.db import migrations

tally = import_module("reports.migrations.0015_tally_of_work")
outcomes = import_module("reports.migrations.0016_tally_of_outcomes")

#: What is told of a score, its amount in hundredths.
SCORE = f"SELECT 'score', {{answer}}.scale, ({{answer}}.answered_at AT TIME ZONE {tally.ZONE})::date, {{held}}.user_id, {{n}}, {{n}} * round({{answer}}.score * 100)::int"
COUNTS = "scale IN ('csat10', 'csat5') AND about <> 'product'"
ANSWERS = f"""
{SCORE.format(answer="r", held="a", n="{n}")} FROM {{rows}} r CROSS JOIN LATERAL (
    SELECT user_id FROM clients_assignment WHERE client_id = r.client_id AND started_at <= r.answered_at
        AND (ended_at IS NULL OR ended_at > r.answered_at) OFFSET 0) a WHERE r.{COUNTS}
"""
HELD = f"""
{SCORE.format(answer="s", held="r", n="{n}")} FROM {{rows}} r CROSS JOIN LATERAL (
    SELECT scale, answered_at, score FROM feedback_surveyresponse WHERE client_id = r.client_id
        AND answered_at >= r.started_at AND (r.ended_at IS NULL OR answered_at < r.ended_at) AND {COUNTS} OFFSET 0) s
"""
SIDES = {"feedback_surveyresponse": ANSWERS, "clients_assignment": HELD}
ROWS = ANSWERS.format(rows="feedback_surveyresponse", n=1)
TRIGGERS = [(table, event, select) for table, select in SIDES.items() for event in tally.EVENTS]
WATCH = "\n".join(
    [
        outcomes.COUNT.format(
            add=tally.ADD.format(fresh="false", rows=f"{tally.EVERYTHING} UNION ALL {outcomes.ROWS} UNION ALL {ROWS}")
        ),
        *(
            f"CREATE FUNCTION score_tally_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" {tally.of_rows(select, event)} RETURN NULL; END $$; CREATE TRIGGER score_tally_{event} AFTER {event.upper()}"
            f" ON {table} REFERENCING {tally.EVENTS[event]} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION score_tally_{table}_{event}();"
            for table, event, select in TRIGGERS
        ),
    ]
)
FORGET = "\n".join(
    [
        *(
            f"DROP TRIGGER score_tally_{event} ON {table}; DROP FUNCTION score_tally_{table}_{event};"
            for table, event, _select in TRIGGERS
        ),
        outcomes.COUNT.format(
            add=tally.ADD.format(fresh="false", rows=f"{tally.EVERYTHING} UNION ALL {outcomes.ROWS}")
        ),
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0016_assignments_by_day"),
        ("feedback", "0007_trail_indexed_by_object_alone"),
        ("reports", "0016_tally_of_outcomes"),
    ]
    operations = [migrations.RunSQL(WATCH, FORGET)]

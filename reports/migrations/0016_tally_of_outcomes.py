"""What came of attempts and complaints is counted along as well, by whoever tried or solved and the day of the outcome."""

from importlib import import_module

from django.db import migrations

tally = import_module("reports.migrations.0015_tally_of_work")

WON = f"""
SELECT 'won', CASE WHEN r.outcome = 'won' THEN 'won' ELSE 'lost' END, (r.closed_at AT TIME ZONE {tally.ZONE})::date,
    r.assignee_id, {{n}}, 0 FROM {{rows}} r WHERE r.outcome <> ''
"""
SOLVED = f"""
SELECT 'solved', CASE WHEN r.resolved_at <= r.deadline THEN 'in time' ELSE 'late' END,
    (r.resolved_at AT TIME ZONE {tally.ZONE})::date, r.resolved_by_id, {{n}}, 0 FROM {{rows}} r
WHERE r.state = 'resolved' AND r.resolved_by_id IS NOT NULL
"""
OUTCOMES = {"retention_winback": WON, "feedback_complaint": SOLVED}
ROWS = "\nUNION ALL\n".join(select.format(rows=table, n=1) for table, select in OUTCOMES.items())
COUNT = """
CREATE OR REPLACE FUNCTION reports_count_work() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
WITH gone AS (DELETE FROM reports_worktally) {add};
END $$;
SELECT reports_count_work();
"""
TRIGGERS = [(table, event, select) for table, select in OUTCOMES.items() for event in tally.EVENTS]
WATCH = "\n".join(
    [
        COUNT.format(add=tally.ADD.format(fresh="false", rows=f"{tally.EVERYTHING} UNION ALL {ROWS}")),
        *(
            f"CREATE FUNCTION outcome_tally_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" {tally.of_rows(select, event)} RETURN NULL; END $$; CREATE TRIGGER outcome_tally_{event} AFTER {event.upper()}"
            f" ON {table} REFERENCING {tally.EVENTS[event]} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION outcome_tally_{table}_{event}();"
            for table, event, select in TRIGGERS
        ),
    ]
)
FORGET = "\n".join(
    [
        *(
            f"DROP TRIGGER outcome_tally_{event} ON {table}; DROP FUNCTION outcome_tally_{table}_{event};"
            for table, event, _select in TRIGGERS
        ),
        COUNT.format(add=tally.ADD.format(fresh="false", rows=tally.EVERYTHING)),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("reports", "0015_tally_of_work"), ("retention", "0017_tallies_of_two_filters")]
    operations = [migrations.RunSQL(WATCH, FORGET)]

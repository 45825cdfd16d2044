"""What became of stops is counted along by the day on which it showed and whoever had the client on the day of the stop.

Stops times assignments, as scores are: owners change from now on, so that two changes at once have nothing in common
unless a stop of today ends today in that moment. Once a day everything is counted anew in any case.
"""

from importlib import import_module

from django.db import migrations

tally = import_module("reports.migrations.0015_tally_of_work")
outcomes = import_module("reports.migrations.0016_tally_of_outcomes")
scores = import_module("reports.migrations.0017_tally_of_scores")

STOP = "SELECT 'saved', CASE WHEN {stop}.outcome = 'resumed' THEN 'resumed' ELSE 'left' END, {stop}.ended_on, {held}.user_id, {n}, 0"
HELD_ON = f"""(started_at AT TIME ZONE {tally.ZONE})::date <= r.stopped_on
        AND (ended_at IS NULL OR (ended_at AT TIME ZONE {tally.ZONE})::date > r.stopped_on)"""
STOPS = f"""
{STOP.format(stop="r", held="a", n="{n}")} FROM {{rows}} r CROSS JOIN LATERAL (
    SELECT user_id FROM clients_assignment WHERE client_id = r.client_id AND {HELD_ON} OFFSET 0) a WHERE r.outcome <> ''
"""
HELD = f"""
{STOP.format(stop="s", held="r", n="{n}")} FROM {{rows}} r CROSS JOIN LATERAL (
    SELECT outcome, ended_on FROM retention_freeze WHERE client_id = r.client_id AND outcome <> ''
        AND stopped_on >= (r.started_at AT TIME ZONE {tally.ZONE})::date
        AND (r.ended_at IS NULL OR stopped_on < (r.ended_at AT TIME ZONE {tally.ZONE})::date) OFFSET 0) s
"""
KEPT = f"{tally.EVERYTHING} UNION ALL {outcomes.ROWS} UNION ALL {scores.ROWS}"
ROWS = STOPS.format(rows="retention_freeze", n=1)


def of_assignments(select):
    """One statement tells what an assignment means for both."""
    return "\n".join(
        f"CREATE OR REPLACE FUNCTION score_tally_clients_assignment_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" {tally.of_rows(select, event)} RETURN NULL; END $$;"
        for event in tally.EVENTS
    )


#: Triggers first: they hold off writers until the rows are counted.
WATCH = "\n".join(
    [
        *(
            f"CREATE FUNCTION stop_tally_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" {tally.of_rows(STOPS, event)} RETURN NULL; END $$; CREATE TRIGGER stop_tally_{event} AFTER {event.upper()}"
            f" ON retention_freeze REFERENCING {tally.EVENTS[event]} FOR EACH STATEMENT EXECUTE FUNCTION stop_tally_{event}();"
            for event in tally.EVENTS
        ),
        of_assignments(f"{scores.HELD} UNION ALL {HELD}"),
        outcomes.COUNT.format(add=tally.ADD.format(fresh="false", rows=f"{KEPT} UNION ALL {ROWS}")),
    ]
)
FORGET = "\n".join(
    [
        *(f"DROP TRIGGER stop_tally_{event} ON retention_freeze; DROP FUNCTION stop_tally_{event};" for event in tally.EVENTS),
        of_assignments(scores.HELD),
        outcomes.COUNT.format(add=tally.ADD.format(fresh="false", rows=KEPT)),
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0024_heaps_of_values"),
        ("retention", "0027_counts_of_reasons_and_campaigns"),
    ]
    operations = [migrations.RunSQL(WATCH, FORGET)]

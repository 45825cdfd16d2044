"""Triggers that note whose signals are to be computed again: what clients say, stops, offers and renewals themselves.

Insert only, as those of ``AttentionWatch``, by which orders, calls, contracts and owners come.
"""

from __future__ import annotations

from django.db import migrations

AT_ONCE = "TIMESTAMPTZ '2000-01-01 00:00+00'"
MARK = "INSERT INTO retention_signalwatch (client_id, look_at) SELECT DISTINCT {column}, " + AT_ONCE + " FROM {rows};"
OPEN = "JOIN retention_renewal r ON r.client_id = {column} AND r.outcome = ''"


def function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;"


FUNCTIONS = {
    "signals_of_fresh": MARK.format(column="f.client_id", rows=f"fresh f {OPEN.format(column='f.client_id')}"),
    "signals_of_stale": MARK.format(column="f.client_id", rows=f"stale f {OPEN.format(column='f.client_id')}"),
    "signals_of_offers": MARK.format(
        column="r.client_id", rows="fresh f JOIN retention_renewal r ON r.id = f.renewal_id AND r.outcome = ''"
    ),
    "signals_of_new_renewals": MARK.format(column="client_id", rows="fresh WHERE outcome = ''"),
    "signals_of_renewals": MARK.format(
        column="client_id",
        rows="""(
            (SELECT id, client_id, stage FROM fresh WHERE outcome = '' EXCEPT SELECT id, client_id, stage FROM stale
             WHERE outcome = '')
            UNION ALL
            (SELECT id, client_id, '' FROM fresh WHERE outcome = '' AND signal_at IS NULL
             EXCEPT SELECT id, client_id, '' FROM stale WHERE signal_at IS NULL)) changed""",
    ),
    "signals_of_company": MARK.format(
        column="r.client_id",
        rows="""fresh f JOIN stale s USING (id) CROSS JOIN retention_renewal r
        WHERE r.outcome = '' AND (f.low_score <> s.low_score OR f.high_score <> s.high_score)""",
    ),
}
NEW, OLD = "NEW TABLE AS fresh", "OLD TABLE AS stale"
TRIGGERS = (
    ("feedback_surveyresponse", "INSERT", NEW, "signals_of_fresh"),
    ("feedback_surveyresponse", "UPDATE", NEW, "signals_of_fresh"),
    ("feedback_surveyresponse", "DELETE", OLD, "signals_of_stale"),
    ("feedback_complaint", "INSERT", NEW, "signals_of_fresh"),
    ("feedback_complaint", "UPDATE", NEW, "signals_of_fresh"),
    ("retention_freeze", "INSERT", NEW, "signals_of_fresh"),
    ("retention_freeze", "UPDATE", NEW, "signals_of_fresh"),
    ("retention_freeze", "DELETE", OLD, "signals_of_stale"),
    ("retention_renewaloffer", "INSERT", NEW, "signals_of_offers"),
    ("retention_renewaloffer", "UPDATE", NEW, "signals_of_offers"),
    ("retention_renewal", "INSERT", NEW, "signals_of_new_renewals"),
    ("retention_renewal", "UPDATE", f"{NEW} {OLD}", "signals_of_renewals"),
    ("core_company", "UPDATE", f"{NEW} {OLD}", "signals_of_company"),
)


def trigger_name(table: str, event: str) -> str:
    return f"signals_{table}_{event.lower()}"


WATCH = "\n".join(
    [
        *(function(name, body) for name, body in FUNCTIONS.items()),
        *(
            f"CREATE TRIGGER {trigger_name(table, event)} AFTER {event} ON {table} REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();"
            for table, event, rows, name in TRIGGERS
        ),
        "INSERT INTO retention_signalwatch (client_id, look_at)"
        f" SELECT DISTINCT client_id, {AT_ONCE} FROM retention_renewal WHERE outcome = '';",
    ]
)
FORGET = "\n".join(
    [
        *(f"DROP TRIGGER {trigger_name(table, event)} ON {table};" for table, event, _rows, _name in TRIGGERS),
        *(f"DROP FUNCTION {name};" for name in FUNCTIONS),
        "DELETE FROM retention_signalwatch;",
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0010_signals_follow_facts"),
        ("core", "0009_attention_calls_per_day"),
        ("feedback", "0006_audit_by_statement"),
    ]

    operations = [migrations.RunSQL(WATCH, FORGET)]

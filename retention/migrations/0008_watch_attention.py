"""Triggers that note which clients are to be looked at again, whoever changes them.

Statement level and insert only: an import pays once, and nobody ever waits for the sweep, nor the sweep for anybody.
"""

from __future__ import annotations

from django.db import migrations

AT_ONCE = "DATE '2000-01-01'"
MARK = "INSERT INTO retention_attentionwatch (client_id, look_on) SELECT DISTINCT {column}, " + AT_ONCE + " FROM {rows};"


def function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;"


FUNCTIONS = {
    "attention_of_fresh": MARK.format(column="client_id", rows="fresh"),
    "attention_of_stale": MARK.format(column="client_id", rows="stale"),
    "attention_of_orders": MARK.format(
        column="u.id",
        rows="""fresh f JOIN stale s USING (id) CROSS JOIN LATERAL unnest(ARRAY[f.client_id, s.client_id]) AS u(id)
        WHERE (f.client_id, f.ordered_at, f.status, f.amount, f.refunded_amount, f.refunded_on)
            IS DISTINCT FROM (s.client_id, s.ordered_at, s.status, s.amount, s.refunded_amount, s.refunded_on)""",
    ),
    "attention_of_contracts": MARK.format(
        column="u.id",
        rows="fresh f JOIN stale s USING (id) CROSS JOIN LATERAL unnest(ARRAY[f.client_id, s.client_id]) AS u(id)",
    ),
    "attention_of_touches": MARK.format(
        column="f.client_id", rows="""fresh f JOIN stale s USING (id)
        WHERE (f.state <> s.state AND f.state <> 'open') OR (f.kind <> s.kind AND f.kind = 'what_went_wrong')""",
    ),
    "attention_of_done_touches": MARK.format(
        column="client_id", rows="fresh WHERE state = 'done' OR kind = 'what_went_wrong'"
    ),
    "attention_of_clients": MARK.format(column="id", rows="fresh"),
    "attention_of_changed_clients": MARK.format(
        column="f.id",
        rows="""fresh f JOIN stale s USING (id)
        WHERE f.tier <> s.tier OR (f.archived_at IS NULL) <> (s.archived_at IS NULL)""",
    ),
    "attention_of_policies": MARK.format(
        column="c.id",
        rows="""fresh f JOIN stale s USING (tier) JOIN clients_client c ON c.tier = f.tier
        WHERE f.silence_factor <> s.silence_factor OR f.contact_days <> s.contact_days""",
    ),
    "attention_of_company": MARK.format(
        column="c.id", rows="fresh f JOIN stale s USING (id) CROSS JOIN clients_client c WHERE f.active_days <> s.active_days"
    ),
}
NEW, OLD = "NEW TABLE AS fresh", "OLD TABLE AS stale"
TRIGGERS = (
    ("clients_order", "INSERT", NEW, "attention_of_fresh"),
    ("clients_order", "UPDATE", f"{NEW} {OLD}", "attention_of_orders"),
    ("clients_order", "DELETE", OLD, "attention_of_stale"),
    ("clients_contract", "INSERT", NEW, "attention_of_fresh"),
    ("clients_contract", "UPDATE", f"{NEW} {OLD}", "attention_of_contracts"),
    ("clients_contract", "DELETE", OLD, "attention_of_stale"),
    ("clients_client", "INSERT", NEW, "attention_of_clients"),
    ("clients_client", "UPDATE", f"{NEW} {OLD}", "attention_of_changed_clients"),
    ("clients_assignment", "INSERT", NEW, "attention_of_fresh"),
    ("clients_clientletter", "INSERT", NEW, "attention_of_fresh"),
    ("work_touch", "INSERT", NEW, "attention_of_done_touches"),
    ("work_touch", "UPDATE", f"{NEW} {OLD}", "attention_of_touches"),
    ("feedback_surveyresponse", "INSERT", NEW, "attention_of_fresh"),
    ("feedback_complaint", "INSERT", NEW, "attention_of_fresh"),
    ("retention_winback", "INSERT", NEW, "attention_of_fresh"),
    ("retention_keepingpolicy", "UPDATE", f"{NEW} {OLD}", "attention_of_policies"),
    ("core_company", "UPDATE", f"{NEW} {OLD}", "attention_of_company"),
)


def trigger_name(table: str, event: str) -> str:
    return f"attention_{table}_{event.lower()}"


WATCH = "\n".join(
    [
        *(function(name, body) for name, body in FUNCTIONS.items()),
        *(
            f"CREATE TRIGGER {trigger_name(table, event)} AFTER {event} ON {table} REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();"
            for table, event, rows, name in TRIGGERS
        ),
        f"INSERT INTO retention_attentionwatch (client_id, look_on) SELECT id, {AT_ONCE} FROM clients_client;",
    ]
)
FORGET = "\n".join(
    [
        *(f"DROP TRIGGER {trigger_name(table, event)} ON {table};" for table, event, _rows, _name in TRIGGERS),
        *(f"DROP FUNCTION {name};" for name in FUNCTIONS),
        "DELETE FROM retention_attentionwatch;",
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0007_clients_who_need_attention"),
        ("core", "0009_attention_calls_per_day"),
        ("clients", "0011_count_active_clients_by_index"),
        ("feedback", "0006_audit_by_statement"),
        ("work", "0008_audit_by_statement"),
    ]

    operations = [migrations.RunSQL(WATCH, FORGET)]

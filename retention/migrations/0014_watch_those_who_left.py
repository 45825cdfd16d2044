"""Triggers that note whose lists are to be derived again, and those that count along with the lists.

Insert only, as those of ``AttentionWatch``, by which orders, contracts, owners, answers and complaints come.
"""

from __future__ import annotations

from django.db import migrations

AT_ONCE = "DATE '2000-01-01'"
MARK = "INSERT INTO retention_leavingwatch (client_id, look_on) SELECT DISTINCT {column}, " + AT_ONCE + " FROM {rows};"
TALLY = """
INSERT INTO retention_tally AS t (of, label, owner_id, tier, number)
SELECT '{of}', {columns}, sum(n) FROM ({rows}) q GROUP BY 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 2, 3, 4
ON CONFLICT (of, label, owner_id, tier) DO UPDATE SET number = t.number + EXCLUDED.number;
"""
LISTS = {"candidate": "segment, owner_id, tier", "return": "to_char(back_on, 'YYYY-MM'), 0, ''"}
ROWS = {
    "fresh": "SELECT *, 1 AS n FROM fresh",
    "stale": "SELECT *, -1 AS n FROM stale",
    "both": "SELECT *, 1 AS n FROM fresh UNION ALL SELECT *, -1 FROM stale",
}


def function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;"


FUNCTIONS = {
    "leaving_of_fresh": MARK.format(column="client_id", rows="fresh"),
    "leaving_of_stale": MARK.format(column="client_id", rows="stale"),
    "leaving_of_both": MARK.format(
        column="client_id", rows="(SELECT client_id FROM fresh UNION ALL SELECT client_id FROM stale) f"
    ),
    "leaving_of_fresh_products": MARK.format(
        column="k.client_id", rows="fresh f JOIN clients_contract k ON k.id = f.contract_id"
    ),
    "leaving_of_stale_products": MARK.format(
        column="k.client_id", rows="stale f JOIN clients_contract k ON k.id = f.contract_id"
    ),
    "leaving_of_company": MARK.format(
        column="c.id",
        rows="""fresh f JOIN stale s USING (id) CROSS JOIN clients_client c
        WHERE (f.grace_days, f.early_days, f.low_score) IS DISTINCT FROM (s.grace_days, s.early_days, s.low_score)""",
    ),
    **{
        f"tally_of_{of}_{rows}": TALLY.format(of=of, columns=columns, rows=ROWS[rows])
        for of, columns in LISTS.items()
        for rows in ROWS
    },
}
NEW, OLD = "NEW TABLE AS fresh", "OLD TABLE AS stale"
BOTH = f"{NEW} {OLD}"
TRIGGERS = (
    ("retention_refusal", "INSERT", NEW, "leaving_of_fresh"),
    ("retention_refusal", "UPDATE", BOTH, "leaving_of_both"),
    ("retention_refusal", "DELETE", OLD, "leaving_of_stale"),
    ("retention_winback", "UPDATE", BOTH, "leaving_of_both"),
    ("retention_winback", "DELETE", OLD, "leaving_of_stale"),
    ("feedback_complaint", "UPDATE", BOTH, "leaving_of_both"),
    ("feedback_complaint", "DELETE", OLD, "leaving_of_stale"),
    ("feedback_surveyresponse", "UPDATE", BOTH, "leaving_of_both"),
    ("feedback_surveyresponse", "DELETE", OLD, "leaving_of_stale"),
    ("clients_contract_products", "INSERT", NEW, "leaving_of_fresh_products"),
    ("clients_contract_products", "DELETE", OLD, "leaving_of_stale_products"),
    ("core_company", "UPDATE", BOTH, "leaving_of_company"),
    *(
        (f"retention_{of}", event, tables, f"tally_of_{of}_{rows}")
        for of in LISTS
        for event, tables, rows in (("INSERT", NEW, "fresh"), ("UPDATE", BOTH, "both"), ("DELETE", OLD, "stale"))
    ),
)


def trigger_name(table: str, event: str) -> str:
    return f"leaving_{table}_{event.lower()}"


WATCH = "\n".join(
    [
        *(function(name, body) for name, body in FUNCTIONS.items()),
        *(
            f"CREATE TRIGGER {trigger_name(table, event)} AFTER {event} ON {table} REFERENCING {rows}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();"
            for table, event, rows, name in TRIGGERS
        ),
        f"INSERT INTO retention_leavingwatch (client_id, look_on) SELECT id, {AT_ONCE} FROM clients_client;",
    ]
)
FORGET = "\n".join(
    [
        *(f"DROP TRIGGER {trigger_name(table, event)} ON {table};" for table, event, _rows, _name in TRIGGERS),
        *(f"DROP FUNCTION {name};" for name in FUNCTIONS),
        "DELETE FROM retention_leavingwatch;",
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0013_kept_lists_of_those_who_left"),
        ("clients", "0015_trail_indexed_by_object_alone"),
        ("feedback", "0007_trail_indexed_by_object_alone"),
        ("core", "0009_attention_calls_per_day"),
    ]

    operations = [migrations.RunSQL(WATCH, FORGET)]

"""Calls that took place, and what was said in them, change figures too."""

from django.db import migrations

TABLES = {
    "work_touch": "SELECT DISTINCT r.client_id FROM {rows} r WHERE r.state = 'done'",
    "feedback_callanswer": (
        "SELECT DISTINCT t.client_id FROM {rows} r JOIN work_callattempt a ON a.id = r.attempt_id"
        " JOIN work_touch t ON t.id = a.touch_id AND t.state = 'done'"
    ),
}
EVENTS = {
    "insert": ("REFERENCING NEW TABLE AS new_rows", ("new_rows",)),
    "update": ("REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows", ("old_rows", "new_rows")),
    "delete": ("REFERENCING OLD TABLE AS old_rows", ("old_rows",)),
}


def _sql():
    for table, select in TABLES.items():
        for event, (tables, sources) in EVENTS.items():
            name = f"reports_mark_{table}_{event}"
            body = " UNION ".join(select.format(rows=rows) for rows in sources)
            yield (
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" INSERT INTO reports_dirtyclient (client_id) {body}; RETURN NULL; END $$;"
                f" CREATE TRIGGER {name} AFTER {event.upper()} ON {table} {tables}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {name}(); DELETE FROM reports_factstate;",
                f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();",
            )


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0006_tables_to_be_swapped"),
        ("feedback", "0006_audit_by_statement"),
        ("work", "0009_done_touches_have_a_key"),
    ]
    operations = [migrations.RunSQL(sql, reverse) for sql, reverse in _sql()]

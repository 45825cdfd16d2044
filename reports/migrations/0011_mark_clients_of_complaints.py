"""Complaints are part of a figure that is kept by month; facts derived without them are derived anew."""

from django.db import migrations

TABLE = "feedback_complaint"
EVENTS = {
    "insert": ("REFERENCING NEW TABLE AS new_rows", ("new_rows",)),
    "update": ("REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows", ("old_rows", "new_rows")),
    "delete": ("REFERENCING OLD TABLE AS old_rows", ("old_rows",)),
}


def _sql():
    for event, (tables, sources) in EVENTS.items():
        name = f"reports_mark_{TABLE}_{event}"
        body = " UNION ".join(f"SELECT DISTINCT r.client_id FROM {rows} r" for rows in sources)
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" INSERT INTO reports_dirtyclient (client_id) {body}; RETURN NULL; END $$;"
            f" CREATE TRIGGER {name} AFTER {event.upper()} ON {TABLE} {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}(); DELETE FROM reports_factstate;",
            f"DROP TRIGGER {name} ON {TABLE}; DROP FUNCTION {name}();",
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0010_alerts_of_drops"), ("feedback", "0007_trail_indexed_by_object_alone")]
    operations = [migrations.RunSQL(sql, reverse) for sql, reverse in _sql()]

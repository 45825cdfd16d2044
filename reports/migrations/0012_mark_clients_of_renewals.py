"""What is thought of a contract's end changes what is expected of it; whatever else of a renewal changes does not."""

from django.db import migrations, models

CHANCE = (
    "CASE WHEN {alias}.outcome = 'refused' THEN 'none' ELSE COALESCE(NULLIF({alias}.verdict, ''),"
    " NULLIF({alias}.opinion, ''), NULLIF({alias}.signal, ''), 'unsure') END"
)
NEW, OLD = CHANCE.format(alias="n"), CHANCE.format(alias="o")
EVENTS = {
    "insert": ("NEW TABLE AS new_rows", f"new_rows n WHERE {NEW} <> 'unsure'", "n"),
    "update": (
        "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        f"(SELECT n.id, n.client_id, {NEW} FROM new_rows n EXCEPT SELECT o.id, o.client_id, {OLD} FROM old_rows o) c",
        "c",
    ),
    "delete": ("OLD TABLE AS old_rows", f"old_rows o WHERE {OLD} <> 'unsure'", "o"),
}


def _sql():
    for event, (tables, rows, alias) in EVENTS.items():
        name = f"reports_mark_retention_renewal_{event}"
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" INSERT INTO reports_dirtyclient (client_id) SELECT DISTINCT {alias}.client_id FROM {rows}; RETURN NULL;"
            f" END $$; CREATE TRIGGER {name} AFTER {event.upper()} ON retention_renewal REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();",
            f"DROP TRIGGER {name} ON retention_renewal; DROP FUNCTION {name}();",
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0011_mark_clients_of_complaints"), ("retention", "0014_watch_those_who_left")]
    operations = [
        *(migrations.RunSQL(sql, reverse) for sql, reverse in _sql()),
        migrations.AlterField("cube", "dim", models.CharField(max_length=9)),
        migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop),
    ]

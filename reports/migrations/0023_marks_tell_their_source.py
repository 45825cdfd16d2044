"""Marks of changed orders say so: of these clients only what comes of orders is derived anew."""

from django.db import migrations, models

TABLE = "clients_order"
EVENTS = {"insert": ("new_rows",), "update": ("old_rows", "new_rows"), "delete": ("old_rows",)}


def _function(event, rows, columns):
    select = " UNION ".join(f"SELECT DISTINCT r.client_id{columns[1]} FROM {table} r" for table in rows)
    return (
        f"CREATE OR REPLACE FUNCTION reports_mark_{TABLE}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" INSERT INTO reports_dirtyclient ({columns[0]}) {select}; RETURN NULL; END $$;"
    )


def _sql():
    for event, rows in EVENTS.items():
        yield (
            _function(event, rows, ("client_id, source", f", '{TABLE}'")),
            _function(event, rows, ("client_id", "")),
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0022_overlaps_of_months")]
    operations = [
        migrations.AddField(
            "dirtyclient", "source", models.CharField(max_length=32, blank=True, db_default=""),
        ),
        *(migrations.RunSQL(sql, reverse) for sql, reverse in _sql()),
    ]

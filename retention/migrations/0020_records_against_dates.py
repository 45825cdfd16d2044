"""Renewals whose record the contracts' dates do not bear out, kept as rows of the clients who are looked at."""

import django.db.models.deletion
from django.db import migrations, models

AT_ONCE = "DATE '2000-01-01'"
MARK = "INSERT INTO retention_leavingwatch (client_id, look_on) SELECT DISTINCT client_id, " + AT_ONCE + " FROM {rows};"
ROW = "id, client_id, contract_id, turn, due_on, outcome, next_contract_id"
CHANGED = f"((SELECT {ROW} FROM fresh EXCEPT SELECT {ROW} FROM stale) UNION ALL (SELECT {ROW} FROM stale EXCEPT SELECT {ROW} FROM fresh)) c"
NEW, OLD = "NEW TABLE AS fresh", "OLD TABLE AS stale"
EVENTS = (("insert", NEW, "fresh"), ("update", f"{NEW} {OLD}", CHANGED))
WATCH = "".join(
    f"CREATE FUNCTION leaving_of_renewals_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {MARK.format(rows=rows)}"
    f" RETURN NULL; END $$; CREATE TRIGGER leaving_retention_renewal_{event} AFTER {event.upper()} ON retention_renewal"
    f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION leaving_of_renewals_{event}();"
    for event, tables, rows in EVENTS
) + MARK.format(rows="retention_renewal WHERE due_on >= current_date - 181")
FORGET = "".join(
    f"DROP TRIGGER leaving_retention_renewal_{event} ON retention_renewal; DROP FUNCTION leaving_of_renewals_{event};"
    for event, _tables, _rows in EVENTS
)


class Migration(migrations.Migration):
    dependencies = [("clients", "0016_assignments_by_day"), ("retention", "0019_boards_and_waiting_by_index")]
    operations = [
        migrations.CreateModel(
            name="Divergence",
            fields=[
                ("renewal", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="retention.renewal")),
                ("due_on", models.DateField()),
                ("said", models.CharField(blank=True, max_length=16)),
                ("client", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.client")),
                ("found", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.contract")),
            ],
            options={"indexes": [models.Index(fields=["-due_on", "-renewal"], name="divergence_by_end")]},
        ),
        migrations.RunSQL(WATCH, FORGET),
    ]

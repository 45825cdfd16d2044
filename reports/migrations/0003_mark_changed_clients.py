"""Statement-level triggers write down whose source rows changed; the sweep takes those clients in."""

from django.db import migrations

DIRECT = {
    "clients_order": "client_id",
    "clients_contract": "client_id",
    "clients_assignment": "client_id",
    "clients_clientsegment": "client_id",
    "clients_client": "id",
    "feedback_surveyresponse": "client_id",
}
THROUGH = {
    "clients_order_products": ("order_id", "clients_order"),
    "clients_contract_products": ("contract_id", "clients_contract"),
}
EVENTS = {
    "insert": ("REFERENCING NEW TABLE AS new_rows", ("new_rows",)),
    "update": ("REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows", ("old_rows", "new_rows")),
    "delete": ("REFERENCING OLD TABLE AS old_rows", ("old_rows",)),
}


def _sql():
    for table, (column, owner) in [(t, (c, None)) for t, c in DIRECT.items()] + list(THROUGH.items()):
        for event, (tables, sources) in EVENTS.items():
            name = f"reports_mark_{table}_{event}"
            join = f" JOIN {owner} o ON o.id = r.{column}" if owner else ""
            client = "o.client_id" if owner else f"r.{column}"
            body = " UNION ".join(f"SELECT DISTINCT {client} FROM {rows} r{join}" for rows in sources)
            yield (
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" INSERT INTO reports_dirtyclient (client_id) {body}; RETURN NULL; END $$;"
                f" CREATE TRIGGER {name} AFTER {event.upper()} ON {table} {tables}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();",
                f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();",
            )


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_runs_after_a_gap"),
        ("clients", "0007_database_defends_owner_and_version"),
        ("feedback", "0001_initial"),
    ]
    operations = [migrations.RunSQL(sql, reverse) for sql, reverse in _sql()]

"""A client has exactly one open assignment at any commit; a row that people edit gets a new version with each write."""

from django.db import migrations

VERSIONED = ["client", "contact", "contract", "order", "product", "handoff", "lettertemplate"]

OWNER = """
-- "At most one" is the unique index assignment_one_open; this is "at least one", looked at when the writer commits.
CREATE FUNCTION client_must_have_owner(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM clients_client WHERE id = wanted)
       AND NOT EXISTS (SELECT 1 FROM clients_assignment WHERE client_id = wanted AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'client % has no open assignment', wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'client_has_owner';
    END IF;
END $$;

CREATE FUNCTION client_owner_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM client_must_have_owner(NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER client_has_owner AFTER INSERT ON clients_client
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION client_owner_checked();

CREATE FUNCTION assignment_owner_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM client_must_have_owner(OLD.client_id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER client_keeps_owner AFTER UPDATE OF ended_at, client_id ON clients_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.ended_at IS NULL AND (NEW.ended_at IS NOT NULL OR NEW.client_id <> OLD.client_id))
    EXECUTE FUNCTION assignment_owner_checked();
CREATE CONSTRAINT TRIGGER client_loses_no_owner AFTER DELETE ON clients_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION assignment_owner_checked();

CREATE FUNCTION version_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
"""

OWNER_BACK = """
DROP TRIGGER client_has_owner ON clients_client;
DROP TRIGGER client_keeps_owner ON clients_assignment;
DROP TRIGGER client_loses_no_owner ON clients_assignment;
DROP FUNCTION client_owner_checked, assignment_owner_checked, client_must_have_owner, version_moves_on;
"""


def version_trigger(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER version_moves_on BEFORE UPDATE ON clients_{table} "
        "FOR EACH ROW EXECUTE FUNCTION version_moves_on()",
        f"DROP TRIGGER version_moves_on ON clients_{table}",
    )


class Migration(migrations.Migration):
    dependencies = [("clients", "0006_database_keeps_search_standing_segments")]

    operations = [migrations.RunSQL(OWNER, OWNER_BACK), *[version_trigger(table) for table in VERSIONED]]

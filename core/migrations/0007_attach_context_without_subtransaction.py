"""What every audit trigger asks for its context, without a block that catches errors.

The library's own version catches "no such setting" where nobody opened a context, as in every sweep: a subtransaction
per row, each looking through all keys whose check waits for the commit, so that the time grows with the square of rows.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    context uuid := nullif(current_setting('pghistory.context_id', true), '');
    described jsonb := nullif(current_setting('pghistory.context_metadata', true), '');
BEGIN
    IF context IS NULL OR described IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO pghistory_context AS c (id, metadata, created_at, updated_at)
    VALUES (context, described, now(), now())
    ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata, updated_at = excluded.updated_at
    WHERE c.metadata <> excluded.metadata;
    RETURN context;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_what_a_new_client_costs"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]

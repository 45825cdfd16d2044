"""A request's context is written by the first audit trigger of its transaction; the others only name it.

The setting that remembers it is as local as the row: a savepoint that is rolled back takes both along.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    context text := nullif(current_setting('pghistory.context_id', true), '');
    described text := nullif(current_setting('pghistory.context_metadata', true), '');
BEGIN
    IF context IS NULL OR described IS NULL THEN
        RETURN NULL;
    END IF;
    IF current_setting('crm.attached_context', true) IS DISTINCT FROM context || described THEN
        INSERT INTO pghistory_context AS c (id, metadata, created_at, updated_at)
        VALUES (context::uuid, described::jsonb, now(), now())
        ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata, updated_at = excluded.updated_at
        WHERE c.metadata <> excluded.metadata;
        PERFORM set_config('crm.attached_context', context || described, true);
    END IF;
    RETURN context::uuid;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0009_attention_calls_per_day")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]

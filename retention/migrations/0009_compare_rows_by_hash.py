"""Which clients a statement changed is asked of sets, not by a join that is planned for one row."""

from django.db import migrations

NOTE = """
    INSERT INTO retention_attentionwatch (client_id, look_on)
    SELECT DISTINCT changed.client_id, DATE '2000-01-01' FROM ({changed}) AS changed;
    RETURN NULL;
"""
ORDER = "id, client_id, ordered_at, status, amount, refunded_amount, refunded_on"
FORWARD = f"""
CREATE OR REPLACE FUNCTION attention_of_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{NOTE.format(changed=f'''
    (SELECT {ORDER} FROM fresh EXCEPT SELECT {ORDER} FROM stale)
    UNION ALL (SELECT {ORDER} FROM stale EXCEPT SELECT {ORDER} FROM fresh)''')}
END $$;
CREATE OR REPLACE FUNCTION attention_of_contracts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{NOTE.format(changed="SELECT client_id FROM fresh UNION ALL SELECT client_id FROM stale")}
END $$;
CREATE OR REPLACE FUNCTION attention_of_touches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{NOTE.format(changed='''
    (SELECT id, client_id, state FROM fresh WHERE state <> 'open' EXCEPT SELECT id, client_id, state FROM stale)
    UNION ALL
    (SELECT id, client_id, kind FROM fresh WHERE kind = 'what_went_wrong' EXCEPT SELECT id, client_id, kind FROM stale)''')}
END $$;
CREATE OR REPLACE FUNCTION attention_of_changed_clients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{NOTE.format(changed='''
    SELECT id AS client_id, tier, archived_at IS NULL FROM fresh EXCEPT SELECT id, tier, archived_at IS NULL FROM stale''')}
END $$;
CREATE OR REPLACE FUNCTION retention_watch_clients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT id, tier, archived_at IS NULL FROM fresh EXCEPT SELECT id, tier, archived_at IS NULL FROM stale) THEN
        RETURN NULL;
    END IF;
    INSERT INTO retention_renewalwatch (contract_id, look_on)
    SELECT c.id, DATE '2000-01-01' FROM clients_contract c
    WHERE c.client_id IN (SELECT id FROM fresh)
      AND (c.ends IS NOT NULL OR EXISTS (SELECT FROM retention_renewal r WHERE r.contract_id = c.id AND r.outcome = ''))
    ON CONFLICT (contract_id) DO UPDATE SET look_on = EXCLUDED.look_on;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0008_watch_attention")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]

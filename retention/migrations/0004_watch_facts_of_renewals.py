"""Triggers that note which contracts are to be looked at, whoever changes them. Statement level: an import pays once.

A change of one contract concerns every contract of its client: it may follow another one, or lie inside it.
"""

from __future__ import annotations

from django.db import migrations

NOTE = """
    INSERT INTO retention_renewalwatch (contract_id, look_on)
    SELECT c.id, DATE '2000-01-01' FROM clients_contract c
    WHERE c.client_id IN (SELECT {column} FROM {table})
      AND (c.ends IS NOT NULL OR EXISTS (SELECT FROM retention_renewal r WHERE r.contract_id = c.id AND r.outcome = ''))
    ON CONFLICT (contract_id) DO UPDATE SET look_on = EXCLUDED.look_on;
    RETURN NULL;
"""
WATCH = f"""
CREATE FUNCTION retention_watch_contracts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{NOTE.format(column="client_id", table="fresh")}
END $$;
CREATE FUNCTION retention_watch_lost_contracts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{NOTE.format(column="client_id", table="stale")}
END $$;
CREATE FUNCTION retention_watch_clients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM fresh f JOIN stale s USING (id)
                   WHERE f.tier <> s.tier OR (f.archived_at IS NULL) <> (s.archived_at IS NULL)) THEN
        RETURN NULL;
    END IF;
{NOTE.format(column="id", table="fresh")}
END $$;
CREATE FUNCTION retention_watch_refusals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO retention_renewalwatch (contract_id, look_on)
    SELECT DISTINCT f.contract_id, DATE '2000-01-01' FROM fresh f WHERE f.contract_id IS NOT NULL
    ON CONFLICT (contract_id) DO UPDATE SET look_on = EXCLUDED.look_on;
    RETURN NULL;
END $$;
CREATE TRIGGER retention_watch_refusals AFTER INSERT ON retention_refusal
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION retention_watch_refusals();
CREATE TRIGGER retention_watch_new_contracts AFTER INSERT ON clients_contract
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION retention_watch_contracts();
CREATE TRIGGER retention_watch_changed_contracts AFTER UPDATE ON clients_contract
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION retention_watch_contracts();
CREATE TRIGGER retention_watch_lost_contracts AFTER DELETE ON clients_contract
    REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION retention_watch_lost_contracts();
CREATE TRIGGER retention_watch_clients AFTER UPDATE ON clients_client
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION retention_watch_clients();
INSERT INTO retention_renewalwatch (contract_id, look_on)
SELECT id, DATE '2000-01-01' FROM clients_contract WHERE ends IS NOT NULL ON CONFLICT (contract_id) DO NOTHING;
"""
FORGET = """
DROP TRIGGER retention_watch_new_contracts ON clients_contract;
DROP TRIGGER retention_watch_changed_contracts ON clients_contract;
DROP TRIGGER retention_watch_lost_contracts ON clients_contract;
DROP TRIGGER retention_watch_clients ON clients_client;
DROP TRIGGER retention_watch_refusals ON retention_refusal;
DROP FUNCTION retention_watch_refusals;
DROP FUNCTION retention_watch_contracts;
DROP FUNCTION retention_watch_lost_contracts;
DROP FUNCTION retention_watch_clients;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0003_watch_contracts")]

    operations = [migrations.RunSQL(WATCH, FORGET)]

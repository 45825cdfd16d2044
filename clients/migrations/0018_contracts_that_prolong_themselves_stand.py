from django.db import migrations

#: The last day that any contract of the client covers. One that prolongs itself has none until it is terminated.
LATEST = """CASE WHEN {c}.prolongation_months > 0 THEN coalesce({c}.terminated_on, '9999-12-31')
    ELSE coalesce({c}.ends, '9999-12-31') END"""
FUNCTION = """
CREATE OR REPLACE FUNCTION contract_stands() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    found bigint[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        found := array(SELECT DISTINCT client_id FROM old_rows);
    ELSE
        found := array(SELECT DISTINCT client_id FROM new_rows);
    END IF;
    UPDATE clients_clientstanding s SET contract_ends = k.latest
    FROM (
        SELECT f.id, coalesce(max(CASE WHEN c.id IS NOT NULL THEN {latest} END), '1900-01-01') AS latest
        FROM unnest(found) AS f(id) LEFT JOIN clients_contract c ON c.client_id = f.id
        GROUP BY f.id
    ) k
    WHERE s.client_id = k.id AND s.contract_ends <> k.latest;
    RETURN NULL;
END $$;
"""
ANEW = """
UPDATE clients_clientstanding s SET contract_ends = k.latest FROM (
    SELECT c.client_id, max({latest}) AS latest FROM clients_contract c
    WHERE c.client_id IN (SELECT p.client_id FROM clients_contract p WHERE p.prolongation_months > 0)
    GROUP BY c.client_id
) k WHERE s.client_id = k.client_id AND s.contract_ends <> k.latest;
"""


def told(latest: str) -> str:
    return FUNCTION.format(latest=latest) + ANEW.format(latest=latest)


class Migration(migrations.Migration):
    dependencies = [("clients", "0017_clients_to_distribute_by_index")]

    operations = [
        migrations.RunSQL(told(LATEST.format(c="c")), told("coalesce(c.ends, '9999-12-31')")),
    ]

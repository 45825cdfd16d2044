"""Old and new rows of a statement are compared as sets: the join that stood here was planned once per connection, for
the few rows of its first statement, and then compared each row of an import with each.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION client_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := company_today();
    found bigint[];
BEGIN
    found := array(SELECT id FROM (SELECT id, name, inn FROM new_rows EXCEPT SELECT id, name, inn FROM old_rows) AS changed);
    IF cardinality(found) > 0 THEN
        UPDATE clients_clientstanding s SET name_key = n.sort_key
        FROM new_rows n WHERE s.client_id = n.id AND s.name_key <> n.sort_key;
        PERFORM client_search_refresh(found);
    END IF;
    UPDATE clients_clientsegment s SET from_on = m.fresh
    FROM (
        SELECT id, max(fresh) AS fresh, max(stale) AS stale FROM (
            SELECT id, created_on AS fresh, NULL::date AS stale FROM new_rows
            UNION ALL SELECT id, NULL, created_on FROM old_rows
        ) AS days GROUP BY id HAVING max(fresh) <> max(stale)
    ) AS m
    WHERE s.client_id = m.id AND s.from_on = m.stale AND (s.until_on IS NULL OR s.until_on > m.fresh);
    found := array(SELECT id FROM (
        SELECT id, tier, industry_id, region_id FROM new_rows EXCEPT SELECT id, tier, industry_id, region_id FROM old_rows
    ) AS changed);
    IF cardinality(found) > 0 THEN
        -- A value that began today or later is corrected; an older one ends and the next begins.
        UPDATE clients_clientsegment s SET tier = n.tier, industry_id = n.industry_id, region_id = n.region_id
        FROM (
            SELECT id, tier, industry_id, region_id FROM new_rows EXCEPT SELECT id, tier, industry_id, region_id FROM old_rows
        ) AS n
        WHERE s.client_id = n.id AND s.until_on IS NULL AND s.from_on >= today;
        UPDATE clients_clientsegment s SET until_on = today
        WHERE s.client_id = ANY(found) AND s.until_on IS NULL AND s.from_on < today;
        INSERT INTO clients_clientsegment (client_id, tier, industry_id, region_id, from_on)
        SELECT n.id, n.tier, n.industry_id, n.region_id, today
        FROM (
            SELECT id, tier, industry_id, region_id FROM new_rows EXCEPT SELECT id, tier, industry_id, region_id FROM old_rows
        ) AS n
        WHERE NOT EXISTS (SELECT 1 FROM clients_clientsegment s WHERE s.client_id = n.id AND s.until_on IS NULL);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION contact_searched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        found := array(SELECT DISTINCT client_id FROM new_rows);
    ELSIF TG_OP = 'DELETE' THEN
        found := array(SELECT DISTINCT client_id FROM old_rows);
    ELSE
        found := array(SELECT DISTINCT client_id FROM (
            (SELECT id, client_id, name, email, archived_at FROM new_rows
             EXCEPT SELECT id, client_id, name, email, archived_at FROM old_rows)
            UNION ALL
            (SELECT id, client_id, name, email, archived_at FROM old_rows
             EXCEPT SELECT id, client_id, name, email, archived_at FROM new_rows)
        ) AS changed);
    END IF;
    IF cardinality(found) > 0 THEN
        PERFORM client_search_refresh(found);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION order_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        found := array(SELECT DISTINCT client_id FROM old_rows);
    ELSE
        found := array(SELECT DISTINCT client_id FROM (
            (SELECT id, client_id, ordered_at, status = 'cancelled' FROM new_rows
             EXCEPT SELECT id, client_id, ordered_at, status = 'cancelled' FROM old_rows)
            UNION ALL
            (SELECT id, client_id, ordered_at, status = 'cancelled' FROM old_rows
             EXCEPT SELECT id, client_id, ordered_at, status = 'cancelled' FROM new_rows)
        ) AS changed);
    END IF;
    IF cardinality(found) > 0 THEN
        UPDATE clients_clientstanding s SET last_order_at = coalesce(
            (SELECT max(o.ordered_at) FROM clients_order o WHERE o.client_id = s.client_id AND o.status <> 'cancelled'),
            '1900-01-01 00:00+00')
        WHERE s.client_id = ANY(found);
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0011_count_active_clients_by_index")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]

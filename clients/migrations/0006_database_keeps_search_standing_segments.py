"""What the database itself keeps true about clients, set-based: one run per statement, however many rows it wrote."""

from django.db import migrations

FORWARD = """
-- The company's day. Connections of the product say which zone that is; a bare psql falls back to Moscow.
CREATE FUNCTION company_today() RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (now() AT TIME ZONE coalesce(nullif(current_setting('crm.time_zone', true), ''), 'Europe/Moscow'))::date
$$;

CREATE FUNCTION folded(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(lower(value), 'ё', 'е')
$$;

-- Only letters and digits: the parser would take «А.В.» for a host name and «рога/копыта» for a file.
CREATE FUNCTION search_words(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(translate(lower(value), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g')
$$;

CREATE FUNCTION client_search_refresh(ids bigint[]) RETURNS void LANGUAGE sql AS $$
    WITH people AS (
        SELECT p.client_id, string_agg(p.name, ' ') AS names, array_agg(lower(p.email)) AS emails
        FROM clients_contact p
        WHERE p.client_id = ANY(ids) AND p.archived_at IS NULL
        GROUP BY p.client_id
    ), numbers AS (
        SELECT p.client_id, array_agg(regexp_replace(split_part(n.number, ';', 1), '[^0-9]', '', 'g')) AS digits
        FROM clients_contact p
        JOIN clients_contactphone n ON n.contact_id = p.id
        WHERE p.client_id = ANY(ids) AND p.archived_at IS NULL
        GROUP BY p.client_id
    ), found AS (
        SELECT c.id, search_words(c.name || ' ' || coalesce(p.names, '')) AS words, array(
            SELECT DISTINCT part FROM (
                SELECT c.inn AS part
                UNION ALL SELECT unnest(p.emails)
                UNION ALL SELECT split_part(e, '@', 2) FROM unnest(p.emails) AS e
                UNION ALL SELECT unnest(n.digits)
                UNION ALL SELECT right(d, 10) FROM unnest(n.digits) AS d
                UNION ALL SELECT right(d, 7) FROM unnest(n.digits) AS d
            ) AS parts WHERE part <> ''
        ) AS lexemes
        FROM clients_client c
        LEFT JOIN people p ON p.client_id = c.id
        LEFT JOIN numbers n ON n.client_id = c.id
        WHERE c.id = ANY(ids)
    )
    INSERT INTO clients_clientsearch AS s (client_id, document)
    SELECT id, strip(to_tsvector('simple', words) || to_tsvector('russian', words)) || array_to_tsvector(lexemes)
    FROM found
    ON CONFLICT (client_id) DO UPDATE SET document = excluded.document WHERE s.document <> excluded.document
$$;

CREATE FUNCTION client_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO clients_clientstanding
        (client_id, owner_key, name_key, last_order_at, contract_ends, to_distribute)
    SELECT id, '', sort_key, '1900-01-01 00:00+00', '1900-01-01', false FROM new_rows
    ON CONFLICT (client_id) DO NOTHING;
    INSERT INTO clients_clientsegment (client_id, tier, industry_id, region_id, from_on)
    SELECT id, tier, industry_id, region_id, created_on FROM new_rows;
    PERFORM client_search_refresh(array(SELECT id FROM new_rows));
    RETURN NULL;
END $$;
CREATE TRIGGER client_inserted AFTER INSERT ON clients_client
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION client_inserted();

CREATE FUNCTION client_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := company_today();
    found bigint[];
BEGIN
    found := array(SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
                   WHERE (n.name, n.inn) IS DISTINCT FROM (o.name, o.inn));
    IF cardinality(found) > 0 THEN
        UPDATE clients_clientstanding s SET name_key = n.sort_key
        FROM new_rows n WHERE s.client_id = n.id AND n.id = ANY(found) AND s.name_key <> n.sort_key;
        PERFORM client_search_refresh(found);
    END IF;
    found := array(SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.created_on <> o.created_on);
    IF cardinality(found) > 0 THEN
        UPDATE clients_clientsegment s SET from_on = n.created_on
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE s.client_id = n.id AND n.id = ANY(found) AND s.from_on = o.created_on
              AND (s.until_on IS NULL OR s.until_on > n.created_on);
    END IF;
    found := array(SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
                   WHERE (n.tier, n.industry_id, n.region_id) IS DISTINCT FROM (o.tier, o.industry_id, o.region_id));
    IF cardinality(found) > 0 THEN
        -- A value that began today or later is corrected; an older one ends and the next begins.
        UPDATE clients_clientsegment s SET tier = n.tier, industry_id = n.industry_id, region_id = n.region_id
        FROM new_rows n WHERE s.client_id = n.id AND n.id = ANY(found) AND s.until_on IS NULL AND s.from_on >= today;
        UPDATE clients_clientsegment s SET until_on = today
        WHERE s.client_id = ANY(found) AND s.until_on IS NULL AND s.from_on < today;
        INSERT INTO clients_clientsegment (client_id, tier, industry_id, region_id, from_on)
        SELECT n.id, n.tier, n.industry_id, n.region_id, today FROM new_rows n
        WHERE n.id = ANY(found)
          AND NOT EXISTS (SELECT 1 FROM clients_clientsegment s WHERE s.client_id = n.id AND s.until_on IS NULL);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER client_updated AFTER UPDATE ON clients_client
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION client_updated();

CREATE FUNCTION contact_searched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        found := array(SELECT DISTINCT client_id FROM new_rows);
    ELSIF TG_OP = 'DELETE' THEN
        found := array(SELECT DISTINCT client_id FROM old_rows);
    ELSE
        found := array(
            SELECT unnest(ARRAY[n.client_id, o.client_id]) FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE (n.client_id, n.name, n.email, n.archived_at)
                  IS DISTINCT FROM (o.client_id, o.name, o.email, o.archived_at));
    END IF;
    IF cardinality(found) > 0 THEN
        PERFORM client_search_refresh(found);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_inserted AFTER INSERT ON clients_contact
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION contact_searched();
CREATE TRIGGER contact_updated AFTER UPDATE ON clients_contact
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION contact_searched();
CREATE TRIGGER contact_deleted AFTER DELETE ON clients_contact
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION contact_searched();

CREATE FUNCTION phone_searched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        found := array(SELECT DISTINCT p.client_id FROM old_rows r JOIN clients_contact p ON p.id = r.contact_id);
    ELSE
        found := array(SELECT DISTINCT p.client_id FROM new_rows r JOIN clients_contact p ON p.id = r.contact_id);
    END IF;
    IF cardinality(found) > 0 THEN
        PERFORM client_search_refresh(found);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER phone_inserted AFTER INSERT ON clients_contactphone
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION phone_searched();
CREATE TRIGGER phone_updated AFTER UPDATE ON clients_contactphone
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION phone_searched();
CREATE TRIGGER phone_deleted AFTER DELETE ON clients_contactphone
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION phone_searched();

CREATE FUNCTION assignment_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE clients_clientstanding s
    SET owner_id = a.user_id, owner_key = folded(u.name), to_distribute = a.to_distribute
    FROM new_rows a JOIN staff_user u ON u.id = a.user_id
    WHERE s.client_id = a.client_id AND a.ended_at IS NULL
      AND (s.owner_id, s.owner_key, s.to_distribute)
          IS DISTINCT FROM (a.user_id, folded(u.name), a.to_distribute);
    RETURN NULL;
END $$;
CREATE TRIGGER assignment_inserted AFTER INSERT ON clients_assignment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION assignment_stands();
CREATE TRIGGER assignment_updated AFTER UPDATE ON clients_assignment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION assignment_stands();

CREATE FUNCTION user_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE clients_clientstanding SET owner_key = folded(NEW.name) WHERE owner_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER user_renamed AFTER UPDATE OF name ON staff_user FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION user_renamed();

CREATE FUNCTION order_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE clients_clientstanding s SET last_order_at = n.latest
    FROM (SELECT client_id, max(ordered_at) AS latest FROM new_rows WHERE status <> 'cancelled' GROUP BY 1) n
    WHERE s.client_id = n.client_id AND s.last_order_at < n.latest;
    RETURN NULL;
END $$;
CREATE TRIGGER order_inserted AFTER INSERT ON clients_order
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION order_inserted();

CREATE FUNCTION order_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        found := array(SELECT DISTINCT client_id FROM old_rows);
    ELSE
        found := array(
            SELECT unnest(ARRAY[n.client_id, o.client_id]) FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE n.client_id <> o.client_id OR n.ordered_at <> o.ordered_at
               OR (n.status = 'cancelled') <> (o.status = 'cancelled'));
    END IF;
    IF cardinality(found) > 0 THEN
        UPDATE clients_clientstanding s SET last_order_at = coalesce(
            (SELECT max(o.ordered_at) FROM clients_order o WHERE o.client_id = s.client_id AND o.status <> 'cancelled'),
            '1900-01-01 00:00+00')
        WHERE s.client_id = ANY(found);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER order_updated AFTER UPDATE ON clients_order
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION order_rewritten();
CREATE TRIGGER order_deleted AFTER DELETE ON clients_order
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION order_rewritten();

CREATE FUNCTION contract_stands() RETURNS trigger LANGUAGE plpgsql AS $$
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
        SELECT f.id, coalesce(max(CASE WHEN c.id IS NOT NULL THEN coalesce(c.ends, '9999-12-31') END),
                              '1900-01-01') AS latest
        FROM unnest(found) AS f(id) LEFT JOIN clients_contract c ON c.client_id = f.id
        GROUP BY f.id
    ) k
    WHERE s.client_id = k.id AND s.contract_ends <> k.latest;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_inserted AFTER INSERT ON clients_contract
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION contract_stands();
CREATE TRIGGER contract_updated AFTER UPDATE ON clients_contract
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION contract_stands();
CREATE TRIGGER contract_deleted AFTER DELETE ON clients_contract
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION contract_stands();

INSERT INTO clients_clientstanding
    (client_id, owner_id, owner_key, name_key, last_order_at, contract_ends, to_distribute)
SELECT c.id, a.user_id, coalesce(folded(u.name), ''), c.sort_key,
       coalesce((SELECT max(o.ordered_at) FROM clients_order o WHERE o.client_id = c.id AND o.status <> 'cancelled'),
                '1900-01-01 00:00+00'),
       coalesce((SELECT max(coalesce(k.ends, '9999-12-31')) FROM clients_contract k WHERE k.client_id = c.id),
                '1900-01-01'),
       coalesce(a.to_distribute, false)
FROM clients_client c
LEFT JOIN clients_assignment a ON a.client_id = c.id AND a.ended_at IS NULL
LEFT JOIN staff_user u ON u.id = a.user_id
ON CONFLICT DO NOTHING;
INSERT INTO clients_clientsegment (client_id, tier, industry_id, region_id, from_on)
SELECT c.id, c.tier, c.industry_id, c.region_id, c.created_on FROM clients_client c
WHERE NOT EXISTS (SELECT 1 FROM clients_clientsegment s WHERE s.client_id = c.id);
SELECT client_search_refresh(array(SELECT id FROM clients_client));
"""

BACKWARD = """
DROP TRIGGER client_inserted ON clients_client;
DROP TRIGGER client_updated ON clients_client;
DROP TRIGGER contact_inserted ON clients_contact;
DROP TRIGGER contact_updated ON clients_contact;
DROP TRIGGER contact_deleted ON clients_contact;
DROP TRIGGER phone_inserted ON clients_contactphone;
DROP TRIGGER phone_updated ON clients_contactphone;
DROP TRIGGER phone_deleted ON clients_contactphone;
DROP TRIGGER assignment_inserted ON clients_assignment;
DROP TRIGGER assignment_updated ON clients_assignment;
DROP TRIGGER user_renamed ON staff_user;
DROP TRIGGER order_inserted ON clients_order;
DROP TRIGGER order_updated ON clients_order;
DROP TRIGGER order_deleted ON clients_order;
DROP TRIGGER contract_inserted ON clients_contract;
DROP TRIGGER contract_updated ON clients_contract;
DROP TRIGGER contract_deleted ON clients_contract;
DROP FUNCTION client_inserted, client_updated, contact_searched, phone_searched, assignment_stands, user_renamed,
    order_inserted, order_rewritten, contract_stands, client_search_refresh, search_words, folded, company_today;
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0005_audit_by_statement_and_standing"), ("staff", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

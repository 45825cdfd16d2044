"""What a client's search document and standing are written by keeps its plan: planning cost ten times what running does.

A list of keys given as an array looks cheaper planned for its very length, so it has to be told.
"""

from django.db import migrations

HEAD = "CREATE OR REPLACE FUNCTION client_search_refresh(ids bigint[]) RETURNS void"
STATEMENT = """
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
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0013_orders_of_a_client_from_the_index")]

    operations = [
        migrations.RunSQL(
            f"{HEAD} LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$ BEGIN {STATEMENT}; END $$;"
            "ALTER FUNCTION contract_stands SET plan_cache_mode = force_generic_plan",
            f"{HEAD} LANGUAGE sql AS $$ {STATEMENT} $$;"
            "ALTER FUNCTION contract_stands RESET plan_cache_mode",
        )
    ]

"""Words of the search documents behind a btree, which answers a beginning by its first few: the index of words reads
every client whom it fits.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION client_words_kept() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO clients_clientword (word, client_id)
        SELECT unnest(tsvector_to_array(n.document)), n.client_id FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM clients_clientword w
        USING (SELECT unnest(tsvector_to_array(o.document)) AS word, o.client_id FROM old_rows o) gone
        WHERE w.word = gone.word AND w.client_id = gone.client_id;
    ELSE
        DELETE FROM clients_clientword w
        USING (
            SELECT unnest(tsvector_to_array(o.document)) AS word, o.client_id FROM old_rows o
            EXCEPT SELECT unnest(tsvector_to_array(n.document)), n.client_id FROM new_rows n
        ) gone
        WHERE w.word = gone.word AND w.client_id = gone.client_id;
        INSERT INTO clients_clientword (word, client_id)
        SELECT unnest(tsvector_to_array(n.document)), n.client_id FROM new_rows n
        EXCEPT SELECT unnest(tsvector_to_array(o.document)), o.client_id FROM old_rows o;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER client_words_inserted AFTER INSERT ON clients_clientsearch
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION client_words_kept();
CREATE TRIGGER client_words_updated AFTER UPDATE ON clients_clientsearch
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION client_words_kept();
CREATE TRIGGER client_words_deleted AFTER DELETE ON clients_clientsearch
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION client_words_kept();

INSERT INTO clients_clientword (word, client_id)
SELECT word, client_id FROM clients_clientsearch, unnest(tsvector_to_array(document)) AS d (word)
ORDER BY word COLLATE "C", client_id;
"""
BACKWARD = """
DROP TRIGGER client_words_inserted ON clients_clientsearch;
DROP TRIGGER client_words_updated ON clients_clientsearch;
DROP TRIGGER client_words_deleted ON clients_clientsearch;
DROP FUNCTION client_words_kept;
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0019_orders_by_worth")]

    operations = [
        migrations.CreateModel(
            name="ClientWord",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "word", "client", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("word", models.TextField(db_collation="C")),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="clients.client",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

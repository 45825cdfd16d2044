from django.db import migrations

WATCH = """
CREATE OR REPLACE FUNCTION attention_of_company() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO retention_attentionwatch (client_id, look_on)
    SELECT DISTINCT c.id, DATE '2000-01-01' FROM fresh f JOIN stale s USING (id) CROSS JOIN clients_client c
    WHERE {changed};
    RETURN NULL; END $$;
"""
BOTH = WATCH.format(changed="(f.active_days, f.grace_days) IS DISTINCT FROM (s.active_days, s.grace_days)")
ACTIVE = WATCH.format(changed="f.active_days <> s.active_days")
MARK = """
INSERT INTO retention_attentionwatch (client_id, look_on)
SELECT DISTINCT client_id, DATE '2000-01-01' FROM retention_attention WHERE kind = 'silence'
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0027_counts_of_reasons_and_campaigns")]

    operations = [
        migrations.RunSQL(BOTH, ACTIVE),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]

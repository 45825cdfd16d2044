"""Won attempts counted along by month, and those that their dates do not bear out kept as rows."""

import django.db.models.deletion
from django.db import migrations, models

MONTH = "to_char(closed_at AT TIME ZONE coalesce(nullif(current_setting('crm.time_zone', true), ''), 'Europe/Moscow'), 'YYYY-MM')"
COUNT = """
CREATE FUNCTION tally_of_won_{rows}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO retention_tally AS t (of, label, owner_id, tier, number)
SELECT 'won', {month}, 0, '', sum(n) FROM ({select}) q GROUP BY 2 HAVING sum(n) <> 0 ORDER BY 2
ON CONFLICT (of, label, owner_id, tier) DO UPDATE SET number = t.number + EXCLUDED.number;
RETURN NULL; END $$;
CREATE TRIGGER tally_retention_winback_{event} AFTER {event} ON retention_winback REFERENCING {tables}
FOR EACH STATEMENT EXECUTE FUNCTION tally_of_won_{rows}();
"""
FRESH = "SELECT closed_at, 1 AS n FROM fresh WHERE outcome = 'won'"
STALE = "SELECT closed_at, -1 AS n FROM stale WHERE outcome = 'won'"
NEW, OLD = "NEW TABLE AS fresh", "OLD TABLE AS stale"
EVENTS = (
    ("insert", "fresh", FRESH, NEW),
    ("update", "both", f"{FRESH} UNION ALL {STALE}", f"{NEW} {OLD}"),
    ("delete", "stale", STALE, OLD),
)
COUNTED = f"""
INSERT INTO retention_tally (of, label, owner_id, tier, number)
SELECT 'won', {MONTH}, 0, '', count(*) FROM retention_winback WHERE outcome = 'won' GROUP BY 2;
INSERT INTO retention_leavingwatch (client_id, look_on)
SELECT DISTINCT client_id, DATE '2000-01-01' FROM retention_winback WHERE outcome = 'won';
"""
WATCH = COUNTED + "".join(
    COUNT.format(event=event, rows=rows, select=select, tables=tables, month=MONTH)
    for event, rows, select, tables in EVENTS
)
FORGET = "".join(
    f"DROP TRIGGER tally_retention_winback_{event} ON retention_winback; DROP FUNCTION tally_of_won_{rows}();"
    for event, rows, _select, _tables in EVENTS
) + "DELETE FROM retention_tally WHERE of = 'won';"


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0016_assignments_by_day'),
        ('retention', '0017_tallies_of_two_filters'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mismatch',
            fields=[
                ('win_back', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='retention.winback')),
                ('closed_at', models.DateTimeField()),
                ('won_with', models.CharField(blank=True, max_length=8)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clients.client')),
            ],
            options={
                'indexes': [models.Index(fields=['-closed_at', '-win_back'], name='mismatch_by_day')],
            },
        ),
        migrations.RunSQL(WATCH, FORGET),
    ]

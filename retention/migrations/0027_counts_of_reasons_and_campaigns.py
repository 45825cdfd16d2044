"""Refusals are counted by their reasons, and attempts by campaign and stage, by the statements that change them.

Per statement and insert only, as the tally of work: no row waits. Triggers come first and hold off writers until the
rows are counted.
"""

import django.db.models.deletion
from django.db import migrations, models

from core.migrating import AtOnce

REASONS = "owner_id, month, stated_reason_id, established_reason_id, withdrawn"
ADD_REASONS = f"""
INSERT INTO retention_reasontally ({REASONS}, number, monthly_value, fresh)
SELECT {REASONS}, sum(n), sum(worth), {{fresh}} FROM ({{rows}}) AS c ({REASONS}, n, worth)
GROUP BY {REASONS} HAVING sum(n) <> 0 OR sum(worth) <> 0
"""
#: 0 is everybody, the last day of all is no month.
OF_REFUSALS = """
SELECT o.owner_id, m.month, r.stated_reason_id, r.established_reason_id, r.withdrawn_at IS NOT NULL, {n}, {n} * r.monthly_value
FROM {rows} r CROSS JOIN LATERAL (VALUES (0), (r.owner_id)) AS o (owner_id)
CROSS JOIN LATERAL (VALUES ('9999-12-31'), (r.refused_on - extract(day FROM r.refused_on)::int + 1)) AS m (month)
"""
CAMPAIGNS = "campaign_id, stage, outcome"
ADD_CAMPAIGNS = f"""
INSERT INTO retention_campaigntally ({CAMPAIGNS}, number, fresh)
SELECT {CAMPAIGNS}, sum(n), {{fresh}} FROM ({{rows}}) AS c ({CAMPAIGNS}, n) GROUP BY {CAMPAIGNS} HAVING sum(n) <> 0
"""
OF_ATTEMPTS = "SELECT r.campaign_id, r.stage, r.outcome, {n} FROM {rows} r WHERE r.campaign_id IS NOT NULL"
KEPT = {
    "retention_refusal": ("retention_reasontally", ADD_REASONS, OF_REFUSALS),
    "retention_winback": ("retention_campaigntally", ADD_CAMPAIGNS, OF_ATTEMPTS),
}
NEW, OLD = "NEW TABLE AS fresh", "OLD TABLE AS stale"
EVENTS = {
    "insert": (NEW, (("fresh", 1),)),
    "update": (f"{NEW} {OLD}", (("fresh", 1), ("stale", -1))),
    "delete": (OLD, (("stale", -1),)),
}


def watch(table, event):
    _tally, add, select = KEPT[table]
    tables, signs = EVENTS[event]
    rows = " UNION ALL ".join(select.format(rows=rows, n=n) for rows, n in signs)
    return f"""
CREATE FUNCTION count_leaving_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
{add.format(fresh="true", rows=rows)}; RETURN NULL; END $$;
CREATE TRIGGER count_leaving_{event} AFTER {event.upper()} ON {table} REFERENCING {tables}
FOR EACH STATEMENT EXECUTE FUNCTION count_leaving_{table}_{event}();
"""


#: One statement each, one moment: what commits meanwhile is neither taken away nor counted here.
COUNT = "".join(
    f"WITH gone AS (DELETE FROM {tally}) {add.format(fresh='false', rows=select.format(rows=table, n=1))};"
    for table, (tally, add, select) in KEPT.items()
)
BOTH = [(table, event) for table in KEPT for event in EVENTS]
WATCH = "".join(watch(table, event) for table, event in BOTH) + f"""
CREATE FUNCTION retention_count_leaving() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {COUNT} END $$;
SELECT retention_count_leaving();
"""
FORGET = "DROP FUNCTION retention_count_leaving;" + "".join(
    f"DROP TRIGGER count_leaving_{event} ON {table}; DROP FUNCTION count_leaving_{table}_{event};" for table, event in BOTH
)


class Migration(migrations.Migration):

    dependencies = [
        ('retention', '0026_look_at_clients_of_prolonging_contracts'),
    ]

    operations = [
        AtOnce([
        migrations.CreateModel(
            name='CampaignTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign_id', models.BigIntegerField()),
                ('stage', models.CharField(choices=[('new', 'to contact'), ('talking', 'in talks'), ('offered', 'offer made'), ('trying', 'trying again')], max_length=16)),
                ('outcome', models.CharField(blank=True, choices=[('won', 'won back'), ('lost', 'not won back')], max_length=16)),
                ('number', models.IntegerField()),
                ('fresh', models.BooleanField()),
            ],
            options={
                'indexes': [models.Index(fields=['campaign_id', 'stage', 'outcome'], name='campaign_tally_of_campaign'), models.Index(condition=models.Q(('fresh', True)), fields=['id'], name='campaign_tally_fresh')],
            },
        ),
        migrations.CreateModel(
            name='ReasonTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField()),
                ('month', models.DateField()),
                ('withdrawn', models.BooleanField()),
                ('number', models.IntegerField()),
                ('monthly_value', models.DecimalField(decimal_places=2, max_digits=20)),
                ('fresh', models.BooleanField()),
                ('established_reason', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='retention.refusalreason')),
                ('stated_reason', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='retention.refusalreason')),
            ],
            options={
                'indexes': [models.Index(fields=['owner_id', 'month', 'stated_reason'], name='reason_tally_of_owner'), models.Index(condition=models.Q(('fresh', True)), fields=['id'], name='reason_tally_fresh')],
            },
        ),
        ]),
        migrations.RunSQL(WATCH, FORGET),
    ]

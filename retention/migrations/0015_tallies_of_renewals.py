"""A tally of open renewals by day, and triggers that mark the days on which it has to be counted anew.

Insert only and per statement, as the other watches of this room: nobody waits for anybody.
"""

from django.conf import settings
from django.db import migrations, models

from core.migrating import AtOnce

MARK = "INSERT INTO retention_tallymark (due_on) SELECT DISTINCT due_on FROM ({rows}) d;"
ROW = "id, outcome, due_on, stage, signal, opinion, monthly_value, client_id, contract_id"
OF_CLIENTS = """
    SELECT r.due_on FROM retention_renewal r WHERE r.outcome = '' AND r.client_id IN ({clients})
"""


def function(name, rows):
    body = MARK.format(rows=rows)
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;"


FUNCTIONS = {
    "tally_new_renewals": "SELECT due_on FROM fresh WHERE outcome = ''",
    "tally_lost_renewals": "SELECT due_on FROM stale WHERE outcome = ''",
    "tally_changed_renewals": f"""
        (SELECT {ROW} FROM fresh WHERE outcome = '' EXCEPT SELECT {ROW} FROM stale)
        UNION ALL (SELECT {ROW} FROM stale WHERE outcome = '' EXCEPT SELECT {ROW} FROM fresh)
    """,
    "tally_contracts": """
        SELECT r.due_on FROM retention_renewal r WHERE r.outcome = '' AND r.contract_id IN (
            SELECT id FROM (SELECT id, amount FROM fresh EXCEPT SELECT id, amount FROM stale) c)
    """,
    "tally_clients": OF_CLIENTS.format(
        clients="SELECT id FROM (SELECT id, tier FROM fresh EXCEPT SELECT id, tier FROM stale) c"
    ),
    "tally_owners": OF_CLIENTS.format(clients="SELECT client_id FROM fresh WHERE ended_at IS NULL"),
}
NEW, OLD = "NEW TABLE AS fresh", "OLD TABLE AS stale"
TRIGGERS = (
    ("retention_renewal", "INSERT", NEW, "tally_new_renewals"),
    ("retention_renewal", "DELETE", OLD, "tally_lost_renewals"),
    ("retention_renewal", "UPDATE", f"{NEW} {OLD}", "tally_changed_renewals"),
    ("clients_contract", "UPDATE", f"{NEW} {OLD}", "tally_contracts"),
    ("clients_client", "UPDATE", f"{NEW} {OLD}", "tally_clients"),
    ("clients_assignment", "INSERT", NEW, "tally_owners"),
    ("clients_assignment", "UPDATE", NEW, "tally_owners"),
)
WATCH = "\n".join(
    [
        *(function(name, rows) for name, rows in FUNCTIONS.items()),
        *(
            f"CREATE TRIGGER tally_{table}_{event.lower()} AFTER {event} ON {table} REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();"
            for table, event, tables, name in TRIGGERS
        ),
        MARK.format(rows="SELECT due_on FROM retention_renewal WHERE outcome = ''"),
    ]
)
FORGET = "\n".join(
    [
        *(f"DROP TRIGGER tally_{table}_{event.lower()} ON {table};" for table, event, _tables, _name in TRIGGERS),
        *(f"DROP FUNCTION {name};" for name in FUNCTIONS),
    ]
)


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0015_trail_indexed_by_object_alone'),
        ('retention', '0014_watch_those_who_left'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce([
        migrations.CreateModel(
            name='RenewalTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dim', models.CharField(max_length=8)),
                ('key', models.CharField(max_length=20)),
                ('due_on', models.DateField()),
                ('stage', models.CharField(choices=[('planned', 'to contact'), ('talking', 'in talks'), ('offered', 'terms offered'), ('agreed', 'agreed in words')], max_length=16)),
                ('number', models.IntegerField()),
                ('amount', models.DecimalField(decimal_places=2, max_digits=20)),
                ('monthly', models.DecimalField(decimal_places=2, max_digits=20)),
            ],
        ),
        migrations.CreateModel(
            name='TallyMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_on', models.DateField()),
            ],
        ),
        migrations.AddIndex(
            model_name='renewal',
            index=models.Index(condition=models.Q(('outcome', '')), fields=['stage', 'due_on', 'id'], name='renewal_open_by_stage'),
        ),
        migrations.AddIndex(
            model_name='renewal',
            index=models.Index(condition=models.Q(('outcome', '')), fields=['due_on', '-monthly_value', 'id'], name='renewal_open_dearest_of_day'),
        ),
        migrations.RemoveIndex(model_name='renewal', name='renewal_disputed'),
        migrations.AddIndex(
            model_name='renewal',
            index=models.Index(condition=models.Q(('outcome', ''), ('disputed_at__isnull', False)), fields=['due_on', 'id'], name='renewal_disputed_by_end'),
        ),
        migrations.AddConstraint(
            model_name='renewaltally',
            constraint=models.UniqueConstraint(fields=('dim', 'key', 'due_on', 'stage'), name='renewal_tally_once'),
        ),
        migrations.AddIndex(
            model_name='tallymark',
            index=models.Index(fields=['due_on'], name='tally_mark_by_day'),
        ),
        ]),
        migrations.RunSQL(WATCH, FORGET),
    ]

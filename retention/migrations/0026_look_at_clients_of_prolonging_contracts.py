from django.db import migrations

MARK = """
INSERT INTO retention_attentionwatch (client_id, look_on)
SELECT DISTINCT client_id, DATE '2000-01-01' FROM clients_contract WHERE prolongation_months > 0
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0025_changes_to_make_by_day"),
        ("clients", "0018_contracts_that_prolong_themselves_stand"),
    ]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]

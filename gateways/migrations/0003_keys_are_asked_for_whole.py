from django.db import migrations

from core.migrating import without_prefix_indexes


class Migration(migrations.Migration):
    dependencies = [("gateways", "0002_outbox_decisions_and_expiry")]

    operations = [without_prefix_indexes("gateways_outboxmessage")]

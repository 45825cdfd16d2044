"""The cube learns the books of managers: without a state the next sweep derives everything anew."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0007_mark_clients_of_calls")]
    operations = [migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop)]

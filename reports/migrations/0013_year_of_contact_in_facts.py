"""The facts learn who was in contact within a year: without a state the next sweep derives everything anew."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0012_mark_clients_of_renewals")]
    operations = [migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop)]

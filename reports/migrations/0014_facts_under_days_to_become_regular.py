"""The facts learn who became active and regular, under what the settings ask: the next sweep derives everything anew."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0013_year_of_contact_in_facts")]
    operations = [
        migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop),
        *(
            migrations.AddField("factstate", name, models.IntegerField(default=0), preserve_default=False)
            for name in ("regular_orders", "regular_days")
        ),
    ]

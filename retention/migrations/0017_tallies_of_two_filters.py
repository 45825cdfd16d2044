"""The tally of open renewals knows any two filters together; until it is counted anew every day is read from its rows."""

from django.db import migrations, models

ALL_DAYS = "INSERT INTO retention_tallymark (due_on) SELECT DISTINCT due_on FROM retention_renewal WHERE outcome = ''"


class Migration(migrations.Migration):
    dependencies = [("retention", "0016_tally_of_early_signs")]
    operations = [
        migrations.AlterField("renewaltally", "dim", models.CharField(max_length=20)),
        migrations.AlterField("renewaltally", "key", models.CharField(max_length=40)),
        migrations.RunSQL(ALL_DAYS, migrations.RunSQL.noop),
    ]

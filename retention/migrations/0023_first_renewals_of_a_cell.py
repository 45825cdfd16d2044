"""The tally of open renewals knows which cards a column shows; until it is counted anew every day is read from its rows."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

ALL_DAYS = "INSERT INTO retention_tallymark (due_on) SELECT DISTINCT due_on FROM retention_renewal WHERE outcome = ''"


class Migration(migrations.Migration):
    dependencies = [("retention", "0022_letter_of_verdicts")]
    operations = [
        migrations.AddField("renewaltally", "firsts", ArrayField(models.BigIntegerField(), default=list)),
        migrations.RunSQL(ALL_DAYS, migrations.RunSQL.noop),
    ]

"""The tally of open renewals knows which a day of the calendar shows; until it is counted anew days are read from rows."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

ALL_DAYS = "INSERT INTO retention_tallymark (due_on) SELECT DISTINCT due_on FROM retention_renewal WHERE outcome = ''"


class Migration(migrations.Migration):
    dependencies = [("retention", "0023_first_renewals_of_a_cell")]
    operations = [
        migrations.AddField("renewaltally", "dearest", ArrayField(models.BigIntegerField(), default=list)),
        migrations.RunSQL(ALL_DAYS, migrations.RunSQL.noop),
    ]

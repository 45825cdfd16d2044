"""Cells of cohorts are kept: the next sweep derives everything anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0017_tally_of_scores")]
    operations = [
        migrations.CreateModel(
            name="Cohort",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("basis", models.CharField(max_length=9)),
                ("dim", models.CharField(max_length=7)),
                ("key", models.CharField(max_length=20)),
                ("first", models.DateField()),
                ("month", models.DateField()),
                ("number", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("basis", "dim", "key", "first", "month"), name="cohort_once")
                ],
            },
        ),
        migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop),
    ]

"""What periods of several months have in common is kept: the next sweep derives everything anew."""

from django.db import migrations, models

_SUM = {"max_digits": 45, "decimal_places": 20}


class Migration(migrations.Migration):
    dependencies = [("reports", "0021_cost_to_serve_in_facts")]
    operations = [
        migrations.CreateModel(
            name="Overlap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dim", models.CharField(max_length=8)),
                ("key", models.CharField(max_length=20)),
                ("month", models.DateField()),
                ("back", models.SmallIntegerField()),
                ("buyers", models.IntegerField()),
                ("repeaters", models.IntegerField()),
                ("nps", models.IntegerField()),
                ("promoters", models.IntegerField()),
                ("detractors", models.IntegerField()),
                ("kept", models.IntegerField()),
                ("mv_min", models.DecimalField(**_SUM)),
                ("mv1", models.DecimalField(**_SUM)),
                ("reactivated", models.DecimalField(**_SUM)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("dim", "key", "month", "back"), name="overlap_once")
                ],
            },
        ),
        migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop),
    ]

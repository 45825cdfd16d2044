"""Who stands where by what he has brought is kept: the next sweep derives everything anew."""

from django.db import migrations, models

_BY = {"brought_most": [], "brought_by_manager": ["manager_id"], "brought_by_industry": ["industry_id"],
       "brought_by_region": ["region_id"]}  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("reports", "0019_margin_in_facts")]
    operations = [
        migrations.CreateModel(
            name="Brought",
            fields=[
                ("client_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("manager_id", models.BigIntegerField(null=True)),
                ("tier", models.CharField(max_length=1)),
                ("industry_id", models.BigIntegerField(null=True)),
                ("region_id", models.BigIntegerField(null=True)),
                ("less", models.DecimalField(decimal_places=20, max_digits=45)),
                ("margin", models.DecimalField(decimal_places=20, max_digits=45)),
                ("orders", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=[*by, "less", "client_id"], name=name) for name, by in _BY.items()],
            },
        ),
        migrations.CreateModel(
            name="BroughtSum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dim", models.CharField(max_length=9)),
                ("key", models.CharField(max_length=20)),
                ("segment", models.CharField(max_length=1)),
                ("last_less", models.DecimalField(decimal_places=20, max_digits=45, null=True)),
                ("last_client", models.BigIntegerField(null=True)),
                ("clients", models.BigIntegerField()),
                ("money", models.DecimalField(decimal_places=20, max_digits=45)),
                ("margin", models.DecimalField(decimal_places=20, max_digits=45)),
                ("orders", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("dim", "key", "segment"), name="brought_sum_once")],
            },
        ),
        migrations.RunSQL("DELETE FROM reports_factstate", migrations.RunSQL.noop),
    ]

from __future__ import annotations

from django.db import migrations


def seed(apps, schema_editor):
    TouchPolicy = apps.get_model("work", "TouchPolicy")
    for tier in "ABC":
        TouchPolicy.objects.get_or_create(tier=tier)


class Migration(migrations.Migration):
    dependencies = [("work", "0002_weight_moves_to_company")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

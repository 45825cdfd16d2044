from __future__ import annotations

from django.db import migrations


def seed(apps, schema_editor):
    TouchPolicy = apps.get_model("work", "TouchPolicy")
    for tier, weight in (("A", 2), ("B", 1), ("C", 1)):
        TouchPolicy.objects.get_or_create(tier=tier, defaults={"weight": weight})


class Migration(migrations.Migration):
    dependencies = [("work", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

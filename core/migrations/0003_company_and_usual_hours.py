from __future__ import annotations

from datetime import time

from django.db import migrations


def seed(apps, schema_editor):
    apps.get_model("core", "Company").objects.get_or_create(id=1)
    WorkingPeriod = apps.get_model("core", "WorkingPeriod")
    for weekday in range(5):
        WorkingPeriod.objects.get_or_create(weekday=weekday, starts=time(9), defaults={"ends": time(18)})


class Migration(migrations.Migration):
    dependencies = [("core", "0002_weights_per_tier")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

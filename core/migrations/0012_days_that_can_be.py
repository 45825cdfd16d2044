from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models

from core.migrating import AtOnce

DAYS = {
    "grace_days": (30, [MaxValueValidator(365)], "grace after a contract's end, days"),
    "early_days": (60, [MaxValueValidator(365)], "early renewal window, days"),
    "active_days": (180, [MinValueValidator(1), MaxValueValidator(3650)], "a buyer is active for, days"),
}


class Migration(migrations.Migration):
    dependencies = [("core", "0011_days_to_become_regular")]

    operations = [
        AtOnce(
            [
                migrations.AlterField(
                    model_name=model,
                    name=name,
                    field=models.PositiveSmallIntegerField(default=default, validators=validators, verbose_name=said),
                )
                for model in ("company", "companyevent")
                for name, (default, validators, said) in DAYS.items()
            ]
        )
    ]

from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Replace

QUOTED = ("«{{ client }}»", "“{{ client }}”")


def unquote(apps, schema_editor):
    """As the letters before these: a company's name brings its own quotes, «ООО «Ромашка»»."""
    Template = apps.get_model("clients", "LetterTemplate")
    for quoted in QUOTED:
        for field in ("subject", "body"):
            Template.objects.filter(**{f"{field}__contains": quoted}).update(
                **{field: Replace(F(field), Value(quoted), Value("{{ client }}"))}
            )


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0028_who_has_left_is_not_silent"),
        ("clients", "0018_contracts_that_prolong_themselves_stand"),
    ]

    operations = [migrations.RunPython(unquote, migrations.RunPython.noop)]

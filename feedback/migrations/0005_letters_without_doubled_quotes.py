from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Replace

QUOTED = ("«{{ client }}»", "“{{ client }}”")


def unquote(apps, schema_editor):
    """A company's name brings its own quotes: «ООО «Ромашка»»."""
    Template = apps.get_model("clients", "LetterTemplate")
    for quoted in QUOTED:
        plain = Value("{{ client }}")
        for field in ("subject", "body"):
            Template.objects.filter(**{f"{field}__contains": quoted}).update(
                **{field: Replace(F(field), Value(quoted), plain)}
            )


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0004_seed_complaint_letter"),
        ("clients", "0008_seed_taxonomies_and_covering_letter"),
    ]

    operations = [migrations.RunPython(unquote, migrations.RunPython.noop)]

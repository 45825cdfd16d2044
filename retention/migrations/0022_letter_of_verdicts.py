from django.db import migrations

VERSIONS = {
    "ru": (
        "Менеджеру: решение о разногласии",
        "{{ client }}: руководитель решил, {{ reason }}",
        """{{ name }}, здравствуйте!

Ваше мнение о продлении клиента «{{ client }}» разошлось с сигналом системы. Руководитель решил: {{ reason }}.

{{ comment }}

Открыть продление: {{ link }}""",
    ),
    "en": (
        "To the manager: the disagreement is decided",
        "{{ client }}: the head has decided, {{ reason }}",
        """Hello {{ name }},

Your opinion of the renewal of “{{ client }}” and the system's signal differed. The head has decided: {{ reason }}.

{{ comment }}

Open the renewal: {{ link }}""",
    ),
}


def seed(apps, schema_editor):
    Template = apps.get_model("clients", "LetterTemplate")
    for language, (name, subject, body) in VERSIONS.items():
        Template.objects.get_or_create(
            code="renewal_decided", language=language, defaults={"name": name, "subject": subject, "body": body}
        )


class Migration(migrations.Migration):
    dependencies = [("retention", "0021_freezes_latest")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

from django.db import migrations

TEMPLATES = {
    "renewal_disputed": (
        (
            "Руководителю: разногласие о продлении",
            "Сигнал и менеджер расходятся: решите, продлится ли клиент",
            """{{ name }}, здравствуйте!

Сигнал системы и мнение менеджера о продлении противоположны. Клиент, договор, последний день:

{{ comment }}

Посмотреть и решить: {{ link }}""",
        ),
        (
            "To the head: opinions of a renewal differ",
            "The signal and the manager disagree: decide whether the client renews",
            """Hello {{ name }},

The system's signal and the manager's opinion are opposite. Client, contract, last day:

{{ comment }}

Look and decide: {{ link }}""",
        ),
    ),
    "offer_waiting": (
        (
            "Руководителю: скидка ждёт решения",
            "{{ client }}: скидка выше полномочий ждёт решения",
            """{{ name }}, здравствуйте!

Клиенту «{{ client }}» предлагают условия, на которые у менеджера нет полномочий.

{{ comment }}

Решить: {{ link }}""",
        ),
        (
            "To the head: a discount waits",
            "{{ client }}: a discount beyond authority waits for you",
            """Hello {{ name }},

“{{ client }}” is to be offered terms beyond the manager's authority.

{{ comment }}

Decide: {{ link }}""",
        ),
    ),
    "offer_decided": (
        (
            "Менеджеру: решение о скидке",
            "{{ client }}: {{ reason }}",
            """{{ name }}, здравствуйте!

Решение об условиях для клиента «{{ client }}»: {{ reason }}.

{{ comment }}

Открыть продление: {{ link }}""",
        ),
        (
            "To the manager: the discount is decided",
            "{{ client }}: {{ reason }}",
            """Hello {{ name }},

The terms for “{{ client }}”: {{ reason }}.

{{ comment }}

Open the renewal: {{ link }}""",
        ),
    ),
}


def seed(apps, schema_editor):
    Template = apps.get_model("clients", "LetterTemplate")
    for code, versions in TEMPLATES.items():
        for language, (name, subject, body) in zip(("ru", "en"), versions, strict=True):
            Template.objects.get_or_create(
                code=code, language=language, defaults={"name": name, "subject": subject, "body": body}
            )


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0004_watch_facts_of_renewals"),
        ("clients", "0010_keeping_events"),
    ]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

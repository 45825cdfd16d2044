from django.db import migrations

TEMPLATES = [
    (
        "ru",
        "Сотруднику: новая жалоба",
        "Жалоба: {{ client }}, решить до {{ deadline }}",
        """{{ name }}, здравствуйте!

Клиент «{{ client }}» недоволен, отвечаете за решение вы. Категория: {{ reason }}. Срок: {{ deadline }}.

{{ comment }}

Открыть жалобу: {{ link }}""",
    ),
    (
        "en",
        "To staff: new complaint",
        "Complaint: {{ client }}, solve by {{ deadline }}",
        """Hello {{ name }},

“{{ client }}” is not satisfied, and you answer for the solution. Category: {{ reason }}. Deadline: {{ deadline }}.

{{ comment }}

Open the complaint: {{ link }}""",
    ),
]


def seed(apps, schema_editor):
    Template = apps.get_model("clients", "LetterTemplate")
    for language, name, subject, body in TEMPLATES:
        Template.objects.get_or_create(
            code="complaint_opened", language=language, defaults={"name": name, "subject": subject, "body": body}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0003_invitation_end_and_token_nonce"),
        ("clients", "0004_seed_letter_templates"),
        ("work", "0004_pending_facts"),
    ]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

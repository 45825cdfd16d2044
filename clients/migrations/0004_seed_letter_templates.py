from django.db import migrations

# (code, offered by hand, Russian name, subject, text, English name, subject, text)
TEMPLATES = [
    (
        "welcome",
        True,
        "Знакомство с менеджером",
        "Познакомьтесь с вашим менеджером: {{ owner }}",
        """{{ greeting }}

Меня зовут {{ owner }}, теперь я ваш персональный менеджер: {{ department }}. По любому вопросу — срокам, документам, отчётам, новым задачам — [[пишите или звоните|пиши или звони]] мне напрямую, искать нужного человека больше не придётся.

Мой телефон: {{ owner_phone }}
Почта: {{ owner_email }}

В ближайшие дни я позвоню, чтобы убедиться, что всё началось так, как мы договорились. Если что-то нужно раньше — просто [[ответьте|ответь]] на это письмо.""",
        "Meet your manager",
        "Meet your account manager: {{ owner }}",
        """{{ greeting }}

My name is {{ owner }} and from now on I am your personal account manager ({{ department }}). Whatever the question – dates, documents, reports, new tasks – please write or call me directly.

Phone: {{ owner_phone }}
E-mail: {{ owner_email }}

I will call you in the next few days to make sure that everything has started as agreed. If you need something earlier, just reply to this letter.""",
    ),
    (
        "thank_you",
        True,
        "Благодарность за заказ",
        "Спасибо за заказ!",
        """{{ greeting }}

Спасибо, что выбрали нас. Ваш заказ выполнен, и нам важно, чтобы вы остались довольны результатом.

Если что-то окажется не так, сразу [[обращайтесь|обращайся]] ко мне: {{ owner }}, {{ owner_phone }}. Я лично прослежу, чтобы вопрос был решён.""",
        "Thank you for the order",
        "Thank you for your order!",
        """{{ greeting }}

Thank you for choosing us. Your order is complete, and we want you to be happy with the result.

If anything is not right, please turn to me at once: {{ owner }}, {{ owner_phone }}. I will see to it personally.""",
    ),
    (
        "survey",
        False,
        "Опрос: оценка работы",
        "Как мы справились? Один вопрос для {{ client }}",
        """{{ greeting }}

[[Оцените, пожалуйста|Оцени, пожалуйста]], нашу работу по шкале от 1 до 10. Это займёт меньше минуты, а нам поможет стать лучше.

Поставить оценку: {{ survey_url }}

Любая оценка важна: если что-то не понравилось, я разберусь и вернусь с решением.""",
        "Survey",
        "How did we do? One question for {{ client }}",
        """{{ greeting }}

Please rate our work from 1 to 10. It takes less than a minute and helps us to get better.

Rate our work: {{ survey_url }}

Every score matters: if something was not right, I will look into it and come back with a solution.""",
    ),
    (
        "survey_reminder",
        False,
        "Опрос: напоминание",
        "Нам важно ваше мнение",
        """{{ greeting }}

Недавно мы просили оценить нашу работу. Если найдётся минута, [[поставьте|поставь]], пожалуйста, оценку от 1 до 10 — больше напоминать не будем.

Поставить оценку: {{ survey_url }}""",
        "Survey: reminder",
        "Your opinion matters to us",
        """{{ greeting }}

Not long ago we asked you to rate our work. If you have a minute, please give us a score from 1 to 10. We will not remind you again.

Rate our work: {{ survey_url }}""",
    ),
    (
        "note_by_hand",
        True,
        "Обычное письмо",
        "",
        """{{ greeting }}

""",
        "Plain letter",
        "",
        """{{ greeting }}

""",
    ),
    (
        "handoff_accepted",
        False,
        "Продажам: передача принята",
        "Клиент «{{ client }}» принят в сопровождение",
        """{{ name }}, здравствуйте!

Клиента «{{ client }}» принял в сопровождение менеджер {{ owner }}. Карточка остаётся доступной вам для просмотра.

Открыть передачу: {{ link }}""",
        "To sales: hand-off accepted",
        "“{{ client }}” has been accepted",
        """Hello {{ name }},

{{ owner }} has accepted “{{ client }}”. You can still look at the card at any time.

Open the hand-off: {{ link }}""",
    ),
    (
        "handoff_returned",
        False,
        "Продажам: передача возвращена",
        "Передача клиента «{{ client }}» возвращена: {{ reason }}",
        """{{ name }}, здравствуйте!

Передача клиента «{{ client }}» возвращена. Причина: {{ reason }}.

{{ comment }}

Исправьте данные и отправьте передачу снова.

Открыть передачу: {{ link }}""",
        "To sales: hand-off returned",
        "The hand-off of “{{ client }}” came back: {{ reason }}",
        """Hello {{ name }},

The hand-off of “{{ client }}” has been returned. Reason: {{ reason }}.

{{ comment }}

Please correct it and send it again.

Open the hand-off: {{ link }}""",
    ),
    (
        "handoff_asked_back",
        False,
        "Продажам: клиент хочет новый проект",
        "Клиент «{{ client }}» просит вернуться продажи",
        """{{ name }}, здравствуйте!

Менеджер {{ owner }} просит вас подключиться к клиенту «{{ client }}».

{{ comment }}

Открыть клиента: {{ link }}""",
        "To sales: the client wants a new project",
        "Sales are asked back in: “{{ client }}”",
        """Hello {{ name }},

{{ owner }} asks you to get in touch with “{{ client }}” again.

{{ comment }}

Open the client: {{ link }}""",
    ),
]


def seed(apps, schema_editor):
    Template = apps.get_model("clients", "LetterTemplate")
    for code, by_hand, name, subject, body, name_en, subject_en, body_en in TEMPLATES:
        for language, row in (("ru", (name, subject, body)), ("en", (name_en, subject_en, body_en))):
            Template.objects.get_or_create(
                code=code,
                language=language,
                defaults={"name": row[0], "subject": row[1], "body": row[2], "for_hand": by_hand},
            )


class Migration(migrations.Migration):
    dependencies = [("clients", "0003_handoff_answer_and_sales_request")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

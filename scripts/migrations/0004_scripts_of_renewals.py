from __future__ import annotations

from django.db import migrations

SCRIPTS = {
    "renewal-90": (
        "Продление: за 90 дней",
        [
            ("results", "Какие результаты этого года для вас главные, что получилось лучше всего?", "text"),
            ("plans", "Какие планы на следующий год: рост, новые направления, регионы?", "text"),
            ("missing", "Чего вам не хватает в нашей работе, что мешает?", "text"),
            ("decides", "Кто кроме вас решает о продолжении и что для него важно?", "text"),
            ("goes_on", "Если говорить сейчас: вы продолжаете с нами?", "yes_no"),
        ],
    ),
    "renewal-60": (
        "Продление: за 60 дней",
        [
            ("fixed", "Мы обещали исправить названное в прошлый раз. Что изменилось, что ещё нет?", "text"),
            ("terms", "Какие условия на новый срок вам подойдут: объём, срок, порядок оплаты?", "text"),
            ("budget", "Заложен ли бюджет и когда он утверждается?", "text"),
            ("compare", "С кем и по каким признакам вы нас сравниваете?", "text"),
            ("offer", "Какое предложение мы обещали прислать и к какому дню?", "text"),
        ],
    ),
    "renewal-30": (
        "Продление: за 30 дней",
        [
            ("decision", "Решение принято: продлеваем?", "yes_no"),
            ("obstacle", "Если нет: что именно останавливает и что изменило бы решение?", "text"),
            ("terms", "На каких условиях договорились: сумма, срок, скидка?", "text"),
            ("papers", "Кому и когда отправляем договор, кто подписывает?", "text"),
            ("without", "Что станет с вашей рекламой, если договор закончится, что сделаем, чтобы не было перерыва?", "text"),
        ],
    ),
}


def seed(apps, schema_editor):
    Script = apps.get_model("scripts", "Script")
    ScriptVersion = apps.get_model("scripts", "ScriptVersion")
    Question = apps.get_model("scripts", "Question")
    for code, (title, questions) in SCRIPTS.items():
        script, created = Script.objects.get_or_create(code=code, defaults={"title": title})
        if not created:
            continue
        version = ScriptVersion.objects.create(script=script, number=1)
        Question.objects.bulk_create(
            Question(script_version=version, position=place, code=code, text=text, answer_kind=kind)
            for place, (code, text, kind) in enumerate(questions, start=1)
        )


class Migration(migrations.Migration):
    dependencies = [("scripts", "0003_first_scripts")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

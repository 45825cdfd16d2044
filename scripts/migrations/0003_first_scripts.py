from __future__ import annotations

from django.db import migrations

SCRIPTS = {
    "follow_up": (
        "Звонок после сделки",
        [
            ("why_us", "Почему вы выбрали именно нас?", "text"),
            ("liked", "Что вам понравилось в работе с нами?", "text"),
            ("missing", "Чего не хватило, что стоит добавить или улучшить?", "text"),
            ("satisfied", "Всё ли вас устраивает?", "yes_no"),
            ("solution", "Если не всё: какое решение предложили и о чём договорились?", "text"),
        ],
    ),
    "what_went_wrong": (
        "Что пошло не так",
        [
            ("reason", "Почему от заказа пришлось отказаться?", "text"),
            ("expected", "Чего вы ждали и что получили?", "text"),
            ("differently", "Что мы могли сделать иначе?", "text"),
            ("come_back", "Готовы вернуться к разговору, если мы это исправим?", "yes_no"),
            ("solution", "Какое решение предложили и о чём договорились?", "text"),
        ],
    ),
    "urgent": (
        "Срочный звонок по жалобе",
        [
            ("happened", "Что именно произошло?", "text"),
            ("impact", "Как это сказалось на вашей работе?", "text"),
            ("wish", "Какое решение вас устроит?", "text"),
            ("agreed", "О чём договорились и к какому сроку?", "text"),
        ],
    ),
    "survey_call": (
        "Опрос по телефону",
        [
            ("score", "Насколько вы довольны работой с нами по шкале от 1 до 10?", "score"),
            ("why", "Почему именно такая оценка?", "text"),
            ("improve", "Что сделало бы её выше?", "text"),
            ("recommend", "Готовы рекомендовать нас партнёрам?", "yes_no"),
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
    dependencies = [("scripts", "0002_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

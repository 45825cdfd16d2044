from __future__ import annotations

from django.db import migrations

SCRIPTS = {
    "win_back": (
        "Вернуть доверие",
        [
            ("sorry", "Признайте прямо: в чём мы вас подвели? Дайте договорить, не оправдывайтесь.", "text"),
            ("now", "Как эта работа устроена у вас сейчас, что в ней хорошо и чего не хватает?", "text"),
            ("changed", "Что мы с тех пор изменили именно в том, что вас не устроило. Клиент это увидел?", "yes_no"),
            ("condition", "При каком условии вы бы попробовали ещё раз?", "text"),
            ("offer", "Что предложили: пробный объём, срок, личный ответственный, гарантия?", "text"),
            ("step", "Какой следующий шаг и к какому дню?", "text"),
        ],
    ),
    "failed_order": (
        "Заказ сорвался: что случилось",
        [
            ("what", "Что пошло не так с заказом, как это выглядело с вашей стороны?", "text"),
            ("ours", "Это зависело от нас?", "yes_no"),
            ("money", "Деньги и документы по этому заказу закрыты, ничего не осталось должны?", "yes_no"),
            ("need", "Задача, ради которой делали заказ, решена? Чем помочь сейчас?", "text"),
            ("again", "На каких условиях вы закажете снова?", "text"),
        ],
    ),
    "silence": (
        "Давно нет заказа",
        [
            ("results", "Как дела с тем, что делали в последний раз: работает, есть результат?", "text"),
            ("why", "Обычно вы заказывали чаще. Что изменилось?", "text"),
            ("pleased", "Если поставить оценку последней работе от 1 до 10?", "score"),
            ("elsewhere", "Сейчас эту задачу решаете сами, с другими или отложили?", "text"),
            ("when", "Когда понадобится следующий заказ и что к нему подготовить?", "text"),
        ],
    ),
    "no_contact": (
        "Давно не общались",
        [
            ("how", "Как идут дела, что нового в компании и в планах?", "text"),
            ("doubts", "Есть ли то, что вас не устраивает, но о чём вы не говорили?", "text"),
            ("score", "Насколько вы довольны нами сейчас, от 1 до 10?", "score"),
            ("help", "Чем мы можем быть полезны в ближайший месяц?", "text"),
            ("rhythm", "Как часто и каким способом вам удобно общаться?", "text"),
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
    dependencies = [("scripts", "0006_save_and_exit_scripts")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

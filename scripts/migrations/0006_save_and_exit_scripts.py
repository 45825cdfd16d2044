from __future__ import annotations

from django.db import migrations

SCRIPTS = {
    "save": (
        "Проект остановился: звонок в тот же день",
        [
            ("why", "Что стало причиной остановки: сезон, бюджет, результат, что-то с нашей стороны?", "text"),
            ("words", "Как клиент сказал об этом сам, его словами?", "text"),
            ("ours", "Есть ли здесь то, что мы можем исправить прямо сейчас?", "text"),
            ("pause_or_leave", "Это пауза, и клиент вернётся?", "yes_no"),
            ("until", "До какого дня пауза и что должно измениться к этому дню?", "text"),
            ("smaller", "Если мешает бюджет: какой меньший объём сохранит работу?", "text"),
            ("agreed", "О чём договорились и когда следующий разговор?", "text"),
        ],
    ),
    "exit_interview": (
        "Прощальный разговор",
        [
            ("opening", "Мы не уговариваем остаться, а хотим понять. Удобно ли поговорить десять минут?", "yes_no"),
            ("liked", "Что в работе с нами было хорошо, за что вы нас выбрали?", "text"),
            ("missed", "Чего не хватало и о чём вы говорили, а мы не услышали?", "text"),
            ("turning_point", "Был ли день или случай, после которого вы решили уйти?", "text"),
            ("elsewhere", "Как эта работа устроена у вас теперь?", "text"),
            ("would_return", "Что должно измениться, чтобы вы вернулись?", "text"),
            ("real_reason", "Если назвать одну причину, какая она на самом деле?", "text"),
        ],
    ),
}
OBJECTIONS = [
    (
        "terms",
        "У вас дорого",
        "Спросите, с чем сравнивает клиент и что входит в ту цену. Покажите, что он получил за срок договора в цифрах, "
        "и предложите меньший объём, а не скидку.",
    ),
    (
        "terms",
        "Нам предложили дешевле",
        "Попросите сравнить состав работ строка за строкой. Назовите то, чего нет в чужом предложении, и цену перехода: "
        "сроки, обучение, потеря настроек.",
    ),
    (
        "product",
        "Нет результата",
        "Уточните, какого результата ждали и к какому дню. Покажите, что сделано, признайте, чего нет, и предложите план "
        "на ближайшие 30 дней с одной измеримой целью.",
    ),
    (
        "service",
        "До вас не дозвониться",
        "Извинитесь без оправданий. Назовите одного ответственного и срок ответа, договоритесь о проверке через две недели.",
    ),
    (
        "external",
        "Сейчас не сезон",
        "Согласитесь и спросите, когда начинается подготовка. Предложите паузу с датой вместо отказа и минимальный объём, "
        "чтобы не начинать с нуля.",
    ),
    (
        "external",
        "Руководство ещё не решило",
        "Узнайте, кто решает, что ему важно и когда решение. Предложите короткую встречу или страницу с цифрами для него.",
    ),
]


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
    Objection = apps.get_model("scripts", "Objection")
    for kind, text, answer in OBJECTIONS:
        Objection.objects.get_or_create(text=text, defaults={"kind": kind, "answer": answer})


class Migration(migrations.Migration):
    dependencies = [("scripts", "0005_objections")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

from __future__ import annotations

from decimal import Decimal

from django.db import migrations

CONTACT_DAYS = {"A": 14, "B": 30, "C": 60}
LIMITS = {"am": 5, "growth": 10}
REASONS = {
    "service": [
        "Долго отвечали",
        "Менялись менеджеры",
        "Не выполнили обещанное",
        "Не решили проблему",
        "Не было внимания к клиенту",
    ],
    "product": ["Нет результата", "Низкое качество", "Не хватает возможностей", "Продукт не подошёл"],
    "terms": ["Высокая цена", "Условия договора", "Дешевле у конкурента", "Порядок оплаты"],
    "external": ["Закрыл бизнес", "Нет бюджета", "Сезон", "Сменилось руководство", "Забрал работу в штат"],
}
TARGETS = {"repeat_contact_rate": Decimal("0.85"), "refusal_rate": Decimal("0.15")}


def seed(apps, schema_editor):
    for tier, days in CONTACT_DAYS.items():
        apps.get_model("retention", "KeepingPolicy").objects.get_or_create(tier=tier, defaults={"contact_days": days})
    for role, percent in LIMITS.items():
        apps.get_model("retention", "DiscountLimit").objects.get_or_create(role=role, defaults={"percent": percent})
    for kind, names in REASONS.items():
        for name in names:
            apps.get_model("retention", "RefusalReason").objects.get_or_create(kind=kind, name=name)
    for metric, value in TARGETS.items():
        apps.get_model("retention", "Target").objects.get_or_create(
            metric=metric, manager=None, month=None, defaults={"value": value}
        )


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_keeping")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

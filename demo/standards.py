"""What the invented department holds its figures against, and its story so far as it tells it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from reports.roubles import PLANNED
from reports.standards import add_standard
from retention.enums import AnnotationKind
from retention.models import Annotation, Corridor, KeepingPolicy, Target
from staff.models import HourlyCost, User

STORY = (
    (date(2019, 1, 15), AnnotationKind.DEPARTMENT, "Создан отдел сопровождения"),
    (date(2020, 6, 1), AnnotationKind.RULES, "Охват сокращён: только сложные продукты и сети филиалов"),
    (date(2021, 3, 1), AnnotationKind.RULES, "Цель — вернуть доверие: сопровождение снова для всех"),
    (date(2022, 1, 10), AnnotationKind.SCRIPT, "Новые сценарии звонков; цель 85 и 15"),
)
#: The department's own two, 85 and 15, come with the product.
TARGETS = (("repeat_order_share", 60), (PLANNED, 900_000))


#: What serving a client of a tier may cost a month.
COSTS = {"A": 120, "B": 70, "C": 40}


def set_standards(*, head: User, today: date) -> None:
    for day, kind, text in STORY:
        add_standard(model=Annotation, values={"day": day, "kind": kind, "text": text}, actor=head)
    recent = date(today.year - (today.month <= 4), (today.month - 5) % 12 + 1, 12)
    words = "Вторая версия сценария продления"
    add_standard(model=Annotation, values={"day": recent, "kind": AnnotationKind.SCRIPT, "text": words}, actor=head)
    for metric, value in TARGETS:
        add_standard(
            model=Target, values={"metric": metric, "manager": None, "month": None, "value": Decimal(value)}, actor=head
        )
    add_standard(model=Corridor, values={"metric": "refusal_rate", "low": None, "high": Decimal(25)}, actor=head)
    for tier, cost in COSTS.items():
        KeepingPolicy.objects.filter(tier=tier).update(cost_plan=cost)
    for number, person in enumerate(User.objects.filter(is_active=True).order_by("username")):
        row = {"user": person, "from_on": date(today.year - 2, 1, 1), "amount": Decimal(450 + 40 * (number % 5))}
        add_standard(model=HourlyCost, values=row, actor=head)

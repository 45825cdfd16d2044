"""Who was in contact within twelve months, by steps, against counting each month's year anew."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from django.db import connection

from core.figures import add_months
from reports import reach
from reports.models import Trait, Unit

pytestmark = pytest.mark.django_db
SINCE, UNTIL = date(2016, 1, 1), date(2026, 1, 1)
EVER = date(1, 1, 1), date(9999, 12, 31)
#: Contacts in ten years: hardly any, about one a year, a few, many.
HOW_OFTEN = (1, 2, 5, 10, 14, 40)

Traits = tuple[int | None, str, int | None, int | None]


def drawn(random: Random, client: int) -> dict[date, Traits]:
    """What the client was on each day of contact; every other client changes, and may be what he was again."""

    def day() -> date:
        return SINCE + timedelta(days=random.randrange((UNTIL - SINCE).days))

    def traits() -> Traits:
        return random.choice([1, 2, None]), random.choice("AB"), random.choice([7, None]), random.choice([8, 9])

    changes = sorted({day() for _ in range(client % 2 * random.randrange(1, 5))})
    stretches = [(*span, traits()) for span in pairwise([EVER[0], *changes, EVER[1]])]
    Trait.objects.bulk_create(
        Trait(client_id=client, from_day=first, until_day=end, **named(own)) for first, end, own in stretches
    )
    days = {day() for _ in range(random.choice(HOW_OFTEN))}
    if random.random() < 0.3:  # exactly a year later, or a month before or after that
        days |= {add_months(one, random.choice([11, 12, 13])) for one in days}
    return {one: next(own for first, end, own in stretches if first <= one < end) for one in days}


def named(own: Traits) -> dict[str, Any]:
    return dict(zip(("manager_id", "tier", "industry_id", "region_id"), own, strict=True))


def cells(own: Traits) -> list[tuple[str, str]]:
    manager, tier, industry, region = own
    every = [("", ""), ("tier", tier), ("region", str(region))]
    every += [("industry", str(industry))] if industry else []
    return every + ([("manager", str(manager)), ("book", f"{manager}:{tier}")] if manager else [])


@pytest.mark.parametrize("seed", range(3))
def test_steps_give_what_counting_each_year_gives(seed: int) -> None:
    random, days = Random(seed), dict[int, dict[date, Traits]]()
    for client in range(1, 61):
        days[client] = drawn(random, client)
        by_month = Counter(
            (day.replace(day=1), own, random.choice(["order", "contact"])) for day, own in days[client].items()
        )
        Unit.objects.bulk_create(
            Unit(client_id=client, kind=kind, at=month, **named(own), n=0, a=0, b=0, c=count, d=0, e=0)
            for (month, own, kind), count in by_month.items()
        )
    expected = dict[tuple[str, str, date, str], int]()
    for number in range(-1, 150):
        month = add_months(SINCE, number)
        since, until = add_months(month, -11), add_months(month, 1)
        for contacts in days.values():
            within = Counter(cell for day, own in contacts.items() if since <= day < until for cell in cells(own))
            for (dim, key), count in within.items():
                for name in reach.SUMS[: min(count, 2)]:
                    expected[dim, key, month, name] = expected.get((dim, key, month, name), 0) + 1
    with connection.cursor() as cursor:
        cursor.execute(reach.reach_sql(), {"clients": None})
        found = {(dim, key, month, name): int(value) for dim, key, month, name, value in cursor.fetchall()}
    assert found == expected

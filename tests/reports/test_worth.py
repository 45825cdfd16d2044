"""Costs and what clients are worth, by hand-computed examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils.timezone import now

from clients.enums import OrderStatus
from clients.models import Assignment, Client, ClientSegment, Contract, Order
from core.figures import Period, Question, Segment, add_months
from core.models import Company
from reports import queries, services, worth
from reports.permissions import reads_costs
from reports.statements import STORED
from retention.models import KeepingPolicy
from staff.enums import Role
from staff.models import HourlyCost, User
from tests.factories import make_client, make_user
from tests.reports.worked_example import MOSCOW, build
from work.models import Touch

pytestmark = pytest.mark.django_db
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def ask(period: Period = MARCH, as_of: date = date(2026, 4, 15), **segment: object) -> Question:
    return queries.question(period, as_of=as_of, segment=Segment(**segment))  # type: ignore[arg-type]


def talk(client: Client, user: User, day: date, minutes: int | None, initiator: str = "us") -> None:
    Touch.objects.create(
        client=client,
        kind="follow_up",
        assignee=user,
        due_from=day,
        due_on=day,
        state="done",
        outcome="reached",
        closed_at=datetime(day.year, day.month, day.day, 12, tzinfo=MOSCOW),
        closed_by=user,
        minutes=minutes,
        initiator=initiator,
    )


@pytest.fixture
def owner() -> User:
    """An hour cost 600 until the middle of March, and 1200 from then on."""
    user = make_user(Role.AM)
    for day, amount in ((date(2026, 1, 1), 600), (date(2026, 3, 15), 1200)):
        HourlyCost.objects.create(user=user, from_on=day, amount=amount)
    return user


def buyer(owner: User, *days: date, amount: int = 1000, cost: int | None = None) -> Client:
    client = make_client(owner)
    for day in days:
        at = datetime(day.year, day.month, day.day, 12, tzinfo=MOSCOW)
        Order.objects.create(
            client=client, ordered_at=at, completed_at=at, status=OrderStatus.COMPLETED, amount=amount, cost=cost
        )
    Assignment.objects.filter(client=client).update(started_at=datetime(2025, 1, 1, tzinfo=MOSCOW))
    return client


def test_cost_is_that_of_the_day(owner: User) -> None:
    one, two = buyer(owner), buyer(owner)
    talk(one, owner, date(2026, 3, 14), 30)  # 300
    talk(one, owner, date(2026, 3, 15), 30)  # 600
    talk(two, owner, date(2026, 3, 20), 10)  # 200
    talk(two, owner, date(2026, 3, 21), None)
    talk(two, make_user(Role.AM), date(2026, 3, 21), 60)  # nobody knows what his hour costs
    talk(two, owner, date(2026, 4, 1), 60)
    found = worth.cost_to_serve(ask())
    assert (found.value, found.numerator, found.denominator) == (550, 1100, 2)
    assert (found.excluded, found.extras) == ({"without_cost": 2}, {"minutes": 130.0})
    assert [(row.client_id, row.cost) for row in worth.served_by_client(ask())] == [
        (one.pk, Decimal(900)),
        (two.pk, Decimal(200)),
    ]
    assert worth.cost_to_serve(ask(manager=make_user(Role.AM).pk)).value is None


def test_plan_and_fact_by_tier(owner: User) -> None:
    one = buyer(owner, date(2026, 2, 1))
    buyer(owner, date(2026, 2, 1))
    buyer(owner, date(2025, 3, 1))  # no longer active
    Client.objects.update(tier="A")
    ClientSegment.objects.update(tier="A", from_on=date(2025, 1, 1))
    KeepingPolicy.objects.filter(tier="A").update(cost_plan=200)
    talk(one, owner, date(2026, 3, 2), 60)
    tiers = {row.tier: row for row in worth.plan_and_fact(ask())}
    assert (tiers["A"].fact.value, tiers["A"].plan, tiers["A"].variance) == (300.0, Decimal(200), 0.5)
    assert (tiers["B"].fact.value, tiers["B"].variance) == (None, None)
    half = worth.plan_and_fact(ask(Period(date(2026, 3, 1), date(2026, 3, 16))))[0]
    assert half.fact.value == pytest.approx(600 / (2 * 15 / 30.4375))


def test_money_saved(owner: User) -> None:
    clients = [buyer(owner, date(2026, 2, 1)) for _ in range(3)]
    talk(clients[0], owner, date(2026, 3, 2), 60)  # 600 for the one client served
    saved = worth.money_saved(ask())
    assert saved.value == 3 * (600 * 5 - 600)
    Company.objects.update(acquisition_cost=1000)
    assert worth.money_saved(ask()).value == 3 * 400
    Company.objects.update(acquisition_cost=100)
    assert worth.money_saved(ask()).value == 0


def test_money_saved_is_unknown_without_any_cost() -> None:
    assert worth.money_saved(ask()).value is None


def test_segments_by_what_clients_have_brought(owner: User) -> None:
    big = buyer(owner, date(2026, 1, 5), amount=800, cost=300)
    next_one = buyer(owner, date(2026, 1, 6), amount=150)
    small = buyer(owner, date(2026, 1, 7), amount=50, cost=60)
    buyer(owner)
    found = worth.brought_by_client(ask())
    assert [(row.client_id, row.money, row.segment) for row in found] == [
        (big.pk, Decimal(800), "A"),
        (next_one.pk, Decimal(150), "B"),
        (small.pk, Decimal(50), "C"),
    ]
    assert [(row.margin, row.orders_with_cost) for row in found] == [
        (Decimal(500), 1),
        (Decimal(0), 0),
        (Decimal(-10), 1),
    ]
    groups = worth.worth_of_groups(ask())
    segments = groups.segments
    assert [(one.name, one.value.value, one.margin.value) for one in segments] == [
        ("A", 800, 500),
        ("B", 150, None),
        ("C", 50, -10),
    ]
    assert groups.average.value == pytest.approx(1000 / 3)
    assert groups.managers[owner.pk].value.numerator == 1000
    assert [row.client_id for row in worth.brought_by_client(ask(), segment="B")] == [next_one.pk]
    assert [row.place for row in worth.brought_by_client(ask(), after=1, size=1)] == [2]
    assert worth.brought_by_client(ask(manager=make_user(Role.AM).pk)) == []


def payback(client: Client, cost: int) -> int | None:
    return worth.payback_of(ask(), [client.pk], cost=Decimal(cost)).get(client.pk)


def test_payback_by_orders_and_by_covered_months(owner: User) -> None:
    client = buyer(owner, date(2025, 1, 10), date(2025, 3, 9), date(2025, 3, 10))
    months = {cost: payback(client, cost) for cost in (1000, 2000, 3000, 3001)}
    assert months == {1000: 1, 2000: 2, 3000: 3, 3001: None}
    signed = make_client(owner)
    Contract.objects.create(
        client=signed,
        signed_on=date(2025, 1, 1),
        starts_on=date(2025, 1, 1),
        ends_on=date(2025, 12, 31),
        amount=Decimal(12000),
    )
    assert [payback(signed, cost) for cost in (1000, 1001, 12000)] == [1, 2, 12]
    both = worth.payback_of(ask(), [client.pk, signed.pk], cost=Decimal(2000))
    assert (both, worth.payback_of(ask(), [], cost=Decimal(1))) == ({client.pk: 2, signed.pk: 2}, {})


def test_margin_of_a_client_where_costs_are_known(owner: User) -> None:
    client = buyer(owner, date(2025, 1, 10), amount=1000, cost=400)
    at = datetime(2025, 1, 20, 12, tzinfo=MOSCOW)
    Order.objects.create(client=client, ordered_at=at, completed_at=at, status=OrderStatus.COMPLETED, amount=500)
    [(month, found)] = worth.margin_of_client(ask(), client.pk).items()
    assert (month, found.value, found.numerator, found.excluded) == (date(2025, 1, 1), 0.6, 600, {"without_cost": 1})


def test_worked_example_is_worth_what_the_average_says() -> None:
    build()
    [found] = queries.figures(ask(), keys=["ltv_average"])
    brought = worth.brought_by_client(ask())
    assert sum(row.money for row in brought) == found["ltv_average"].numerator
    assert len(brought) == found["ltv_average"].denominator
    services.rebuild_facts(now=now())
    today = queries.question(MARCH)
    stored = worth.brought_by_client(today, source=STORED)
    assert stored == worth.brought_by_client(today)
    assert worth.worth_of_groups(today, source=STORED) == worth.worth_of_groups(today)
    manager = User.objects.filter(assignments__isnull=False).order_by("pk")[0].pk
    for given in ({}, {"manager": manager}, {"tier": "A"}, {"manager": manager, "tier": "A"}):
        some = queries.question(MARCH, segment=Segment(**given))
        kept = worth.plan_and_fact(some, source=STORED)
        assert kept == worth.plan_and_fact(some)
        going_on = replace(some, periods=(Period(MARCH.start, add_months(now().date().replace(day=1), 3)),))
        assert worth.plan_and_fact(going_on, source=STORED) == worth.plan_and_fact(going_on)
    assert (
        worth.worth_of_groups(today).average.value
        == queries.figures(today, keys=["ltv_average"])[0]["ltv_average"].value
    )


def test_costs_are_for_those_who_lead() -> None:
    assert reads_costs(make_user(Role.HEAD))
    assert not reads_costs(make_user(Role.AM))
    assert not reads_costs(make_user(Role.SALES))

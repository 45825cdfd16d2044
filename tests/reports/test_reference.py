"""The SQL against a naive second reading, over departments that hypothesis makes up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.enums import OrderStatus
from clients.models import Contract, Order, Product
from core.figures import Period
from feedback.enums import Scale
from feedback.models import SurveyResponse
from reports import queries
from retention.rules.contracts import Agreement, spans
from staff.enums import Role
from tests.factories import make_client, make_user
from tests.reports.reference import Deal, Person, Said, Sale, World
from tests.reports.worked_example import MOSCOW
from tests.retention.second_reading import DueStatus, due_status, is_nested, next_span

pytestmark = pytest.mark.django_db

EPOCH = date(2025, 1, 1)
days = st.integers(0, 500).map(lambda number: EPOCH + timedelta(days=number))


@st.composite
def deals(draw: Any) -> Deal:
    first = draw(days)
    last = draw(st.none() | st.sampled_from([14, 29, 30, 89, 90, 180, 364]).map(lambda n: first + timedelta(days=n)))
    stopped = draw(st.none() | st.integers(0, 200).map(lambda n: first + timedelta(days=n)))
    signed = first - timedelta(days=draw(st.sampled_from([0, 0, 20, 90])))
    products = draw(st.sampled_from([frozenset(), frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})]))
    return Deal(signed, first, last, draw(st.integers(1, 50)) * 100, stopped, products)


@st.composite
def sales(draw: Any) -> Sale:
    day, amount = draw(days), draw(st.integers(0, 9)) * 100
    refunded = draw(st.sampled_from([0, 0, amount, amount // 2]))
    on = draw(st.none() | st.integers(0, 120).map(lambda n: day + timedelta(days=n)))
    return Sale(day, amount, refunded, on if refunded else None)


answers = st.builds(Said, days, st.sampled_from([Scale.CSAT10.value, Scale.NPS.value]), st.integers(1, 10))
people = st.lists(
    st.builds(Person, st.lists(deals(), max_size=4), st.lists(sales(), max_size=4), st.lists(answers, max_size=4)),
    min_size=1,
    max_size=4,
)


def write(persons: list[Person]) -> tuple[int, ...]:
    products = [Product.objects.get_or_create(code=code, name=code)[0] for code in ("one", "two")]
    owner, written = make_user(Role.AM), []
    for person in persons:
        client = make_client(owner)
        written.append(client.pk)
        for deal in person.deals:
            row = Contract.objects.create(
                client=client,
                signed_on=deal.signed,
                starts_on=deal.first,
                ends_on=deal.last,
                amount=deal.amount,
                terminated_on=deal.stopped,
            )
            row.products.set([products[index] for index in deal.products])
            deal.number = row.pk
        for sale in person.sales:
            at = datetime.combine(sale.day, time(0, 30), MOSCOW)
            Order.objects.create(
                client=client,
                ordered_at=at,
                completed_at=at,
                status=OrderStatus.COMPLETED,
                amount=sale.amount,
                refunded_amount=sale.refunded,
                refunded_on=sale.refunded_on,
            )
        for said in person.said:
            answered = datetime.combine(said.day, time(12), MOSCOW)
            said.number = SurveyResponse.objects.create(
                client=client, scale=said.scale, score=said.score, answered_at=answered
            ).pk
    return tuple(written)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, days, st.sampled_from([30, 31, 90, 200]), st.integers(0, 250))
def test_rows_agree_with_the_naive_reading(
    db: None, persons: list[Person], first: date, length: int, later: int
) -> None:
    clients = write(persons)
    period = Period(first, first + timedelta(days=length))
    today = first + timedelta(days=later)
    [counted] = queries.sums(replace(queries.question(period, as_of=today), clients=clients))
    world = World(persons, today)
    expected = {
        **world.dues(period.start, period.end),
        **world.staying(period.start, period.end),
        **world.buying(period.start, period.end),
        **world.starting(period.start, period.end),
        **world.returning(period.start, period.end),
        **world.saying(period.start, period.end),
        **world.lifetime(),
    }
    found = {name: counted.sums.get(name, 0) for name in expected}
    assert {name: pytest.approx(float(value)) for name, value in expected.items()} == {
        name: float(Decimal(value)) for name, value in found.items()
    }


def by_rules(persons: list[Person], period: Period, today: date) -> dict[str, int]:
    """Contracts due in the period, decided one at a time."""
    found = dict.fromkeys(("due", "replaced", "renewed", "pending"), 0)
    names = {DueStatus.REPLACED: "replaced", DueStatus.PENDING: "pending"}
    for person in persons:
        known = [
            span
            for deal in person.deals
            if deal.signed <= today
            for span in spans(
                Agreement(deal.first, deal.last, Decimal(deal.amount), deal.stopped, deal.signed, None, deal.products),
                today=today,
            )
        ]
        for span in known:
            if span.end is None or not period.start <= span.end < period.end or is_nested(span, known):
                continue
            after = next_span(span, known, known_by=span.end + timedelta(days=30))
            start = after.start if after else None
            status = due_status(end=span.end, next_start=start, as_of=today, grace=30, early=60)
            found["due"] += 1
            found["renewed"] += status.is_renewed
            if status in names:
                found[names[status]] += 1
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, days, st.sampled_from([30, 31, 90, 200]), st.integers(0, 250))
def test_dues_agree_with_the_rules(db: None, persons: list[Person], first: date, length: int, later: int) -> None:
    clients = write(persons)
    period, today = Period(first, first + timedelta(days=length)), first + timedelta(days=later)
    [counted] = queries.sums(replace(queries.question(period, as_of=today), clients=clients), kinds=("due",))
    expected = by_rules(persons, period, today)
    assert {name: counted.number(name) for name in expected} == expected

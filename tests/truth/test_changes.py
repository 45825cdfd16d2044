"""Any sequence of changes: facts taken in step by step are those derived anew, and decided months stay decided."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from clients.enums import AssignmentReason
from clients.models import Assignment, Client, Contract
from core.figures import Period, Segment, months_of
from reports import queries
from tests.reports.test_facts import _change_something, department
from tests.reports.worked_example import MOSCOW
from tests.truth.machine import Facts

pytestmark = pytest.mark.django_db
DECIDED = ("renewal_rate", "refusal_rate", "renewal_gross", "renewal_net")
FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_incremental_is_rebuilt_after_any_sequence(db: None) -> None:
    run_state_machine_as_test(Facts, settings=settings(FEW, stateful_step_count=20))


def write_later(random: Random, clients: list[Client], managers: list[Any], after: date) -> None:
    """Something dated later than that day: new contracts, ends, refunds, owners, tiers."""
    client, day = random.choice(clients), after + timedelta(days=random.randrange(1, 90))
    match random.randrange(6):
        case 0 | 1:
            Contract.objects.create(
                client=client,
                signed_on=day,
                starts_on=day + timedelta(days=random.randrange(40)),
                ends_on=random.choice([None, day + timedelta(days=400)]),
                amount=Decimal(random.randrange(100, 2000)),
            )
        case 2:
            Contract.objects.filter(client=client, starts_on__lte=day, terminated_on=None).update(terminated_on=day)
        case 3:
            client.orders.filter(amount__gt=100).update(refunded_amount=100, refunded_on=day)
        case 4:
            client.segments.filter(until_on=None, from_on__lt=day).update(until_on=day)
            if not client.segments.filter(until_on=None).exists():
                client.segments.create(tier=random.choice("ABC"), from_on=day)
        case _:
            moment = datetime(day.year, day.month, day.day, 12, tzinfo=MOSCOW)
            current = Assignment.objects.get(client=client, ended_at=None)
            moment = max(moment, current.started_at)
            Assignment.objects.filter(pk=current.pk).update(ended_at=moment)
            Assignment.objects.create(
                client=client, user=random.choice(managers), reason=AssignmentReason.TRANSFER, started_at=moment
            )


@FEW
@given(st.integers(0, 2**32))
def test_decided_months_stay_as_they_are(db: None, seed: int) -> None:
    random, today = Random(seed), date(2026, 4, 15)
    months = months_of(Period(date(2025, 1, 1), date(2026, 3, 1)))  # the grace of the last one is over
    with transaction.atomic():
        clients, managers = department(4)
        for _change in range(25):
            _change_something(random, clients, managers)
        Contract.objects.filter(terminated_on__gt=today).update(terminated_on=None)
        whose = [Segment(), Segment(manager=managers[0].pk), Segment(tier=random.choice("ABC"))]
        before = [decided(months, segment, today) for segment in whose]
        for _fact in range(8):
            write_later(random, clients, managers, today)
        after = [decided(months, segment, today + timedelta(days=150)) for segment in whose]
        transaction.set_rollback(True)
    assert after == before


def decided(months: list[Period], segment: Segment, as_of: date) -> dict[tuple[Period, str], Any]:
    """Numerator and denominator of every month; each of them matured."""
    found = queries.figures(queries.question(*months, as_of=as_of, segment=segment), keys=DECIDED)
    assert all(one[key].matured for one in found for key in DECIDED)
    return {
        (month, key): (one[key].numerator, one[key].denominator)
        for month, one in zip(months, found, strict=True)
        for key in DECIDED
    }

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from clients.enums import AssignmentReason
from clients.models import Assignment, Client, Contract
from retention.enums import Likelihood, RenewalOutcome, RenewalStage
from retention.models import Renewal, RenewalTally, TallyMark
from retention.queries.renewals import tallies
from retention.queries.renewals.board import columns_by_stage, columns_by_term, month_grid
from retention.queries.renewals.listing import RenewalFilter
from retention.services.renewals import count_renewals
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_user

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
MONTH = TODAY.replace(day=1)


def stored() -> list[tuple[Any, ...]]:
    return sorted(
        RenewalTally.objects.values_list(
            "dim", "key", "due_on", "stage", "number", "amount", "monthly", "firsts", "dearest"
        )
    )


def seen(user: User, wanted: RenewalFilter) -> list[Any]:
    """The three pages of one filter."""
    return [
        columns_by_term(user, wanted, today=TODAY),
        columns_by_stage(user, wanted, today=TODAY),
        month_grid(user, wanted, wanted.month or MONTH, today=TODAY),
    ]


def pages_agree(head: User, managers: list[User], monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages show the same whether they are answered by the tally or by the renewals."""
    filters = [
        RenewalFilter(),
        RenewalFilter(manager=managers[0].pk),
        RenewalFilter(tier="A", stage="talking"),
        RenewalFilter(signal="likely", term="60"),
        RenewalFilter(opinion="none", month=MONTH),
        RenewalFilter(manager=managers[0].pk, tier="B"),
        RenewalFilter(signal="likely", opinion="none", stage="planned"),
        RenewalFilter(manager=managers[1].pk, opinion="unlikely", term="30"),
    ]
    assert not tallies.is_tallied(RenewalFilter(manager=managers[0].pk, tier="A", signal="likely"))
    assert all(tallies.is_tallied(wanted) for wanted in filters)
    kept = [seen(head, wanted) for wanted in filters]
    with monkeypatch.context() as patch:
        patch.setattr(tallies, "is_tallied", lambda _wanted: False)
        assert [seen(head, wanted) for wanted in filters] == kept


def make_renewals(random: Random, managers: list[User], number: int = 8) -> list[Renewal]:
    found = []
    for _ in range(number):
        client = make_client(random.choice(managers), tier=random.choice("ABC"))
        ends = TODAY + timedelta(days=random.choice([-3, 0, 20, 30, 31, 70, 95]))
        contract = make_contract(client, TODAY - timedelta(days=200), ends_on=ends)
        found.append(
            Renewal.objects.create(
                client=client, contract=contract, due_on=ends, monthly_value=random.randrange(100, 900)
            )
        )
    return found


def change_something(random: Random, renewals: list[Renewal], managers: list[User]) -> None:
    renewal = random.choice(renewals)
    row = Renewal.objects.filter(pk=renewal.pk)
    match random.randrange(7):
        case 0:
            row.update(stage=random.choice(RenewalStage.values))
        case 1:
            row.update(opinion=random.choice(Likelihood.values), signal=random.choice(Likelihood.values))
        case 2:
            row.update(due_on=TODAY + timedelta(days=random.randrange(-5, 100)), monthly_value=random.randrange(900))
        case 3:
            closed = random.random() < 0.5
            row.update(outcome=RenewalOutcome.VOID if closed else "", closed_at=timezone.now() if closed else None)
        case 4:
            Contract.objects.filter(pk=renewal.contract_id).update(amount=random.randrange(1000))
        case 5:
            Client.objects.filter(pk=renewal.client_id).update(tier=random.choice("ABC"))
        case _:
            moment = timezone.now()
            Assignment.objects.filter(client=renewal.client_id, ended_at=None).update(ended_at=moment)
            Assignment.objects.create(
                client_id=renewal.client_id,
                user=random.choice(managers),
                reason=AssignmentReason.TRANSFER,
                started_at=moment,
            )


@pytest.mark.parametrize("seed", range(3))
def test_pages_say_the_same_before_and_after_days_are_counted_anew(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random, head = Random(seed), make_user(Role.HEAD)
    managers = [make_user(Role.AM) for _ in range(2)]
    renewals = make_renewals(random, managers)
    count_renewals(now=timezone.now())
    for step in range(8):
        for _change in range(2):
            change_something(random, renewals, managers)
        if step % 2:
            pages_agree(head, managers, monkeypatch)
            count_renewals(now=timezone.now())
            pages_agree(head, managers, monkeypatch)
    incremental = stored()
    assert incremental
    count_renewals(now=timezone.now(), everything=True)
    assert stored() == incremental


def test_full_columns_show_the_same_cards_where_a_day_was_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    random, head = Random(7), make_user(Role.HEAD)
    managers = [make_user(Role.AM) for _ in range(2)]
    renewals = make_renewals(random, managers[:1], 24)
    for renewal in renewals:
        days = random.choice([31, 32, 33])
        Renewal.objects.filter(pk=renewal.pk).update(
            due_on=TODAY + timedelta(days=days), stage=random.choice(["planned", "talking"]), opinion="unlikely"
        )
    count_renewals(now=timezone.now())
    full = RenewalFilter(manager=managers[0].pk, opinion="unlikely")
    column = columns_by_term(head, full, today=TODAY)[2]
    assert (column.key, column.count, len(column.rows)) == ("60", 24, 9)
    assert [(row.due_on, row.id) for row in column.rows] == sorted((row.due_on, row.id) for row in column.rows)
    pages_agree(head, managers, monkeypatch)
    Renewal.objects.filter(pk=column.rows[0].id).update(stage="agreed")
    Renewal.objects.filter(pk=column.rows[1].id).update(opinion="likely")
    assert column.rows[1].id not in [card.id for card in columns_by_term(head, full, today=TODAY)[2].rows]
    pages_agree(head, managers, monkeypatch)


def test_only_what_moves_a_sum_marks_a_day() -> None:
    renewal = make_renewals(Random(1), [make_user(Role.AM)])[0]
    assert count_renewals(now=timezone.now())["days"]
    Renewal.objects.filter(pk=renewal.pk).update(note="Позвонить", points=5)
    Client.objects.filter(pk=renewal.client_id).update(name="Другой")
    assert count_renewals(now=timezone.now()) == {"days": 0}
    Renewal.objects.filter(pk=renewal.pk).delete()
    assert set(TallyMark.objects.values_list("due_on", flat=True)) == {renewal.due_on}


def test_nobody_outside_of_the_department_is_told_a_sum() -> None:
    make_renewals(Random(1), [make_user(Role.AM)])
    count_renewals(now=timezone.now())
    for columns in seen(make_user(Role.SALES), RenewalFilter())[:2]:
        assert sum(column.count for column in columns) == 0

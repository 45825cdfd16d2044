from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from clients.enums import EventKind, Source
from clients.models import Client, Contract, Product, TimelineEvent
from clients.services.clients import archive_client
from retention.enums import RenewalOutcome as Outcome
from retention.models import KeepingPolicy, Renewal, RenewalWatch
from retention.services.renewals import open_renewals
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_user
from work.enums import TouchKind, TouchState
from work.models import Touch

NOW = datetime(2026, 11, 16, 12, tzinfo=ZoneInfo("Europe/Moscow"))
TODAY = NOW.date()
DONE = {"opened": 0, "moved": 0, "closed": 0, "touches": 0}

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner)


def year(client: Client, ends_on: date | None, **values: Any) -> Contract:
    """A contract of a year, ending then."""
    start = ends_on - timedelta(days=364) if ends_on else date(2026, 1, 1)
    return make_contract(client, start, ends_on=ends_on, number="Д-1", **values)


def sweep(now: datetime = NOW) -> dict[str, int]:
    return dict(open_renewals(now=now))


def later(days: int) -> datetime:
    return NOW + timedelta(days=days)


def outcome(contract: Contract, turn: int = 0) -> str:
    return Renewal.objects.get(contract=contract, turn=turn).outcome


@pytest.mark.parametrize(("left", "opened"), [(121, 0), (120, 1), (0, 1), (-30, 1), (-31, 0)])
def test_renewal_opens_so_many_days_before_the_end_and_not_for_what_is_long_over(
    client_: Client, left: int, opened: int
) -> None:
    year(client_, TODAY + timedelta(days=left), source=Source.IMPORT)
    assert sweep()["opened"] == opened


def test_opened_renewal_is_told_on_the_timeline_and_planned_by_stage(client_: Client, owner: User) -> None:
    contract = year(client_, TODAY + timedelta(days=100), amount=12000)
    assert sweep() == {**DONE, "opened": 1, "touches": 3}
    renewal = Renewal.objects.get()
    assert (renewal.client, renewal.contract, renewal.due_on) == (client_, contract, contract.ends_on)
    assert renewal.monthly_value == Decimal("1000.00")
    assert TimelineEvent.objects.filter(kind=EventKind.RENEWAL_OPENED, subject_id=renewal.pk).count() == 1
    touches = Touch.objects.order_by("due_on")
    assert [(touch.rule, touch.due_from) for touch in touches] == [
        (f"renewal:{renewal.pk}:{days}", contract.ends_on - timedelta(days=days))  # type: ignore[operator]
        for days in (90, 60, 30)
    ]
    assert {(touch.kind, touch.assignee_id, touch.is_late) for touch in touches} == {
        (TouchKind.RENEWAL, owner.pk, False)
    }


def test_renewal_opened_late_plans_the_stage_that_runs_now_and_those_to_come(client_: Client) -> None:
    year(client_, TODAY + timedelta(days=50))
    sweep()
    assert [(t.rule.rpartition(":")[2], t.due_on, t.is_late) for t in Touch.objects.order_by("due_on")] == [  # type: ignore[union-attr]
        ("60", TODAY, True),
        ("30", TODAY + timedelta(days=27), False),
    ]


def test_second_run_changes_nothing(client_: Client) -> None:
    year(client_, TODAY + timedelta(days=100))
    sweep()
    assert sweep() == DONE
    assert (Renewal.objects.count(), Touch.objects.count()) == (1, 3)


def test_time_alone_opens_a_renewal_on_its_day(client_: Client) -> None:
    contract = year(client_, TODAY + timedelta(days=130))
    assert sweep() == DONE
    assert RenewalWatch.objects.get(contract=contract).look_on == TODAY + timedelta(days=10)
    assert sweep(later(9)) == DONE
    assert sweep(later(10))["opened"] == 1
    assert not RenewalWatch.objects.exists()


def test_days_of_the_clients_tier_count(owner: User) -> None:
    KeepingPolicy.objects.filter(tier="A").update(open_days=180)
    KeepingPolicy.objects.filter(tier="C").delete()
    for tier in "ABC":
        year(make_client(owner, tier=tier), TODAY + timedelta(days=150))
    assert sweep()["opened"] == 1
    Client.objects.filter(tier="B").update(tier="A")
    assert sweep()["opened"] == 1


def test_open_ended_and_archived_have_none(client_: Client, owner: User) -> None:
    year(client_, None)
    archived = make_client(owner, archived_at=NOW)
    year(archived, TODAY + timedelta(days=10))
    assert sweep() == DONE
    Client.objects.filter(pk=archived.pk).update(archived_at=None)
    assert sweep()["opened"] == 1


def test_contract_inside_another_in_line_has_none(client_: Client) -> None:
    inner = make_contract(client_, TODAY - timedelta(days=30), ends_on=TODAY + timedelta(days=30))
    year(client_, TODAY + timedelta(days=100))
    assert sweep()["opened"] == 1
    assert not Renewal.objects.filter(contract=inner).exists()


def test_of_two_equal_contracts_the_newer_is_renewed(client_: Client) -> None:
    year(client_, TODAY + timedelta(days=100))
    newer = year(client_, TODAY + timedelta(days=100))
    sweep()
    assert Renewal.objects.get().contract == newer


def test_contracts_of_different_products_are_renewed_apart(client_: Client) -> None:
    ads, crm = (Product.objects.create(code=code, name=code) for code in ("ads", "crm"))
    inner = make_contract(client_, TODAY - timedelta(days=30), ends_on=TODAY + timedelta(days=30))
    inner.products.add(ads)
    year(client_, TODAY + timedelta(days=100)).products.add(crm)
    assert sweep()["opened"] == 2


def test_end_of_the_outer_contract_opens_the_inner_ones(client_: Client) -> None:
    inner = make_contract(client_, TODAY - timedelta(days=30), ends_on=TODAY + timedelta(days=90))
    outer = year(client_, TODAY + timedelta(days=100))
    sweep()
    Contract.objects.filter(pk=outer.pk).update(terminated_on=TODAY)
    sweep()
    assert outcome(inner) == ""


def test_early_termination_and_a_changed_date_move_the_renewal_and_its_touches(client_: Client) -> None:
    contract = year(client_, TODAY + timedelta(days=100))
    sweep()
    Contract.objects.filter(pk=contract.pk).update(terminated_on=TODAY + timedelta(days=70))
    assert sweep() == {**DONE, "moved": 1, "touches": 3}
    assert Renewal.objects.get().due_on == TODAY + timedelta(days=70)
    assert Touch.objects.get(rule__endswith=":30").due_from == TODAY + timedelta(days=40)


def test_next_contract_closes_it_as_renewed_and_calls_stop(client_: Client) -> None:
    contract = year(client_, TODAY + timedelta(days=20))
    sweep()
    following = make_contract(
        client_, TODAY, TODAY + timedelta(days=21), ends_on=TODAY + timedelta(days=400), number="Д-2"
    )
    assert sweep()["closed"] == 1
    renewal = Renewal.objects.get(contract=contract)
    assert (renewal.outcome, renewal.next_contract, renewal.closed_by) == (Outcome.RENEWED, following, None)
    assert renewal.closed_at == NOW
    assert set(Touch.objects.values_list("state", flat=True)) == {TouchState.CANCELLED}
    assert TimelineEvent.objects.get(kind=EventKind.RENEWAL_CLOSED).data == {"outcome": "renewed"}


def test_one_new_contract_continues_several(client_: Client) -> None:
    ads, crm = (Product.objects.create(code=code, name=code) for code in ("ads", "crm"))
    for product in (ads, crm):
        year(client_, TODAY + timedelta(days=20)).products.add(product)
    sweep()
    merged = make_contract(client_, TODAY, TODAY + timedelta(days=21), ends_on=TODAY + timedelta(days=400))
    sweep()
    assert [row.next_contract for row in Renewal.objects.all()] == [merged, merged]


@pytest.mark.parametrize(
    ("gap", "expected"), [(-61, Outcome.REPLACED), (-60, Outcome.RENEWED), (30, Outcome.RENEWED), (31, "")]
)
def test_dates_decide_what_a_next_contract_means(client_: Client, gap: int, expected: str) -> None:
    contract = year(client_, TODAY + timedelta(days=100))
    sweep()
    starts_on = TODAY + timedelta(days=101 + gap)
    make_contract(client_, TODAY, starts_on, ends_on=TODAY + timedelta(days=500))
    sweep()
    assert outcome(contract) == expected


def test_contract_that_is_followed_already_opens_none(client_: Client) -> None:
    year(client_, TODAY + timedelta(days=20))
    make_contract(client_, TODAY, TODAY + timedelta(days=21), ends_on=TODAY + timedelta(days=400))
    assert sweep()["opened"] == 0


def test_contract_to_be_signed_later_counts_from_its_day(client_: Client) -> None:
    contract = year(client_, TODAY + timedelta(days=20))
    make_contract(client_, TODAY + timedelta(days=5), TODAY + timedelta(days=21), ends_on=TODAY + timedelta(days=400))
    sweep()
    assert outcome(contract) == ""
    assert sweep(later(5))["closed"] == 1
    assert outcome(contract) == Outcome.RENEWED


def test_self_prolonging_contract_is_renewed_turn_by_turn(client_: Client) -> None:
    contract = year(client_, TODAY + timedelta(days=10), prolongation_months=6)
    assert sweep()["opened"] == 1
    assert sweep(later(11))["closed"] == 1
    assert outcome(contract) == Outcome.PROLONGED
    second = date(2027, 5, 26)
    assert RenewalWatch.objects.get().look_on == second - timedelta(days=120)
    assert sweep(datetime(2027, 2, 1, 12, tzinfo=NOW.tzinfo))["opened"] == 1
    assert Renewal.objects.get(turn=1).due_on == second


def test_long_prolonged_contract_opens_its_present_turn_only(client_: Client) -> None:
    contract = make_contract(client_, date(2020, 1, 1), ends_on=date(2020, 12, 31), prolongation_months=12)
    assert sweep()["opened"] == 1
    renewal = Renewal.objects.get(contract=contract)
    assert (renewal.turn, renewal.due_on) == (6, date(2026, 12, 31))


def test_touches_of_a_prolonging_contract_come_before_the_notice_deadline(client_: Client) -> None:
    contract = year(client_, TODAY + timedelta(days=160), prolongation_months=12, notice_days=130)
    assert sweep()["opened"] == 1
    days = sorted(Touch.objects.values_list("due_from", flat=True))
    assert days[-1] == contract.ends_on - timedelta(days=160)  # type: ignore[operator]


def test_termination_of_a_prolonging_contract_makes_it_due_then(client_: Client) -> None:
    contract = make_contract(client_, date(2020, 1, 1), ends_on=date(2020, 12, 31), prolongation_months=12)
    sweep()
    Contract.objects.filter(pk=contract.pk).update(terminated_on=date(2026, 12, 10))
    sweep()
    assert Renewal.objects.get().due_on == date(2026, 12, 10)
    assert sweep(later(60)) == DONE
    assert outcome(contract, 6) == ""


def test_contract_no_longer_due_is_void_and_comes_back(client_: Client, owner: User) -> None:
    contract = year(client_, TODAY + timedelta(days=50))
    sweep()
    archive_client(client_id=client_.pk, actor=owner, now=NOW)
    sweep()
    assert outcome(contract) == Outcome.VOID
    Client.objects.filter(pk=client_.pk).update(archived_at=None)
    assert sweep()["moved"] == 1
    renewal = Renewal.objects.get()
    assert (renewal.outcome, renewal.closed_at) == ("", None)


def test_open_end_makes_a_renewal_void(client_: Client) -> None:
    contract = year(client_, TODAY + timedelta(days=50))
    sweep()
    Contract.objects.filter(pk=contract.pk).update(ends_on=None)
    sweep()
    assert outcome(contract) == Outcome.VOID


def test_turn_that_is_no_more_is_void(client_: Client) -> None:
    contract = make_contract(client_, date(2020, 1, 1), ends_on=date(2020, 12, 31), prolongation_months=12)
    sweep()
    Contract.objects.filter(pk=contract.pk).update(prolongation_months=None, ends_on=TODAY + timedelta(days=30))
    sweep()
    assert (outcome(contract, 6), outcome(contract)) == (Outcome.VOID, "")


def test_decided_renewal_stays_decided(client_: Client, owner: User) -> None:
    contract = year(client_, TODAY + timedelta(days=50))
    sweep()
    following = make_contract(client_, TODAY, TODAY + timedelta(days=51), ends_on=TODAY + timedelta(days=400))
    Renewal.objects.update(outcome="renewed", next_contract=following, closed_at=NOW, closed_by=owner)
    Contract.objects.filter(pk=contract.pk).update(ends_on=TODAY + timedelta(days=40))
    assert sweep()["moved"] == 0
    assert Renewal.objects.get(contract=contract).due_on == TODAY + timedelta(days=50)


def test_withdrawn_contract_is_forgotten(client_: Client) -> None:
    year(client_, TODAY + timedelta(days=150)).delete()
    RenewalWatch.objects.create(contract_id=10**9, look_on=TODAY)
    assert sweep() == DONE
    assert not RenewalWatch.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_sweep_takes_the_same_queries_for_one_and_three(
    owner: User, django_assert_num_queries: Any, number: int
) -> None:
    for _number in range(number):
        year(make_client(owner), TODAY + timedelta(days=100))
    with django_assert_num_queries(23):
        sweep()


def test_idle_sweep_asks_once(django_assert_num_queries: Any) -> None:
    sweep()
    with django_assert_num_queries(3):  # with its savepoint
        sweep()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_sweeps_at_once_open_one(owner: User) -> None:
    for _number in range(30):
        year(make_client(owner), TODAY + timedelta(days=100))
    barrier, made = Barrier(2), []

    def run() -> None:
        barrier.wait()
        made.append(sweep()["opened"])
        connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 30]
    assert (Renewal.objects.count(), Touch.objects.count()) == (30, 90)

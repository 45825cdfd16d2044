from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from clients.enums import AssignmentReason, OrderStatus, Source
from clients.models import Assignment, Client
from clients.services import assign_owner
from core.models import WorkdayOverride
from staff.enums import Role
from staff.models import User
from tests.factories import make_accepted_handoff, make_client, make_contract, make_order, make_user
from work.enums import CallOutcome, FactKind, TouchKind, TouchState
from work.models import Coverage, PendingFact, Touch, TouchPolicy
from work.services import plan_follow_ups

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 16, 12, tzinfo=MOSCOW)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner)


def plan(now: datetime = MONDAY) -> dict[str, int]:
    return dict(plan_follow_ups(now=now))


def close(touch: Touch, at: datetime) -> None:
    Touch.objects.filter(pk=touch.pk).update(state=TouchState.DONE, outcome=CallOutcome.REACHED, closed_at=at)


def test_completed_order_gets_one_follow_up_for_the_owner(client_: Client, owner: User) -> None:
    order = make_order(client_, MONDAY)
    assert plan() == {"planned": 1, "covered": 1, "turned": 0, "moved": 0}
    touch = Touch.objects.get()
    assert (touch.kind, touch.assignee, touch.rule) == (TouchKind.FOLLOW_UP, owner, f"follow_up:order:{order.pk}")
    assert (touch.due_from, touch.due_on, touch.is_late) == (date(2026, 11, 19), date(2026, 11, 23), False)
    assert Coverage.objects.get().touch == touch


def test_second_run_changes_nothing(client_: Client) -> None:
    make_order(client_, MONDAY)
    plan()
    assert plan() == {"planned": 0, "covered": 0, "turned": 0, "moved": 0}
    assert Touch.objects.count() == 1


def test_day_of_completion_is_the_companys(client_: Client) -> None:
    make_order(client_, datetime(2026, 11, 16, 22, tzinfo=ZoneInfo("UTC")))  # already Tuesday in Moscow
    plan(MONDAY + timedelta(days=1))
    assert Touch.objects.get().due_from == date(2026, 11, 20)


def test_completed_order_without_a_time_counts_from_its_date(client_: Client) -> None:
    make_order(client_, None, ordered_at=MONDAY, status=OrderStatus.COMPLETED)
    plan()
    assert Touch.objects.get().due_from == date(2026, 11, 19)


@pytest.mark.parametrize("status", [OrderStatus.NEW, OrderStatus.CANCELLED])
def test_order_that_is_not_completed_gets_none(client_: Client, status: OrderStatus) -> None:
    make_order(client_, None, status=status)
    assert plan()["planned"] == 0


def test_order_is_planned_when_it_becomes_completed(client_: Client) -> None:
    order = make_order(client_, None)
    plan()
    order.status, order.completed_at = OrderStatus.COMPLETED, MONDAY
    order.save()
    assert plan()["planned"] == 1


def test_reopened_order_keeps_its_one_touch(client_: Client) -> None:
    order = make_order(client_, MONDAY)
    plan()
    for status in (OrderStatus.NEW, OrderStatus.COMPLETED):
        order.status = status
        order.save()
        plan()
    assert (Touch.objects.count(), Coverage.objects.count()) == (1, 1)


def test_order_taken_back_before_the_sweep_is_left_alone(client_: Client) -> None:
    order = make_order(client_, MONDAY)
    order.status = OrderStatus.NEW
    order.save()
    assert plan()["planned"] == 0


def test_accepted_handoff_counts_from_the_later_of_signing_and_start(client_: Client, owner: User) -> None:
    contract = make_contract(client_, date(2026, 11, 10), date(2026, 12, 1))
    make_accepted_handoff(contract, owner, MONDAY)
    assert plan()["planned"] == 1
    touch = Touch.objects.get()
    assert (touch.due_from, touch.due_on) == (date(2026, 12, 4), date(2026, 12, 7))  # the sixth is a Sunday
    assert touch.rule == f"follow_up:contract:{contract.pk}"


def test_contract_without_an_accepted_handoff_gets_none(client_: Client) -> None:
    make_contract(client_, date(2026, 11, 10))
    assert plan()["planned"] == 0


def test_window_that_is_over_at_acceptance_falls_due_the_same_day(client_: Client, owner: User) -> None:
    make_accepted_handoff(make_contract(client_, date(2026, 11, 1)), owner, MONDAY)
    plan()
    touch = Touch.objects.get()
    assert (touch.due_from, touch.due_on, touch.is_late) == (date(2026, 11, 16), date(2026, 11, 16), True)


def test_company_calendar_moves_the_end(client_: Client) -> None:
    WorkdayOverride.objects.create(day=date(2026, 11, 23), is_working=False)
    make_order(client_, MONDAY)
    plan()
    assert Touch.objects.get().due_on == date(2026, 11, 24)


@pytest.mark.parametrize(("days_ago", "planned"), [(4, 1), (7, 1), (8, 0), (90, 0)])
def test_imported_order_is_called_about_only_within_its_window(client_: Client, days_ago: int, planned: int) -> None:
    make_order(client_, MONDAY - timedelta(days=days_ago), source=Source.IMPORT)
    assert plan()["planned"] == planned


@pytest.mark.parametrize("source", [Source.MANUAL, Source.API, Source.HANDOFF])
def test_order_of_our_own_is_always_called_about(client_: Client, source: Source) -> None:
    make_order(client_, MONDAY - timedelta(days=400), source=source)
    assert plan()["planned"] == 1
    assert Touch.objects.get().is_late


def test_old_import_does_not_even_wait(client_: Client) -> None:
    make_order(client_, MONDAY - timedelta(days=2000), source=Source.IMPORT)
    assert not PendingFact.objects.exists()


def test_orders_of_a_frequent_buyer_join_the_open_touch(client_: Client) -> None:
    make_order(client_, MONDAY)
    plan()
    make_order(client_, MONDAY + timedelta(days=2))
    assert plan(MONDAY + timedelta(days=2)) == {"planned": 0, "covered": 1, "turned": 0, "moved": 0}
    assert Touch.objects.get().coverages.count() == 2


def test_orders_of_one_sweep_share_a_touch(client_: Client) -> None:
    for days in (2, 0, 1):
        make_order(client_, MONDAY - timedelta(days=days))
    assert plan() == {"planned": 1, "covered": 3, "turned": 0, "moved": 0}
    assert Touch.objects.get().due_from == date(2026, 11, 17)  # by the first of them


@pytest.mark.parametrize(("days_after", "touches"), [(30, 1), (31, 2)])
def test_order_within_thirty_days_after_the_call_joins_it(client_: Client, days_after: int, touches: int) -> None:
    make_order(client_, MONDAY)
    plan()
    called = MONDAY + timedelta(days=4)
    close(Touch.objects.get(), called)
    make_order(client_, called + timedelta(days=days_after))
    plan(called + timedelta(days=days_after))
    assert (Touch.objects.count(), Coverage.objects.count()) == (touches, 2)


def test_joining_days_are_the_tiers(client_: Client) -> None:
    TouchPolicy.objects.filter(tier=client_.tier).update(join_days=0)
    make_order(client_, MONDAY)
    plan()
    close(Touch.objects.get(), MONDAY)
    make_order(client_, MONDAY + timedelta(days=1))
    assert plan(MONDAY + timedelta(days=1))["planned"] == 1


def test_handoff_has_its_own_touch_and_orders_of_the_moment_join_it(client_: Client, owner: User) -> None:
    make_order(client_, MONDAY - timedelta(days=1))
    plan(MONDAY - timedelta(days=1))
    for number in range(2):
        contract = make_contract(client_, date(2026, 11, 16), number=str(number))
        make_accepted_handoff(contract, owner, MONDAY)
    assert plan() == {"planned": 2, "covered": 2, "turned": 0, "moved": 0}
    stranger = make_client(owner)
    make_order(stranger, MONDAY)
    make_accepted_handoff(make_contract(stranger, date(2026, 11, 16)), owner, MONDAY)
    assert plan() == {"planned": 1, "covered": 2, "turned": 0, "moved": 0}


def test_tier_without_calls_gets_none(client_: Client) -> None:
    TouchPolicy.objects.filter(tier=client_.tier).update(calls_enabled=False)
    make_order(client_, MONDAY)
    assert plan()["planned"] == 0


def test_archived_client_gets_none(client_: Client) -> None:
    make_order(client_, MONDAY)
    Client.objects.update(archived_at=MONDAY)
    assert plan()["planned"] == 0


def test_fact_of_a_client_without_an_owner_waits(client_: Client, owner: User) -> None:
    Assignment.objects.update(ended_at="2100-01-01T00:00Z")
    make_order(client_, MONDAY)
    assert plan()["planned"] == 0
    Assignment.objects.create(client=client_, user=owner, reason=AssignmentReason.TRANSFER)
    assert plan()["planned"] == 1


@pytest.mark.parametrize(
    "change", [{"status": OrderStatus.CANCELLED}, {"refunded_amount": 1000, "refunded_on": date(2026, 11, 17)}]
)
def test_lost_order_turns_its_call(client_: Client, change: dict[str, object]) -> None:
    order = make_order(client_, MONDAY)
    plan()
    for name, value in change.items():
        setattr(order, name, value)
    order.save()
    assert plan()["turned"] == 1
    assert Touch.objects.get().kind == TouchKind.WHAT_WENT_WRONG


def test_order_lost_before_the_sweep_is_asked_about_at_once(client_: Client) -> None:
    order = make_order(client_, MONDAY)
    order.status = OrderStatus.CANCELLED
    order.save()
    assert plan() == {"planned": 1, "covered": 1, "turned": 0, "moved": 0}
    assert Touch.objects.get().kind == TouchKind.WHAT_WENT_WRONG


def test_partly_refunded_order_and_a_made_call_stay_as_they_are(client_: Client) -> None:
    order = make_order(client_, MONDAY)
    plan()
    order.refunded_amount = 999
    order.save()
    assert plan()["turned"] == 0
    close(Touch.objects.get(), MONDAY)
    order.status = OrderStatus.CANCELLED
    order.save()
    assert plan()["turned"] == 0


def test_touches_follow_a_change_of_owner(client_: Client) -> None:
    make_order(client_, MONDAY)
    plan()
    kept = make_user(Role.FEEDBACK)
    fixed = Touch.objects.create(
        client=client_, kind=TouchKind.PLANNED, assignee=kept, follows_owner=False, due_from=MONDAY, due_on=MONDAY
    )
    heir = make_user(Role.AM)
    assign_owner(client=client_, user=heir, reason=AssignmentReason.TRANSFER, actor=heir, now=MONDAY)
    assert plan()["moved"] == 1
    assert Touch.objects.get(kind=TouchKind.FOLLOW_UP).assignee == heir
    fixed.refresh_from_db()
    assert fixed.assignee == kept


def test_batches_see_each_other(client_: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("work.services.planning._BATCH", 2)
    for _ in range(5):
        make_order(client_, MONDAY)
    make_order(make_client(owner), MONDAY)
    assert plan() == {"planned": 2, "covered": 6, "turned": 0, "moved": 0}
    assert not PendingFact.objects.filter(kind=FactKind.FOLLOW_UP).exists()


def test_idle_sweep_reads_one_index(django_assert_num_queries: object, client_: Client) -> None:
    plan()
    with django_assert_num_queries(8):  # type: ignore[operator]
        plan()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_sweeps_at_once_plan_each_fact_once() -> None:
    owner = make_user(Role.AM)
    for _ in range(20):
        client = make_client(owner)
        make_order(client, MONDAY)
        make_order(client, MONDAY)
    barrier = Barrier(4)

    def run() -> None:
        barrier.wait()
        plan()
        connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Touch.objects.count(), Coverage.objects.count()) == (20, 40)

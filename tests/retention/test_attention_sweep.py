"""What the sweep of early signs notices, forgets and plans."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.enums import AssignmentReason, OrderStatus, Source
from clients.models import Client, ClientLetter, Order
from clients.services import assign_owner
from core.models import Company
from feedback.models import Complaint, SurveyResponse
from gateways.models import OutboxMessage
from retention.enums import AttentionKind, WinBackOutcome
from retention.models import Attention, AttentionWatch, KeepingPolicy, WinBack
from retention.queries.attention import AttentionFilter, attention, call_subject
from retention.services.attention import watch_attention
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_contract, make_order, make_user
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import PendingFact, Touch
from work.services import close_touch, plan_follow_ups

NOW = datetime(2026, 11, 16, 12, tzinfo=ZoneInfo("Europe/Moscow"))  # a Monday
TODAY = NOW.date()

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Ольга")


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def buyer(owner: User, *ago: int, talked: int = 1, **values: object) -> Client:
    """Ordered so many days ago each time; spoken to lately, so that only its orders speak."""
    client = make_client(owner, created_on=date(2020, 1, 1), **values)
    for days in ago:
        make_order(client, days_ago(days))
    SurveyResponse.objects.create(client=client, scale="csat10", score=9, answered_at=days_ago(talked))
    return client


def found(client: Client) -> dict[str, Attention]:
    return {row.kind: row for row in Attention.objects.filter(client=client).select_related("touch")}


def test_silence_begins_after_twice_the_clients_own_median_gap(owner: User) -> None:
    still = buyer(owner, 50, 40, 30, 20)
    silent = buyer(owner, 51, 41, 31, 21)
    assert watch_attention(now=NOW) == {"noticed": 1, "gone": 0, "won": 0, "planned": 1}
    assert found(still) == {}
    row = found(silent)[AttentionKind.SILENCE]
    last = silent.orders.order_by("-ordered_at")[0]
    assert (row.since, row.norm_days, row.order_id) == (TODAY - timedelta(days=21), 20, last.pk)
    assert row.touch is not None
    assert row.touch.rule == f"silence:client:{silent.pk}:{last.pk}"
    assert (row.touch.kind, row.touch.assignee, row.touch.due_from) == (TouchKind.SILENCE, owner, TODAY)


def test_days_are_those_of_the_company_and_the_session_keeps_its_own_zone(owner: User) -> None:
    client = make_client(owner, created_on=date(2020, 1, 1))
    for days in (51, 41, 31, 21):
        make_order(client, days_ago(days).replace(hour=1))  # the day before in UTC
    watch_attention(now=NOW)
    assert found(client)[AttentionKind.SILENCE].since == TODAY - timedelta(days=21)
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone() == (connection.timezone_name,)


def test_value_is_what_was_bought_in_the_year_up_to_the_last_order(owner: User) -> None:
    client = make_client(owner, created_on=date(2020, 1, 1))
    for days, amount in ((566, 1000), (565, 100), (201, 10), (200, 1)):
        make_order(client, days_ago(days).replace(hour=0, minute=30), amount=amount)
    watch_attention(now=NOW)
    assert found(client)[AttentionKind.SILENCE].value == 111


def test_day_comes_by_time_alone(owner: User) -> None:
    client = buyer(owner, 50, 40, 30, 20)
    watch_attention(now=NOW)
    assert watch_attention(now=NOW + timedelta(days=1))["noticed"] == 1
    assert list(found(client)) == [AttentionKind.SILENCE]


def test_few_orders_have_the_usual_term(owner: User) -> None:
    fine, silent = buyer(owner, 190, 180), buyer(owner, 191, 181)
    watch_attention(now=NOW)
    assert found(fine) == {}
    assert found(silent)[AttentionKind.SILENCE].norm_days == 180


def test_three_orders_of_one_day_tell_no_rhythm(owner: User) -> None:
    client = buyer(owner, 100, 100, 100)
    watch_attention(now=NOW)
    assert found(client) == {}


def test_order_in_the_making_is_no_silence_and_a_cancelled_one_is_no_order(owner: User) -> None:
    client = buyer(owner, 60, 50, 40)
    make_order(client, None, ordered_at=days_ago(1), status=OrderStatus.CANCELLED, amount=10)
    watch_attention(now=NOW)
    assert set(found(client)) == {AttentionKind.SILENCE, AttentionKind.FAILED_ORDER}
    make_order(client, None, ordered_at=days_ago(0))
    watch_attention(now=NOW)
    assert set(found(client)) == {AttentionKind.FAILED_ORDER}


def test_twice_is_once(owner: User) -> None:
    buyer(owner, 60, 50, 40)
    watch_attention(now=NOW)
    before = list(Attention.objects.values()), list(Touch.objects.values())
    AttentionWatch.objects.create(client_id=Client.objects.get().pk, look_on=date(2000, 1, 1))
    assert watch_attention(now=NOW) == {"noticed": 0, "gone": 0, "won": 0, "planned": 0}
    assert (list(Attention.objects.values()), list(Touch.objects.values())) == before


def test_nothing_waiting_asks_few_questions(owner: User) -> None:
    buyer(owner, 60, 50, 40)
    watch_attention(now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as context:
        watch_attention(now=NOW)
    assert len([query for query in context if "SAVEPOINT" not in query["sql"]]) == 6


def test_order_ends_silence_and_takes_its_call_off(owner: User) -> None:
    client = buyer(owner, 60, 50, 40)
    watch_attention(now=NOW)
    make_order(client, days_ago(0))
    assert watch_attention(now=NOW)["gone"] == 1
    assert found(client) == {}
    touch = Touch.objects.get(kind=TouchKind.SILENCE)
    assert (touch.state, touch.closed_at, bool(touch.note)) == (TouchState.CANCELLED, NOW, True)


def test_silence_again_after_a_later_order_is_called_about_again(owner: User) -> None:
    client = buyer(owner, 60, 50, 40)
    watch_attention(now=NOW)
    make_order(client, days_ago(0))
    watch_attention(now=NOW)
    watch_attention(now=NOW + timedelta(days=28))
    assert Touch.objects.filter(kind=TouchKind.SILENCE).count() == 2


def test_call_that_was_made_is_not_planned_again_and_silence_stays_listed(owner: User) -> None:
    client = buyer(owner, 60, 50, 40)
    watch_attention(now=NOW)
    close_touch(touch=Touch.objects.get(), outcome=CallOutcome.REACHED, note="", actor=owner, now=NOW)
    watch_attention(now=NOW)
    row = found(client)[AttentionKind.SILENCE]
    assert row.touch is not None
    assert row.touch.state == TouchState.DONE
    assert Touch.objects.count() == 1


def test_list_by_what_became_of_the_call(owner: User) -> None:
    waiting, called = buyer(owner, 60, 50, 40), buyer(owner, 61, 51, 41)
    watch_attention(now=NOW)
    done = found(called)[AttentionKind.SILENCE].touch
    assert done is not None
    close_touch(touch=done, outcome=CallOutcome.REACHED, note="", actor=owner, now=NOW)
    without = buyer(owner, 62, 52, 42)
    watch_attention(now=NOW + timedelta(days=5))  # a Saturday: calls are planned on Monday

    def listed(call: str) -> list[Client]:
        return [row.client for row in attention(owner, AttentionFilter(call=call), today=TODAY).order_by("pk")]

    assert (listed("open"), listed("done"), listed("none")) == ([waiting], [called], [without])
    assert len(listed("")) == 3


def test_call_tells_why_it_was_planned(owner: User) -> None:
    client = buyer(owner, 60, 50, 40)
    watch_attention(now=NOW)
    touch = found(client)[AttentionKind.SILENCE].touch
    assert touch is not None
    subject = call_subject(touch, owner)
    assert subject is not None
    assert [item.kind for item in subject.about["items"]] == [AttentionKind.SILENCE]
    assert subject.url == f"/clients/{client.pk}/"
    assert call_subject(touch, make_user(Role.SALES)) is None


# --- failed orders ------------------------------------------------------------------------------------------------


def test_cancelled_and_wholly_refunded_orders_each_have_one_call(owner: User) -> None:
    cancelled, refunded, partly = (buyer(owner) for _number in range(3))
    first = make_order(cancelled, None, ordered_at=days_ago(5), status=OrderStatus.CANCELLED)
    second = make_order(refunded, days_ago(30), refunded_amount=1000, refunded_on=TODAY - timedelta(days=2))
    make_order(partly, days_ago(30), refunded_amount=999, refunded_on=TODAY)
    Order.objects.filter(pk=first.pk).update(updated_at=days_ago(3))
    PendingFact.objects.all().delete()  # the planner of follow-ups has passed them by
    watch_attention(now=NOW)
    assert found(cancelled)[AttentionKind.FAILED_ORDER].since == TODAY - timedelta(days=3)
    assert found(refunded)[AttentionKind.FAILED_ORDER].since == TODAY - timedelta(days=2)
    assert found(partly) == {}
    rules = Touch.objects.filter(kind=TouchKind.FAILED_ORDER).values_list("rule", flat=True)
    assert set(rules) == {f"failed:order:{first.pk}", f"failed:order:{second.pk}"}


def test_day_of_failure_stays_when_the_order_is_edited_later(owner: User) -> None:
    client = buyer(owner)
    order = make_order(client, None, ordered_at=days_ago(5), status=OrderStatus.CANCELLED)
    Order.objects.filter(pk=order.pk).update(updated_at=days_ago(3))
    watch_attention(now=NOW)
    Order.objects.filter(pk=order.pk).update(updated_at=days_ago(1), amount=5)
    watch_attention(now=NOW)
    assert found(client)[AttentionKind.FAILED_ORDER].since == TODAY - timedelta(days=3)


def test_old_failures_of_an_import_are_left_alone(owner: User) -> None:
    client = buyer(owner)
    for days in (400, 100):
        make_order(client, None, ordered_at=days_ago(days), status=OrderStatus.CANCELLED, source=Source.IMPORT)
    watch_attention(now=NOW)
    assert found(client)[AttentionKind.FAILED_ORDER].since == TODAY - timedelta(days=100)


def test_call_about_what_went_wrong_is_the_call_about_the_failed_order(owner: User) -> None:
    client = buyer(owner)
    order = make_order(client, days_ago(1))
    plan_follow_ups(now=NOW)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.CANCELLED)
    watch_attention(now=NOW)  # before the planner has turned the call
    assert found(client)[AttentionKind.FAILED_ORDER].touch is None
    plan_follow_ups(now=NOW)
    watch_attention(now=NOW)
    touch = found(client)[AttentionKind.FAILED_ORDER].touch
    assert touch is not None
    assert (touch.kind, Touch.objects.count()) == (TouchKind.WHAT_WENT_WRONG, 1)
    close_touch(touch=touch, outcome=CallOutcome.REACHED, note="", actor=owner, now=NOW)
    watch_attention(now=NOW)
    assert found(client) == {}


# --- no contact ---------------------------------------------------------------------------------------------------


def test_nobody_in_touch_for_longer_than_the_tier_allows(owner: User) -> None:
    quiet, spoken = buyer(owner, 10, talked=31), buyer(owner, 10, talked=30)
    watch_attention(now=NOW)
    row = found(quiet)[AttentionKind.NO_CONTACT]
    assert (row.since, row.norm_days) == (TODAY - timedelta(days=31), 30)
    assert row.touch is not None
    assert row.touch.rule == f"nocontact:client:{quiet.pk}:{TODAY - timedelta(days=31)}"
    assert found(spoken) == {}


def test_call_letter_and_complaint_are_contacts_and_a_failed_letter_is_none(owner: User) -> None:
    called, written, complained, failed = (buyer(owner, 10, talked=40) for _number in range(4))
    for client, state in ((written, "sent"), (failed, "failed")):
        values = {"key": state, "to_address": "a@b.test", "subject": "", "text": "", "message_id": state}
        sent_at = days_ago(3) if state == "sent" else None
        message = OutboxMessage.objects.create(state=state, sent_at=sent_at, created_at=days_ago(3), **values)
        ClientLetter.objects.create(client=client, contact=make_contact(client), message=message)
    Touch.objects.create(
        client=called, kind="planned", assignee=owner, due_from=TODAY, due_on=TODAY, state="done", outcome="reached",
        closed_at=days_ago(3),
    )  # fmt: skip
    Complaint.objects.create(
        client=complained, what_happened="!", responsible=owner, opened_at=days_ago(2), deadline=NOW
    )
    watch_attention(now=NOW)
    assert list(Attention.objects.values_list("client", flat=True)) == [failed.pk]


def test_those_who_left_are_not_missed_and_those_under_contract_are(owner: User) -> None:
    left, covered = buyer(owner, 300, talked=200), buyer(owner, talked=200)
    make_contract(covered, date(2026, 1, 1), ends_on=date(2026, 12, 31))
    watch_attention(now=NOW)
    assert set(found(left)) == {AttentionKind.SILENCE}
    assert set(found(covered)) == {AttentionKind.NO_CONTACT}
    assert watch_attention(now=NOW + timedelta(days=46))["gone"] == 1


def test_whoever_left_with_his_contract_is_asked_back_and_no_longer_silent(owner: User) -> None:
    """Until the grace of his contract is over his silence is a sign; who bought after the contract has not left."""
    Company.objects.update_or_create(pk=1, defaults={"grace_days": 60})
    left, bought_on, terminated, stays = (buyer(owner, ago, talked=5) for ago in (200, 20, 200, 200))
    ends = TODAY - timedelta(days=60)
    make_contract(left, date(2025, 1, 1), ends_on=ends)
    make_contract(bought_on, date(2025, 1, 1), ends_on=ends)
    make_contract(terminated, date(2025, 1, 1), ends_on=date(2027, 1, 1), terminated_on=ends)
    make_contract(stays, date(2025, 1, 1))
    watch_attention(now=NOW)
    calls = {client: found(client)[AttentionKind.SILENCE].touch for client in (left, terminated, stays)}
    assert found(bought_on) == {}
    watch_attention(now=NOW + timedelta(days=1))
    assert (found(left), found(terminated)) == ({}, {})
    assert AttentionKind.SILENCE in found(stays)
    states = [Touch.objects.get(pk=call.pk).state for call in calls.values() if call]
    assert states == [TouchState.CANCELLED, TouchState.CANCELLED, TouchState.OPEN]
    watch_attention(now=NOW + timedelta(days=200))
    assert set(found(bought_on)) == {AttentionKind.SILENCE}


def test_another_grace_is_taken_up(owner: User) -> None:
    client = buyer(owner, 300)
    make_contract(client, date(2025, 1, 1), ends_on=TODAY - timedelta(days=40))
    Company.objects.update_or_create(pk=1, defaults={"grace_days": 60})
    watch_attention(now=NOW)
    assert AttentionKind.SILENCE in found(client)
    Company.objects.update_or_create(pk=1, defaults={"grace_days": 30})
    watch_attention(now=NOW)
    assert found(client) == {}


def test_one_call_serves_all_reasons_of_a_client(owner: User) -> None:
    client = buyer(owner, 60, 50, 40, talked=40)
    watch_attention(now=NOW)
    rows = found(client)
    assert set(rows) == {AttentionKind.SILENCE, AttentionKind.NO_CONTACT}
    assert {row.touch_id for row in rows.values()} == {Touch.objects.get().pk}
    make_order(client, days_ago(0))
    watch_attention(now=NOW)
    assert Touch.objects.get().state == TouchState.OPEN  # the other reason still needs it


# --- measure, owners, settings ------------------------------------------------------------------------------------


def test_imported_history_does_not_flood_and_the_strongest_are_called_first(owner: User) -> None:
    Company.objects.update_or_create(pk=1, defaults={"attention_per_day": 2})
    other = make_user(Role.AM)
    clients = [buyer(owner, 60, 50, 40) for _number in range(4)]
    buyer(other, 60, 50, 40)
    for place, client in enumerate(clients):
        client.orders.update(amount=Decimal(100 * (place + 1)))
    assert watch_attention(now=NOW)["planned"] == 3
    assert watch_attention(now=NOW)["planned"] == 0
    assert set(Touch.objects.filter(assignee=owner).values_list("client", flat=True)) == {c.pk for c in clients[2:]}
    assert Attention.objects.count() == 5
    assert watch_attention(now=NOW + timedelta(days=1))["planned"] == 2


def test_days_off_plan_nothing(owner: User) -> None:
    buyer(owner, 60, 50, 40)
    saturday = NOW - timedelta(days=2)
    assert watch_attention(now=saturday)["planned"] == 0
    assert watch_attention(now=NOW)["planned"] == 1


def test_new_owner_takes_row_and_call(owner: User) -> None:
    client, colleague = buyer(owner, 60, 50, 40), make_user(Role.AM)
    watch_attention(now=NOW)
    assign_owner(client=client, user=colleague, reason=AssignmentReason.TRANSFER, actor=owner, now=NOW, note="")
    plan_follow_ups(now=NOW)
    watch_attention(now=NOW)
    row = found(client)[AttentionKind.SILENCE]
    assert row.touch is not None
    assert (row.owner, row.touch.assignee) == (colleague, colleague)


def test_changed_terms_are_taken_up(owner: User) -> None:
    client = buyer(owner, 60, 50, 40)
    KeepingPolicy.objects.filter(tier=client.tier).update(silence_factor=5)
    watch_attention(now=NOW)
    assert found(client) == {}
    KeepingPolicy.objects.filter(tier=client.tier).update(silence_factor=3)
    watch_attention(now=NOW)
    assert found(client)[AttentionKind.SILENCE].norm_days == 30


def test_archived_clients_are_forgotten(owner: User) -> None:
    client = buyer(owner, 60, 50, 40)
    watch_attention(now=NOW)
    Client.objects.filter(pk=client.pk).update(archived_at=NOW)
    assert watch_attention(now=NOW)["gone"] == 1
    assert Touch.objects.get().state == TouchState.CANCELLED


def test_order_after_the_beginning_wins_the_client_back(owner: User) -> None:
    client = buyer(owner, 60, 50, 40)
    back = WinBack.objects.create(client=client, segment="silent", assignee=owner, opened_on=TODAY)
    watch_attention(now=NOW)
    back.refresh_from_db()
    assert back.outcome == ""
    order = make_order(client, days_ago(0))
    assert watch_attention(now=NOW)["won"] == 1
    back.refresh_from_db()
    assert (back.outcome, back.order, back.closed_by, back.closed_at) == (WinBackOutcome.WON, order, None, NOW)

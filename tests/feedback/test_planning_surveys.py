from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from clients.enums import AssignmentReason, OrderStatus, Source
from clients.models import Client, Contact
from clients.services import assign_owner
from feedback.enums import InvitationState
from feedback.models import SurveyCoverage, SurveyInvitation
from feedback.services import plan_surveys, planning
from staff.enums import Role
from staff.models import User
from tests.factories import make_accepted_handoff, make_client, make_contact, make_contract, make_order, make_user
from work.enums import FactKind, TouchKind
from work.models import PendingFact, Touch, TouchPolicy
from work.services import plan_follow_ups

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 16, 12, tzinfo=MOSCOW)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=[1, 5_000])
def from_so_many_on_whole_tables_are_read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "_MANY", request.param)


def plan(now: datetime = MONDAY) -> dict[str, int]:
    return dict(plan_surveys(now=now))


def test_completed_order_gets_one_survey(client_: Client, contact: Contact) -> None:
    order = make_order(client_, MONDAY)

    assert plan() == {"planned": 1, "by_phone": 0, "covered": 1}

    survey = SurveyInvitation.objects.get()
    assert (survey.send_on, survey.closes_on, survey.is_late) == (date(2026, 11, 23), date(2026, 11, 30), False)
    assert (survey.client, survey.contact, survey.state, survey.touch) == (
        client_,
        contact,
        InvitationState.PLANNED,
        None,
    )
    assert SurveyCoverage.objects.get().order == order


def test_second_run_changes_nothing(client_: Client, contact: Contact) -> None:
    make_order(client_, MONDAY)
    plan()

    assert plan() == {"planned": 0, "by_phone": 0, "covered": 0}
    assert not PendingFact.objects.filter(kind=FactKind.SURVEY).exists()


def test_lost_mark_and_a_fact_seen_twice_give_no_second_survey(client_: Client, contact: Contact) -> None:
    order = make_order(client_, MONDAY)
    plan()
    PendingFact.objects.create(kind=FactKind.SURVEY, client=client_, order=order)

    assert plan() == {"planned": 0, "by_phone": 0, "covered": 0}


def test_accepted_handoff_counts_from_the_later_of_signing_and_start(
    client_: Client, contact: Contact, owner: User
) -> None:
    contract = make_contract(client_, signed_on=date(2026, 11, 10), starts_on=date(2026, 11, 16))
    make_accepted_handoff(contract, owner, MONDAY)

    plan()

    survey = SurveyInvitation.objects.get()
    assert (survey.send_on, survey.closes_on) == (date(2026, 11, 23), date(2026, 11, 30))
    assert SurveyCoverage.objects.get().contract == contract


def test_end_on_a_day_off_moves_to_the_next_working_day(client_: Client, contact: Contact) -> None:
    make_order(client_, MONDAY + timedelta(days=5))  # day 14 is Saturday, 5 December
    plan(MONDAY + timedelta(days=5))

    assert SurveyInvitation.objects.get().closes_on == date(2026, 12, 7)


def test_passed_window_is_due_today_with_a_full_time_to_answer(client_: Client, contact: Contact) -> None:
    make_order(client_, MONDAY)
    plan(MONDAY + timedelta(days=20))

    survey = SurveyInvitation.objects.get()
    assert (survey.send_on, survey.closes_on, survey.is_late) == (date(2026, 12, 6), date(2026, 12, 13), True)


def test_client_without_an_e_mail_is_called(client_: Client, owner: User) -> None:
    make_contact(client_, email="")
    order = make_order(client_, MONDAY)

    assert plan() == {"planned": 1, "by_phone": 1, "covered": 1}

    touch = Touch.objects.get(kind=TouchKind.SURVEY_CALL)
    assert (touch.due_from, touch.due_on, touch.assignee, touch.rule) == (
        date(2026, 11, 23),
        date(2026, 11, 30),
        owner,
        f"survey:order:{order.pk}",
    )
    assert SurveyInvitation.objects.get().touch == touch


def test_archived_contact_is_not_written_to(client_: Client) -> None:
    make_contact(client_, archived_at=MONDAY)
    other = make_contact(client_, is_primary=False)
    make_order(client_, MONDAY)
    plan()

    assert SurveyInvitation.objects.get().contact == other


def test_tier_may_be_surveyed_by_phone_or_not_at_all(owner: User) -> None:
    TouchPolicy.objects.update_or_create(tier="A", defaults={"survey_by_phone_only": True})
    TouchPolicy.objects.update_or_create(tier="C", defaults={"surveys_enabled": False})
    for tier in "AC":
        client = make_client(owner, tier=tier)
        make_contact(client)
        make_order(client, MONDAY)

    assert plan() == {"planned": 1, "by_phone": 1, "covered": 1}


def test_frequent_buyer_is_asked_once(client_: Client, contact: Contact) -> None:
    make_order(client_, MONDAY)
    make_order(client_, MONDAY + timedelta(days=1))
    plan(MONDAY + timedelta(days=1))
    make_order(client_, MONDAY + timedelta(days=3))

    assert plan(MONDAY + timedelta(days=3)) == {"planned": 0, "by_phone": 0, "covered": 1}
    assert SurveyInvitation.objects.get().send_on == date(2026, 11, 23)
    assert SurveyCoverage.objects.count() == 3


@pytest.mark.parametrize(("days", "surveys"), [(30, 1), (31, 2)])
def test_order_soon_after_an_ended_survey_joins_it(client_: Client, contact: Contact, days: int, surveys: int) -> None:
    make_order(client_, MONDAY)
    plan()
    ended = MONDAY + timedelta(days=8)
    SurveyInvitation.objects.update(state=InvitationState.ANSWERED, ended_at=ended)
    make_order(client_, ended + timedelta(days=days))
    plan(ended + timedelta(days=days))

    assert (SurveyInvitation.objects.count(), SurveyCoverage.objects.count()) == (surveys, 2)


def test_imported_past_window_gives_none_and_a_recent_one_does(client_: Client, contact: Contact) -> None:
    make_order(client_, MONDAY - timedelta(days=20), source=Source.IMPORT)
    make_order(client_, MONDAY - timedelta(days=2), source=Source.IMPORT)

    assert plan()["covered"] == 1


def test_order_cancelled_before_planning_and_archived_client_give_none(owner: User, client_: Client) -> None:
    order = make_order(client_, MONDAY)
    order.status = OrderStatus.CANCELLED
    order.save()
    gone = make_client(owner, archived_at=MONDAY)
    make_order(gone, MONDAY)

    assert plan() == {"planned": 0, "by_phone": 0, "covered": 0}


def test_survey_call_follows_the_owner(client_: Client, owner: User) -> None:
    make_order(client_, MONDAY)
    plan()
    other = make_user(Role.AM)
    assign_owner(client=client_, user=other, reason=AssignmentReason.TRANSFER, actor=owner, now=MONDAY)
    plan_follow_ups(now=MONDAY)

    assert Touch.objects.get(kind=TouchKind.SURVEY_CALL).assignee == other


@pytest.mark.parametrize("count", [1, 3])
def test_planning_is_set_based(owner: User, count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(count):
        client = make_client(owner)
        make_contact(client)
        make_order(client, datetime(2026, 11, 16, 9, tzinfo=UTC))

    with django_assert_num_queries(14):
        assert plan()["planned"] == count

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from clients.enums import EventKind, OrderStatus
from clients.models import Client, Contact, TimelineEvent
from feedback.enums import InvitationState
from feedback.models import SurveyInvitation, SurveyResponse
from feedback.rules import surveys as rules
from feedback.services import (
    Answer,
    SurveyClosedError,
    plan_surveys,
    record_answer,
    record_phone_response,
    record_recommendation,
    send_surveys,
)
from gateways.enums import MessageClass, MessageState
from gateways.models import OutboxMessage
from staff.models import User
from tests.factories import make_client, make_contact, make_order
from work.enums import TouchKind, TouchState
from work.models import Touch, TouchPolicy

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 16, 12, tzinfo=MOSCOW)
DAY_7 = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)

pytestmark = pytest.mark.django_db


def send(now: datetime) -> dict[str, int]:
    return {name: count for name, count in send_surveys(now=now).items() if count}


@pytest.fixture
def survey(client_: Client, contact: Contact) -> SurveyInvitation:
    make_order(client_, MONDAY)
    plan_surveys(now=MONDAY)
    return SurveyInvitation.objects.get()


def link_in(letter: OutboxMessage) -> str:
    found = re.search(r"http\S+/s/(\S+)/", letter.text)
    assert found is not None
    return found[1]


def test_letter_leaves_at_ten_of_the_clients_time(survey: SurveyInvitation) -> None:
    assert send(DAY_7 - timedelta(minutes=1)) == {}
    assert send(DAY_7) == {"sent": 1}

    survey.refresh_from_db()
    letter = OutboxMessage.objects.get(key=f"survey:{survey.pk}")
    assert (survey.state, survey.sent_at, survey.remind_on) == (InvitationState.SENT, DAY_7, date(2026, 11, 26))
    assert (letter.to_address, letter.message_class) == ("max@client.test", MessageClass.SURVEY)
    assert letter.text.startswith("Привет, Макс!")
    assert link_in(letter) in letter.html
    assert TimelineEvent.objects.filter(kind=EventKind.SURVEY_SENT).count() == 1


def test_database_keeps_only_the_digest_of_the_token(survey: SurveyInvitation) -> None:
    send(DAY_7)
    survey.refresh_from_db()
    token = link_in(OutboxMessage.objects.get())

    assert len(token) == 43  # 256 bits
    assert survey.token_digest == rules.token_digest(token)


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Asia/Kamchatka", datetime(2026, 11, 23, 1, tzinfo=MOSCOW)),
        ("Europe/Kaliningrad", datetime(2026, 11, 23, 11, tzinfo=MOSCOW)),
        ("Nowhere/Land", datetime(2026, 11, 23, 13, tzinfo=MOSCOW)),
    ],
)
def test_hour_is_the_clients(survey: SurveyInvitation, zone: str, first: datetime) -> None:
    Client.objects.filter(pk=survey.client_id).update(timezone=zone)

    assert send(first - timedelta(minutes=1)) == {}
    assert send(first) == {"sent": 1}


def test_letter_that_missed_its_hour_does_not_leave_at_night(survey: SurveyInvitation) -> None:
    assert send(DAY_7.replace(hour=23)) == {}
    assert send(DAY_7 + timedelta(days=1)) == {"sent": 1}


def test_second_run_sends_nothing(survey: SurveyInvitation) -> None:
    send(DAY_7)

    assert send(DAY_7) == {}
    assert OutboxMessage.objects.count() == 1


def test_one_reminder_with_the_same_link(survey: SurveyInvitation) -> None:
    send(DAY_7)

    assert send(DAY_7 + timedelta(days=2)) == {}
    assert send(DAY_7 + timedelta(days=3)) == {"reminded": 1}
    assert send(DAY_7 + timedelta(days=4)) == {}

    first, second = OutboxMessage.objects.order_by("id")
    assert second.key == f"survey_reminder:{survey.pk}"
    assert link_in(first) == link_in(second)
    assert second.expires_at == datetime(2026, 12, 1, tzinfo=MOSCOW)


def test_reminder_after_a_new_secret_key_has_the_same_link(survey: SurveyInvitation) -> None:
    send(DAY_7)
    with override_settings(SECRET_KEY="new" * 20, SECRET_KEY_FALLBACKS=[_secret()]):
        send(DAY_7 + timedelta(days=3))

    first, second = OutboxMessage.objects.order_by("id")
    assert link_in(first) == link_in(second)


def test_reminder_after_a_lost_secret_key_has_a_link_that_works(survey: SurveyInvitation) -> None:
    send(DAY_7)
    with override_settings(SECRET_KEY="new" * 20):
        send(DAY_7 + timedelta(days=3))

    survey.refresh_from_db()
    assert survey.token_digest == rules.token_digest(link_in(OutboxMessage.objects.latest("id")))


def _secret() -> str:
    from django.conf import settings

    return settings.SECRET_KEY


def test_answered_survey_is_not_reminded_and_a_tier_may_have_no_reminder(survey: SurveyInvitation) -> None:
    TouchPolicy.objects.filter(tier="B").update(remind_after=0)
    send(DAY_7)

    survey.refresh_from_db()
    assert survey.remind_on is None
    assert send(DAY_7 + timedelta(days=4)) == {}


def test_survey_closes_after_its_last_day(survey: SurveyInvitation) -> None:
    send(DAY_7)
    send(DAY_7 + timedelta(days=3))

    assert send(datetime(2026, 11, 30, 23, 59, tzinfo=MOSCOW)) == {}
    assert send(datetime(2026, 12, 1, 0, 0, tzinfo=MOSCOW)) == {"closed": 1}
    survey.refresh_from_db()
    assert (survey.state, survey.ended_at) == (InvitationState.CLOSED, datetime(2026, 12, 1, tzinfo=MOSCOW))


def test_closed_survey_takes_no_answer(survey: SurveyInvitation) -> None:
    send(DAY_7)
    late = datetime(2026, 12, 1, 0, 1, tzinfo=MOSCOW)

    with pytest.raises(SurveyClosedError):
        record_answer(invitation_id=survey.pk, answer=Answer(score=9), now=late)
    assert not SurveyResponse.objects.exists()


def test_recommendation_needs_a_score_first(survey: SurveyInvitation) -> None:
    send(DAY_7)

    with pytest.raises(SurveyClosedError):
        record_recommendation(invitation_id=survey.pk, would_recommend=True, text="", now=DAY_7)


def test_outage_of_a_month_loses_no_survey(survey: SurveyInvitation) -> None:
    late = DAY_7 + timedelta(days=30)

    assert send(late) == {"sent": 1}
    survey.refresh_from_db()
    assert (survey.closes_on, survey.is_late) == (date(2026, 12, 30), True)


def test_contact_who_left_is_replaced_and_without_anybody_the_client_is_called(
    survey: SurveyInvitation, owner: User
) -> None:
    Contact.objects.update(archived_at=MONDAY)
    other = make_contact(survey.client, email="new@client.test", is_primary=False)
    alone = make_client(owner)
    make_contact(alone)
    make_order(alone, MONDAY)
    plan_surveys(now=MONDAY)
    Contact.objects.filter(client=alone).update(email="")

    assert send(DAY_7) == {"sent": 1}

    assert OutboxMessage.objects.get().to_address == other.email
    touch = Touch.objects.get(kind=TouchKind.SURVEY_CALL)
    assert (touch.client, touch.assignee, touch.due_from, touch.due_on) == (
        alone,
        owner,
        date(2026, 11, 23),
        date(2026, 11, 30),
    )
    assert send(DAY_7 + timedelta(hours=1)) == {}


def test_survey_about_a_cancelled_order_or_an_archived_client_is_not_sent(
    survey: SurveyInvitation, client_: Client, owner: User
) -> None:
    order = client_.orders.get()
    order.status = OrderStatus.CANCELLED
    order.save()
    gone = make_client(owner)
    make_contact(gone)
    make_order(gone, MONDAY)
    plan_surveys(now=MONDAY)
    Client.objects.filter(pk=gone.pk).update(archived_at=MONDAY)

    assert send(DAY_7) == {"closed": 2}


def test_survey_by_phone_ends_with_its_call(client_: Client) -> None:
    make_order(client_, MONDAY)
    plan_surveys(now=MONDAY)
    Touch.objects.update(state=TouchState.CANCELLED, closed_at=DAY_7)

    assert send(DAY_7) == {"closed": 1}


def test_letter_that_failed_for_good_becomes_a_call(survey: SurveyInvitation, owner: User) -> None:
    send(DAY_7)
    letter = OutboxMessage.objects.get()
    OutboxMessage.objects.update(state=MessageState.FAILED, error="550 no such mailbox")

    assert send(DAY_7 + timedelta(days=1)) == {"called": 1}
    assert send(DAY_7 + timedelta(days=4)) == {}

    touch = Touch.objects.get(kind=TouchKind.SURVEY_CALL)
    assert (touch.client, touch.assignee, touch.due_from, touch.due_on) == (
        survey.client,
        owner,
        date(2026, 11, 24),
        date(2026, 11, 30),
    )
    assert "не дошло" in touch.subject
    assert OutboxMessage.objects.count() == 1

    record_answer(invitation_id=survey.pk, answer=Answer(score=9), now=DAY_7 + timedelta(days=2))
    touch.refresh_from_db()
    survey.refresh_from_db()
    assert (touch.state, survey.state) == (TouchState.CANCELLED, InvitationState.ANSWERED)
    assert link_in(letter)


def test_survey_that_became_a_call_is_answered_by_phone(survey: SurveyInvitation, owner: User) -> None:
    send(DAY_7)
    OutboxMessage.objects.update(state=MessageState.FAILED)
    send(DAY_7)
    touch = Touch.objects.get(kind=TouchKind.SURVEY_CALL)

    record_phone_response(touch=touch, score=8, comment="Хорошо", actor=owner, now=DAY_7)

    touch.refresh_from_db()
    assert (touch.state, SurveyResponse.objects.get().recorded_by) == (TouchState.OPEN, owner)


@pytest.mark.parametrize("state", [MessageState.QUEUED, MessageState.UNCERTAIN, MessageState.SENT])
def test_letter_that_may_still_arrive_is_waited_for(survey: SurveyInvitation, state: MessageState) -> None:
    send(DAY_7)
    OutboxMessage.objects.update(state=state, sent_at=DAY_7)

    assert send(DAY_7 + timedelta(days=1)) == {}


def test_letter_that_failed_after_the_last_day_calls_nobody(survey: SurveyInvitation) -> None:
    send(DAY_7)
    OutboxMessage.objects.update(state=MessageState.FAILED)

    assert send(DAY_7 + timedelta(days=9)) == {"closed": 1}
    assert not Touch.objects.filter(kind=TouchKind.SURVEY_CALL).exists()


@pytest.mark.parametrize(("count", "queries"), [(1, 26), (3, 27), (5, 27)])
def test_sending_is_set_based(
    owner: User, count: int, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        client = make_client(owner)
        make_contact(client)
        make_order(client, MONDAY)
    plan_surveys(now=MONDAY)

    with django_assert_num_queries(queries):
        assert send(DAY_7) == {"sent": count}


def test_window_may_be_asked_of_values_alone() -> None:
    assert rules.remind_on(date(2026, 11, 29), date(2026, 11, 30), 3) is None
    assert rules.mood(7, low=6, high=9) == rules.Mood.MIDDLE

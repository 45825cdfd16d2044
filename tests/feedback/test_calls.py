from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clients.enums import EventKind
from clients.models import Client, TimelineEvent
from clients.queries import current_owner
from core.errors import ConflictError, DomainError
from feedback.models import CallAnswer, SurveyResponse
from feedback.rules.calls import CallRecord, is_decent_hour, missing_fields
from feedback.services import plan_surveys
from feedback.services.calls import record_call
from scripts.queries import current_version
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_order, make_user
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import CallAttempt, Touch

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 20, 17, 30, tzinfo=MOSCOW)  # a Friday
TODAY = NOW.date()
TOMORROW = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"outcome": "no_answer"}, {}),
        ({"outcome": "reached", "note": "доволен", "no_next": True}, {}),
        ({"outcome": "reached", "answers": {1: "цена"}, "next_touch_on": TODAY, "next_subject": "отчёт"}, {}),
        ({"outcome": "reached", "no_next": True}, {"note": "nothing_said"}),
        ({"outcome": "reached", "answers": {1: "  "}, "note": " ", "no_next": True}, {"note": "nothing_said"}),
        ({"outcome": "reached", "note": "доволен"}, {"next_touch_on": "next"}),
        ({"outcome": "reached", "note": "да", "next_touch_on": TODAY - timedelta(days=1)}, {"next_touch_on": "past"}),
        ({"outcome": "reached", "note": "да", "next_touch_on": TODAY}, {"next_subject": "about"}),
        ({"outcome": "reached", "note": "да", "next_touch_on": TODAY, "no_next": True}, {"next_touch_on": "both"}),
        ({"outcome": "refused", "no_next": True}, {"note": "why_refused"}),
        ({"outcome": "refused", "note": "занят", "no_next": True}, {}),
        ({"outcome": "call_back"}, {"call_back_at": "when"}),
        ({"outcome": "call_back", "call_back_at": NOW}, {"call_back_at": "past"}),
        ({"outcome": "call_back", "call_back_at": NOW + timedelta(hours=1)}, {}),
    ],
)
def test_call_cannot_be_closed_empty(values: dict[str, Any], problems: dict[str, str]) -> None:
    record = CallRecord(**{**values, "outcome": CallOutcome(values["outcome"])})
    assert missing_fields(record, now=NOW, today=TODAY) == problems


def test_survey_by_phone_needs_its_score_only() -> None:
    record = CallRecord(outcome=CallOutcome.REACHED, note="ну так", no_next=True)
    assert missing_fields(record, now=NOW, today=TODAY, needs_score=True) == {"score": "score"}
    scored = CallRecord(outcome=CallOutcome.REACHED, score=7, no_next=True)
    assert missing_fields(scored, now=NOW, today=TODAY, needs_score=True) == {}


@pytest.mark.parametrize(
    ("hour_utc", "expected"), [(1, False), (2, True), (12, True), (13, False)]
)  # 08:00, 09:00, 19:00, 20:00 in Novosibirsk
def test_decent_hour_is_the_clients(hour_utc: int, *, expected: bool) -> None:
    moment = datetime(2026, 11, 20, hour_utc, tzinfo=UTC)
    assert is_decent_hour(moment, ZoneInfo("Asia/Novosibirsk")) is expected


@pytest.fixture
def owner(db: None) -> User:
    return make_user(Role.AM)


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner)


@pytest.fixture
def touch(client_: Client, owner: User) -> Touch:
    return Touch.objects.create(client=client_, kind=TouchKind.FOLLOW_UP, assignee=owner, due_from=TODAY, due_on=TODAY)


def reached(**values: Any) -> CallRecord:
    return CallRecord(**{"outcome": CallOutcome.REACHED, "note": "Всё хорошо", "no_next": True, **values})


def test_reached_call_is_closed_with_answers_and_a_next_contact(touch: Touch, owner: User) -> None:
    version = current_version(TouchKind.FOLLOW_UP)
    assert version is not None
    why, liked, *_rest = version.questions.all()
    record = reached(
        no_next=False,
        answers={why.pk: "цена", liked.pk: "  ", 10**9: "чужой вопрос"},
        next_touch_on=TOMORROW,
        next_subject="Отчёт",
    )
    attempt = record_call(touch=touch, actor=owner, record=record, now=NOW)
    touch.refresh_from_db()
    assert (touch.state, touch.outcome, touch.closed_by) == (TouchState.DONE, CallOutcome.REACHED, owner)
    assert [(answer.question, answer.text) for answer in attempt.answers.all()] == [(why, "цена")]
    following = Touch.objects.get(state=TouchState.OPEN)
    assert (following.subject, following.due_on, following.assignee) == ("Отчёт", TOMORROW, owner)
    event = TimelineEvent.objects.get(kind=EventKind.CALL)
    assert (event.actor, event.subject_id, event.data["covering"]) == (owner, touch.pk, False)


def test_call_by_a_colleague_covers_and_keeps_the_owner(touch: Touch, owner: User, client_: Client) -> None:
    colleague = make_user(Role.FEEDBACK)
    record_call(touch=touch, actor=colleague, record=reached(), now=NOW)
    event = TimelineEvent.objects.get(kind=EventKind.CALL)
    assert (event.actor, event.data["covering"]) == (colleague, True)
    assert str(owner) in event.summary
    assert current_owner(client_) == owner


def test_empty_call_is_refused_and_leaves_nothing(touch: Touch, owner: User) -> None:
    with pytest.raises(DomainError) as refusal:
        record_call(touch=touch, actor=owner, record=reached(note="", no_next=False), now=NOW)
    assert set(refusal.value.fields) == {"note", "next_touch_on"}
    assert not CallAttempt.objects.exists()


def test_no_answer_waits_a_working_hour_of_the_client(touch: Touch, owner: User) -> None:
    record_call(touch=touch, actor=owner, record=CallRecord(outcome=CallOutcome.NO_ANSWER), now=NOW)
    touch.refresh_from_db()
    assert touch.state == TouchState.OPEN
    assert touch.not_before == datetime(2026, 11, 23, 9, 30, tzinfo=MOSCOW)
    assert touch.due_on == TODAY


def test_call_back_moves_the_day_only_forward(touch: Touch, owner: User) -> None:
    later = NOW + timedelta(days=4)
    record = CallRecord(outcome=CallOutcome.CALL_BACK, call_back_at=later)
    record_call(touch=touch, actor=owner, record=record, now=NOW)
    touch.refresh_from_db()
    assert (touch.not_before, touch.due_on) == (later, later.date())
    sooner = NOW + timedelta(hours=1)
    record_call(
        touch=touch, actor=owner, record=CallRecord(outcome=CallOutcome.CALL_BACK, call_back_at=sooner), now=NOW
    )
    touch.refresh_from_db()
    assert (touch.not_before, touch.due_on) == (sooner, later.date())
    assert touch.attempts.count() == 2


def test_score_said_in_a_survey_call_is_an_answer(owner: User, client_: Client) -> None:
    make_order(client_, NOW - timedelta(days=8))
    plan_surveys(now=NOW)
    call = Touch.objects.get(kind=TouchKind.SURVEY_CALL)
    record_call(touch=call, actor=owner, record=reached(score=9), now=NOW)
    response = SurveyResponse.objects.get()
    assert (int(response.score), response.comment, response.recorded_by) == (9, "Всё хорошо", owner)


def test_second_caller_of_the_same_contact_is_told(touch: Touch, owner: User) -> None:
    record_call(
        touch=touch, actor=owner, record=CallRecord(outcome=CallOutcome.NO_ANSWER), now=NOW, version=touch.version
    )
    with pytest.raises(ConflictError):
        record_call(touch=touch, actor=owner, record=reached(), now=NOW, version=1)
    record_call(touch=touch, actor=owner, record=reached(), now=NOW, version=2)
    with pytest.raises(ConflictError):
        record_call(touch=touch, actor=owner, record=reached(), now=NOW)
    assert not CallAnswer.objects.exists()

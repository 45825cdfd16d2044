from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clients.enums import EventKind
from clients.models import Client, Contact, TimelineEvent
from core.concurrency import EditConflictError, snapshot
from core.errors import DomainError, ForbiddenError
from feedback.enums import ComplaintCategory, ComplaintState, InvitationState
from feedback.models import Complaint, SurveyInvitation, SurveyResponse
from feedback.services import (
    ComplaintData,
    SurveyClosedError,
    edit_complaint,
    open_complaint,
    plan_surveys,
    reassign_complaint,
    record_phone_response,
    resolve_complaint,
)
from gateways.models import OutboxMessage
from staff.enums import Role
from staff.models import User
from tests.factories import make_order, make_user
from work.enums import TouchKind, TouchState
from work.models import Touch

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Europe/Moscow"))


@pytest.fixture
def complaint(client_: Client, owner: User) -> Complaint:
    data = ComplaintData(category=ComplaintCategory.QUALITY, what_happened="Царапины на двери")
    return open_complaint(client=client_, data=data, actor=owner, now=NOW)


def test_complaint_by_hand_is_the_owners_with_a_deadline_and_an_urgent_call(complaint: Complaint, owner: User) -> None:
    assert (complaint.responsible, complaint.deadline) == (owner, NOW + timedelta(days=1))
    assert Touch.objects.get().rule == f"urgent:complaint:{complaint.pk}"
    assert TimelineEvent.objects.filter(kind=EventKind.COMPLAINT_OPENED, actor=owner).count() == 1
    assert not OutboxMessage.objects.exists()  # whoever writes it down knows it


def test_colleague_who_opens_it_sends_the_owner_a_letter(client_: Client, owner: User) -> None:
    data = ComplaintData(category=ComplaintCategory.OTHER, what_happened="Не перезвонили {{ owner }}")
    open_complaint(client=client_, data=data, actor=make_user(Role.FEEDBACK), now=NOW)

    letter = OutboxMessage.objects.get()
    assert (letter.to_address, letter.message_class) == (owner.email, "staff")
    assert "Не перезвонили {{ owner }}" in letter.text


@pytest.mark.parametrize("text", ["", "  \n"])
def test_complaint_about_nothing_is_refused(client_: Client, owner: User, text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        open_complaint(
            client=client_,
            data=ComplaintData(category=ComplaintCategory.OTHER, what_happened=text),
            actor=owner,
            now=NOW,
        )
    assert "what_happened" in refusal.value.fields


def test_salesperson_cannot_answer_for_a_complaint(client_: Client, owner: User) -> None:
    data = ComplaintData(category=ComplaintCategory.OTHER, what_happened="Текст", responsible=make_user(Role.SALES))
    with pytest.raises(DomainError):
        open_complaint(client=client_, data=data, actor=owner, now=NOW)
    assert not Complaint.objects.exists()


def test_resolving_needs_a_text_and_takes_the_urgent_call_off(complaint: Complaint, owner: User) -> None:
    with pytest.raises(DomainError) as refusal:
        resolve_complaint(complaint=complaint, resolution=" ", actor=owner, now=NOW)
    assert "resolution" in refusal.value.fields
    complaint.refresh_from_db()
    assert complaint.state == ComplaintState.OPEN

    resolve_complaint(complaint=complaint, resolution="Заменили", actor=owner, now=NOW)

    complaint.refresh_from_db()
    assert (complaint.state, complaint.resolution, complaint.resolved_by, complaint.resolved_at) == (
        ComplaintState.RESOLVED,
        "Заменили",
        owner,
        NOW,
    )
    assert Touch.objects.get().state == TouchState.CANCELLED
    assert TimelineEvent.objects.filter(kind=EventKind.COMPLAINT_RESOLVED, summary="Заменили").exists()


def test_call_that_was_made_stays_done(complaint: Complaint, owner: User) -> None:
    Touch.objects.update(state=TouchState.DONE, outcome="reached", closed_at=NOW)
    resolve_complaint(complaint=complaint, resolution="Заменили", actor=owner, now=NOW)

    assert Touch.objects.get().state == TouchState.DONE


def test_resolved_complaint_is_not_touched_again(complaint: Complaint, owner: User) -> None:
    resolve_complaint(complaint=complaint, resolution="Заменили", actor=owner, now=NOW)

    common = {"complaint": complaint, "actor": owner, "now": NOW}
    with pytest.raises(DomainError):
        resolve_complaint(resolution="Ещё", **common)  # type: ignore[arg-type]
    with pytest.raises(DomainError):
        edit_complaint(original={}, mine={}, **common)  # type: ignore[arg-type]
    with pytest.raises(DomainError):
        reassign_complaint(original={}, responsible=owner, **common)  # type: ignore[arg-type]


def test_two_who_edit_at_once_do_not_overwrite_each_other(complaint: Complaint, owner: User) -> None:
    seen = snapshot(complaint, ["what_happened", "category", "deadline"])
    common: Any = {"complaint": complaint, "original": seen, "actor": owner, "now": NOW}
    edit_complaint(mine={"what_happened": "Новый текст", "category": ComplaintCategory.SERVICE}, **common)
    edit_complaint(mine={"deadline": NOW + timedelta(days=9), "what_happened": complaint.what_happened}, **common)

    with pytest.raises(EditConflictError) as conflict:
        edit_complaint(mine={"what_happened": "Другой"}, **common)
    with pytest.raises(DomainError):
        edit_complaint(mine={"what_happened": " "}, **common)

    (clash,) = conflict.value.clashes
    assert (clash.original, clash.theirs, clash.mine) == (seen["what_happened"], "Новый текст", "Другой")
    complaint.refresh_from_db()
    assert (complaint.what_happened, complaint.category, complaint.version) == ("Новый текст", "service", 3)
    assert complaint.deadline == NOW + timedelta(days=9)


def pass_on(complaint: Complaint, seen: User, responsible: User, *, actor: User) -> None:
    original = {"responsible": str(seen.pk)}
    reassign_complaint(complaint=complaint, original=original, responsible=responsible, actor=actor, now=NOW)


def test_passing_on_is_for_the_responsible_and_the_head(complaint: Complaint, owner: User) -> None:
    colleague, head = make_user(Role.AM), make_user(Role.HEAD)
    with pytest.raises(ForbiddenError):
        pass_on(complaint, owner, colleague, actor=colleague)

    pass_on(complaint, owner, colleague, actor=owner)
    pass_on(complaint, owner, colleague, actor=head)
    with pytest.raises(EditConflictError):
        pass_on(complaint, owner, head, actor=head)
    pass_on(complaint, colleague, owner, actor=head)

    complaint.refresh_from_db()
    assert (complaint.responsible, complaint.version) == (owner, 3)
    assert set(OutboxMessage.objects.values_list("to_address", flat=True)) == {colleague.email, owner.email}


@pytest.fixture
def call(client_: Client) -> Touch:
    make_order(client_, NOW - timedelta(days=8))
    plan_surveys(now=NOW)
    return Touch.objects.get(kind=TouchKind.SURVEY_CALL)


def test_score_given_by_phone_is_an_answer_like_any(call: Touch, owner: User) -> None:
    response = record_phone_response(touch=call, score=9, comment="Доволен", actor=owner, now=NOW, would_recommend=True)

    assert (int(response.score), response.recorded_by, response.would_recommend) == (9, owner, True)
    assert SurveyInvitation.objects.get().state == InvitationState.ANSWERED
    with pytest.raises(SurveyClosedError):
        record_phone_response(touch=call, score=1, comment="", actor=owner, now=NOW)


def test_low_score_by_phone_opens_a_complaint(call: Touch, owner: User) -> None:
    record_phone_response(touch=call, score=5, comment="Долго", actor=owner, now=NOW)

    assert Complaint.objects.get().what_happened == "Долго"


def test_score_that_is_none_or_a_call_that_is_no_survey_is_refused(
    call: Touch, complaint: Complaint, owner: User, contact: Contact
) -> None:
    with pytest.raises(DomainError):
        record_phone_response(touch=call, score=11, comment="", actor=owner, now=NOW)
    with pytest.raises(DomainError):
        record_phone_response(touch=Touch.objects.get(kind=TouchKind.URGENT), score=5, comment="", actor=owner, now=NOW)
    assert not SurveyResponse.objects.exists()

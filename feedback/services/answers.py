"""Answers to surveys, from the public page or by phone, and what a score calls for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.services import record_event
from core.errors import DomainError
from core.queries import company as load_company
from feedback.enums import ComplaintCategory, InvitationState
from feedback.models import Complaint, SurveyInvitation, SurveyResponse
from feedback.rules import surveys as rules
from feedback.rules.surveys import Mood
from feedback.services.complaints import ComplaintData, open_complaint
from staff.models import User
from work.enums import TouchState
from work.models import Touch
from work.services import cancel_touch

_LONGEST_COMMENT = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    score: int
    comment: str = ""


class SurveyClosedError(DomainError):
    """Expired, or answered longer ago than it may be changed."""

    code = "survey_closed"
    status = 409


@transaction.atomic
def record_answer(*, invitation_id: int, answer: Answer, now: datetime) -> SurveyResponse:
    """Records once; the same again changes nothing, another one within a day replaces it.

    A low score opens a complaint and an urgent call in this same transaction.
    """
    _check_score(answer.score)
    invitation = _lock(invitation_id)
    response = SurveyResponse.objects.filter(invitation=invitation).first()
    company = load_company()
    if not rules.takes_answer(
        invitation.state,
        closes_on=invitation.closes_on,
        answered_at=response.answered_at if response else None,
        edit_hours=company.answer_edit_hours,
        now=now,
        today=localdate(now),
    ):
        raise SurveyClosedError(_("This survey takes no more answers."))
    comment = answer.comment.replace("\x00", "").strip()[:_LONGEST_COMMENT]
    if response is None:
        response = _first_answer(invitation, answer.score, comment, recorded_by=None, now=now)
    elif (int(response.score), response.comment) != (answer.score, comment):
        _change_answer(response, answer.score, comment, now=now)
    _open_complaint_if_low(response, invitation, low=company.low_score, actor=None, now=now)
    return response


@transaction.atomic
def record_recommendation(*, invitation_id: int, would_recommend: bool, text: str, now: datetime) -> SurveyResponse:
    """What a satisfied client said to "would you recommend us"; may be said again as long as the answer is open."""
    invitation = _lock(invitation_id)
    response = SurveyResponse.objects.filter(invitation=invitation).first()
    hours = load_company().answer_edit_hours
    if response is None or not rules.takes_answer(
        invitation.state,
        closes_on=invitation.closes_on,
        answered_at=response.answered_at,
        edit_hours=hours,
        now=now,
        today=localdate(now),
    ):
        raise SurveyClosedError(_("This survey takes no more answers."))
    response.would_recommend = would_recommend
    response.recommendation = text.replace("\x00", "").strip()[:_LONGEST_COMMENT]
    response.save(update_fields=["would_recommend", "recommendation", "updated_at"])
    return response


@transaction.atomic
def record_phone_response(
    *,
    touch: Touch,
    score: int,
    comment: str,
    actor: User,
    now: datetime,
    would_recommend: bool | None = None,
) -> SurveyResponse:
    """The score of a survey by phone. Call it before or together with closing the touch; once per survey."""
    _check_score(score)
    invitation = SurveyInvitation.objects.select_for_update().filter(touch=touch).first()
    if invitation is None:
        raise DomainError(_("This call is not a survey."), code="no_survey")
    if SurveyResponse.objects.filter(invitation=invitation).exists():
        raise SurveyClosedError(_("This survey is answered already."))
    response = _first_answer(invitation, score, comment.strip()[:_LONGEST_COMMENT], recorded_by=actor, now=now)
    if would_recommend is not None:
        response.would_recommend = would_recommend
        response.save(update_fields=["would_recommend", "updated_at"])
    _open_complaint_if_low(response, invitation, low=load_company().low_score, actor=actor, now=now)
    return response


def _lock(invitation_id: int) -> SurveyInvitation:
    """Two answers at once come one after the other."""
    return (
        SurveyInvitation.objects.select_for_update(of=("self",))
        .select_related("client", "contact")
        .get(pk=invitation_id)
    )


def _check_score(score: int) -> None:
    if not 1 <= score <= 10:
        text = _("Choose a score from 1 to 10.")
        raise DomainError(text, code="score", fields={"score": [text]})


def _first_answer(
    invitation: SurveyInvitation, score: int, comment: str, *, recorded_by: User | None, now: datetime
) -> SurveyResponse:
    response = SurveyResponse.objects.create(
        client_id=invitation.client_id,
        invitation=invitation,
        scale=invitation.scale,
        about=invitation.about,
        answered_at=now,
        score=score,
        comment=comment,
        recorded_by=recorded_by,
    )
    invitation.state, invitation.ended_at = InvitationState.ANSWERED, now
    invitation.save(update_fields=["state", "ended_at", "updated_at"])
    call = invitation.touch
    if call is not None and recorded_by is None and call.state == TouchState.OPEN:
        with translation.override(settings.LANGUAGE_CODE):
            reason = _("The client answered the letter.")
        cancel_touch(touch=call, reason=reason, actor=None, now=now)
    _tell(response, str(score), now=now, actor=recorded_by)
    return response


def _change_answer(response: SurveyResponse, score: int, comment: str, *, now: datetime) -> None:
    before, response.score, response.comment = int(response.score), score, comment
    response.save(update_fields=["score", "comment", "updated_at"])
    _tell(response, f"{before} → {score}" if before != score else str(score), now=now, actor=None)


def _tell(response: SurveyResponse, score: str, *, now: datetime, actor: User | None) -> None:
    record_event(
        client_id=response.client_id,
        kind=EventKind.SURVEY_ANSWERED,
        at=now,
        actor=actor,
        summary=f"{score}. {response.comment}" if response.comment else score,
        data={"score": int(response.score)},
        subject=response,
    )


def _open_complaint_if_low(
    response: SurveyResponse, invitation: SurveyInvitation, *, low: int, actor: User | None, now: datetime
) -> None:
    """Once per answer. A better score later changes nothing about it: what happened has happened."""
    if rules.mood(int(response.score), low=low, high=11) != Mood.LOW:
        return
    if Complaint.objects.filter(response=response).exists():
        return
    with translation.override(settings.LANGUAGE_CODE):
        silent = _("Score %(score)s without a comment.") % {"score": int(response.score)}
    data = ComplaintData(
        category=ComplaintCategory.OTHER, what_happened=response.comment or silent, contact=invitation.contact
    )
    open_complaint(client=invitation.client, data=data, response=response, actor=actor, now=now)

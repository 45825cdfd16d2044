"""Exit interviews: planned for somebody other than the owner, held by nobody but such a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.services import record_event
from core.concurrency import decide, snapshot, update_versioned, write_edit
from core.errors import ConflictError, DomainError, ForbiddenError
from core.queries import load_calendar
from retention.models import ExitInterview, Refusal, RefusalReason
from retention.permissions import may_decide_keeping, may_hold_interview
from retention.queries.refusals import interviewers, without_interview
from retention.rules.refusals import INTERVIEW_WORKDAYS, choose_interviewer
from staff.models import User
from staff.permissions import in_department
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch
from work.services import close_touch

STORY = ("liked", "missed", "turning_point", "would_return")


def interview_rule(refusal_id: int) -> str:
    return f"exit:refusal:{refusal_id}"


def plan_interview(*, refusal: Refusal, now: datetime) -> ExitInterview | None:
    """Proposes who holds it and plans the call; nothing while nobody but the owner could, a sweep looks again."""
    today = localdate(now)
    interviewer = choose_interviewer(interviewers(today=today), owner_id=refusal.owner_id)
    if interviewer is None:
        return None
    due_on = load_calendar().add_workdays(today, INTERVIEW_WORKDAYS)
    interview = ExitInterview.objects.create(
        refusal=refusal, owner_id=refusal.owner_id, interviewer_id=interviewer, due_on=due_on
    )
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Find out why the client really left")
    Touch.objects.get_or_create(
        rule=interview_rule(refusal.pk),
        defaults={
            "client_id": refusal.client_id,
            "kind": TouchKind.EXIT_INTERVIEW,
            "subject": subject,
            "assignee_id": interviewer,
            "follows_owner": False,
            "due_from": today,
            "due_on": due_on,
        },
    )
    return interview


def plan_interviews(*, now: datetime) -> Mapping[str, int]:
    """The sweep: refusals for which nobody could be found before."""
    planned = 0
    for pk in without_interview().values_list("pk", flat=True):
        with transaction.atomic():
            refusal = Refusal.objects.select_for_update().get(pk=pk)
            if not ExitInterview.objects.filter(refusal=refusal).exists():
                planned += plan_interview(refusal=refusal, now=now) is not None
    return {"planned": planned}


@transaction.atomic
def reassign_interview(
    *, interview: ExitInterview, original: Mapping[str, Any], interviewer: User, actor: User, now: datetime
) -> ExitInterview:
    """Another person asks; the call goes with it. ``original`` is whom the actor saw there."""
    interview = ExitInterview.objects.select_for_update().get(pk=interview.pk)
    if not (may_decide_keeping(actor) or actor.pk == interview.interviewer_id):
        raise ForbiddenError(_("Only the interviewer or the head passes an interview on."))
    if interview.held_at is not None:
        raise ConflictError(_("This interview has been held already."), code="held")
    if interviewer.pk == interview.owner_id:
        _refuse("interviewer", _("Whoever looked after the client does not ask why the client left."))
    if not in_department(interviewer):
        _refuse("interviewer", _("An interview is held by somebody of the department."))
    write_edit(interview, original=original, mine={"interviewer": interviewer})
    Touch.objects.filter(rule=interview_rule(interview.refusal_id), state=TouchState.OPEN).update(
        assignee=interviewer, updated_at=now
    )
    return interview


@transaction.atomic
def hold_interview(
    *, interview: ExitInterview, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> ExitInterview:
    """Writes down the talk (``STORY``, ``declined``) and the ``established_reason``; a second time corrects it, merged
    with what others wrote. The owner is refused. A client who would not talk leaves the reason unknown, or to a guess.
    """
    refusal = Refusal.objects.select_for_update().get(pk=interview.refusal_id)
    interview = ExitInterview.objects.select_for_update().get(pk=interview.pk)
    _check_talk(refusal, mine, actor)
    theirs = snapshot(interview, (*STORY, "declined")) | snapshot(refusal, ["established_reason"])
    changed = decide(theirs=theirs, original=original, mine=mine)
    for name in changed - {"established_reason"}:
        setattr(interview, name, mine[name])
    interview.interviewer, interview.held_at = actor, interview.held_at or now
    fields = [*(changed - {"established_reason"}), "interviewer", "held_at"]
    update_versioned(interview, fields=fields, expected_version=interview.version)
    if "established_reason" in changed:
        _establish(refusal, mine["established_reason"], actor, now)
    touch = Touch.objects.filter(rule=interview_rule(refusal.pk), state=TouchState.OPEN).first()
    if touch is not None:
        outcome = CallOutcome.REFUSED if interview.declined else CallOutcome.REACHED
        close_touch(touch=touch, outcome=outcome, note="", actor=actor, now=now)
    return interview


def _check_talk(refusal: Refusal, mine: Mapping[str, Any], actor: User) -> None:
    if refusal.withdrawn_at is not None:
        raise ConflictError(_("This refusal is withdrawn already."), code="withdrawn")
    if not may_hold_interview(actor, refusal):
        raise ForbiddenError(_("Whoever looked after the client does not ask why the client left."))
    if mine.get("declined"):
        return
    if mine.get("established_reason") is None:
        _refuse("established_reason", _("Say what the real reason was, or that the client would not talk."))
    if not any(str(mine.get(name, "")).strip() for name in STORY):
        _refuse("turning_point", _("Write down what the client told."))


def _establish(refusal: Refusal, reason: RefusalReason | None, actor: User, now: datetime) -> None:
    if reason is not None and reason.archived_at is not None and reason.pk != refusal.established_reason_id:
        _refuse("established_reason", _("This reason is not used any more: choose another one."))
    refusal.established_reason = reason
    refusal.established_at, refusal.established_by = (now, actor) if reason else (None, None)
    fields = ["established_reason", "established_at", "established_by"]
    update_versioned(refusal, fields=fields, expected_version=refusal.version)
    record_event(
        client_id=refusal.client_id,
        kind=EventKind.REFUSAL_ESTABLISHED,
        at=now,
        actor=actor,
        summary=f"{reason.get_kind_display()}: {reason.name}" if reason else _("The reason is not known after all."),
        data={"reason": reason.pk if reason else None},
        subject=refusal,
    )


def _refuse(field: str, text: str) -> None:
    raise DomainError(text, code=field, fields={field: [text]})

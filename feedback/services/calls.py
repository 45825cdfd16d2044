"""Recording a call: the attempt, what the client said, and the next contact, in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.queries import current_owner
from clients.services import record_event
from core.errors import ConflictError, DomainError
from core.models import new_external_id
from core.queries import load_calendar
from feedback.models import CallAnswer
from feedback.rules.calls import CLOSING, CallRecord, missing_fields
from feedback.services.answers import record_phone_response
from scripts.models import Question
from staff.models import User
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import CallAttempt, Touch
from work.rules import script_code
from work.services import plan_touch


@transaction.atomic
def record_call(
    *, touch: Touch, actor: User, record: CallRecord, now: datetime, version: int | None = None
) -> CallAttempt:
    """``version`` is the one the caller saw: of two who take the same call the second is told, and keeps the text."""
    touch = Touch.objects.select_for_update().select_related("client").get(pk=touch.pk)
    _check_still_open(touch, version)
    _check_complete(touch, record, now)
    attempt = CallAttempt.objects.create(
        touch=touch,
        at=now,
        user=actor,
        outcome=record.outcome,
        note=record.note.strip(),
        call_back_at=record.call_back_at if record.outcome == CallOutcome.CALL_BACK else None,
    )
    _keep_answers(attempt, record)
    if touch.kind == TouchKind.SURVEY_CALL and record.outcome == CallOutcome.REACHED and record.score is not None:
        record_phone_response(touch=touch, score=record.score, comment=record.note, actor=actor, now=now)
    _move_on(touch, record, actor, now)
    _tell(touch, attempt, actor)
    if record.outcome in CLOSING and record.next_touch_on is not None:
        plan_touch(client=touch.client, due_on=record.next_touch_on, subject=record.next_subject, actor=actor, now=now)
    return attempt


def _check_still_open(touch: Touch, version: int | None) -> None:
    if touch.state != TouchState.OPEN:
        raise ConflictError(_("This contact is closed already. Your text is still here."), code="closed")
    if version is not None and version != touch.version:
        raise ConflictError(_("A colleague has just recorded an attempt. Check it and record yours again."))


def _check_complete(touch: Touch, record: CallRecord, now: datetime) -> None:
    found = missing_fields(record, now=now, today=localdate(now), needs_score=touch.kind == TouchKind.SURVEY_CALL)
    if not found:
        return
    texts = {
        "nothing_said": _("Write down what the client said: an answer or a note."),
        "why_refused": _("Write down how the client refused."),
        "score": _("Enter the score the client gave."),
        "when": _("Enter when to call back."),
        "past": _("This moment has passed."),
        "next": _("When is the next contact? Enter a day, or say that none is needed."),
        "both": _("Either a day or “no further contact”, not both."),
        "about": _("Say what the next contact is about."),
    }
    fields = {name: [texts[code]] for name, code in found.items()}
    raise DomainError(_("The call cannot be recorded yet."), code="incomplete", fields=fields)


def _keep_answers(attempt: CallAttempt, record: CallRecord) -> None:
    """Only questions of this kind's script; of an older version too, when it was open on the screen."""
    said = {question_id: text.strip() for question_id, text in (record.answers or {}).items() if text.strip()}
    code = script_code(attempt.touch.kind, attempt.touch.rule)
    known = Question.objects.filter(pk__in=said, script_version__script__code=code)
    CallAnswer.objects.bulk_create(
        CallAnswer(attempt=attempt, question=question, text=said[question.pk]) for question in known
    )


def _move_on(touch: Touch, record: CallRecord, actor: User, now: datetime) -> None:
    touch.version += 1
    if record.outcome in CLOSING:
        touch.state, touch.outcome = TouchState.DONE, record.outcome
        touch.note, touch.closed_at, touch.closed_by = record.note.strip(), now, actor
        touch.external_id = touch.external_id or new_external_id()
    elif record.call_back_at is not None and record.outcome == CallOutcome.CALL_BACK:
        touch.not_before = record.call_back_at
        touch.due_on = max(touch.due_on, localdate(record.call_back_at))
    else:
        touch.not_before = load_calendar().add_working_hours(now, timedelta(hours=1), ZoneInfo(touch.client.timezone))
    touch.save()


def _tell(touch: Touch, attempt: CallAttempt, actor: User) -> None:
    owner = current_owner(touch.client)
    parts = [str(CallOutcome(attempt.outcome).label).capitalize()]
    if owner != actor:
        parts.append(_("in place of %(owner)s") % {"owner": owner})
    summary = ", ".join(parts) + (f". {attempt.note}" if attempt.note else "")
    record_event(
        client_id=touch.client_id,
        kind=EventKind.CALL,
        at=attempt.at,
        actor=actor,
        summary=summary,
        data={"touch": touch.kind, "outcome": attempt.outcome, "covering": owner != actor},
        subject=touch,
    )

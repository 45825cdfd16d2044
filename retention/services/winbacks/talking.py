"""The attempt itself: stage, next step, offer, who makes it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.services import record_event
from core.concurrency import update_versioned
from core.errors import ConflictError, DomainError, ForbiddenError
from core.formats import short_day
from retention.enums import WinBackStage
from retention.models import WinBack
from retention.permissions import may_decide_keeping, may_work_win_back
from retention.rules.stages import WIN_BACK
from retention.services.stages import check_move, told
from staff.models import User
from staff.permissions import in_department
from work.enums import TouchKind, TouchState
from work.models import Touch


def locked(win_back: WinBack, actor: User) -> WinBack:
    """The row as it stands, for whoever may work on it; a closed one is a conflict."""
    row = WinBack.objects.select_for_update(of=("self",)).select_related("client").get(pk=win_back.pk)
    if not may_work_win_back(actor, row):
        raise ForbiddenError(_("Whoever was given the client wins it back, or the head."))
    if row.outcome:
        text = _("This attempt is closed already: %(outcome)s.") % {"outcome": row.get_outcome_display()}
        raise ConflictError(text, code="closed")
    return row


def tell(
    row: WinBack, summary: str, *, actor: User | None, now: datetime, kind: EventKind = EventKind.WIN_BACK_CHANGED
) -> None:
    record_event(client_id=row.client_id, kind=kind, at=now, actor=actor, summary=summary, subject=row)


def open_touches(row: WinBack) -> QuerySet[Touch]:
    rule = f"winback:{row.pk}:"
    return Touch.objects.filter(
        client=row.client_id, kind=TouchKind.WIN_BACK, state=TouchState.OPEN, rule__startswith=rule
    )


@transaction.atomic
def move_stage(
    *, win_back: WinBack, stage: WinBackStage, seen: str, actor: User, now: datetime, note: str = ""
) -> WinBack:
    """``seen`` is the stage it was moved from: of two who move it at once the second is told where it stands.

    ``note`` says why it goes back or what happened; on the way to a stage with an offer it is also the offer, if none
    is written down yet.
    """
    row = locked(win_back, actor)
    if row.stage == stage:
        return row
    if row.stage != seen:
        stands = _("Somebody else has moved it meanwhile: it stands at “%(stage)s”.")
        raise ConflictError(stands % {"stage": row.get_stage_display()}, code="moved")
    if stage in WIN_BACK[1] and not row.offer:
        row.offer = note.strip()
    check_move(WIN_BACK, now=row.stage, then=stage, has_offer=bool(row.offer), reason=note)
    row.stage = stage
    update_versioned(row, fields=["stage", "offer"], expected_version=row.version)
    tell(row, told(row.get_stage_display(), note), actor=actor, now=now)
    return row


@transaction.atomic
def plan_step(*, win_back: WinBack, on: date, note: str, expected_version: int, actor: User, now: datetime) -> WinBack:
    """The next step with its call; the call that was open before gives way."""
    row = locked(win_back, actor)
    if on < localdate(now):
        past = _("Choose today or a day to come.")
        raise DomainError(past, code="past", fields={"on": [past]})
    row.next_step_on, row.note = on, note.strip()
    update_versioned(row, fields=["next_step_on", "note"], expected_version=expected_version)
    open_touches(row).exclude(due_on=on).update(
        state=TouchState.CANCELLED, note=_("Another day was agreed on."), closed_at=now, closed_by=actor, updated_at=now
    )
    Touch.objects.update_or_create(
        rule=f"winback:{row.pk}:{on:%Y-%m-%d}",
        defaults={
            "client_id": row.client_id,
            "kind": TouchKind.WIN_BACK,
            "subject": (row.note or _("Win the client's trust back"))[:300],
            "assignee_id": row.assignee_id,
            "follows_owner": False,
            "due_from": on,
            "due_on": on,
            "state": TouchState.OPEN,
            "outcome": "",
            "closed_at": None,
            "closed_by": None,
        },
    )
    tell(row, _("Next step on %(day)s. %(note)s") % {"day": short_day(on), "note": row.note}, actor=actor, now=now)
    return row


@transaction.atomic
def make_offer(*, win_back: WinBack, offer: str, expected_version: int, actor: User, now: datetime) -> WinBack:
    """What the client is offered; the attempt stands at least at that stage from then on."""
    row = locked(win_back, actor)
    if not offer.strip():
        empty = _("Say what is offered.")
        raise DomainError(empty, code="offer", fields={"offer": [empty]})
    row.offer = offer.strip()
    if row.stage in {WinBackStage.NEW, WinBackStage.TALKING}:
        row.stage = WinBackStage.OFFERED
    update_versioned(row, fields=["offer", "stage"], expected_version=expected_version)
    tell(row, _("Offer: %(offer)s") % {"offer": row.offer}, actor=actor, now=now)
    return row


@transaction.atomic
def pass_on(*, win_back: WinBack, assignee: User, expected_version: int, actor: User, now: datetime) -> WinBack:
    """Another person tries; the call goes along."""
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head gives clients to a campaign or to other people."))
    row = locked(win_back, actor)
    if not in_department(assignee):
        foreign = _("A contact with a client is for somebody of the department.")
        raise DomainError(foreign, code="assignee", fields={"assignee": [foreign]})
    row.assignee = assignee
    update_versioned(row, fields=["assignee"], expected_version=expected_version)
    open_touches(row).update(assignee=assignee, updated_at=now)
    tell(row, _("Passed on to %(who)s") % {"who": assignee}, actor=actor, now=now)
    return row

"""What the department learns from a refusal: written once, and followed up until it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.services import record_event
from core.concurrency import update_versioned, write_edit
from core.errors import DomainError
from retention.models import Refusal, Retro
from staff.models import User
from staff.permissions import in_department

LESSON = ("first_sign", "could_have", "will_change")


@transaction.atomic
def write_retro(
    *, refusal: Refusal, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Retro:
    """``LESSON``, ``responsible`` and ``due_on``; one that somebody wrote meanwhile is merged like any other."""
    refusal = Refusal.objects.select_for_update().get(pk=refusal.pk)
    present = Retro.objects.filter(refusal=refusal).first()
    _check(mine, present, localdate(now))
    if present is not None:
        write_edit(present, original=original, mine=mine)
        return present
    retro = Retro.objects.create(refusal=refusal, written_by=actor, written_at=now, **mine)
    record_event(
        client_id=refusal.client_id,
        kind=EventKind.NOTE,
        at=now,
        actor=actor,
        summary=_("Retro of the refusal: %(text)s") % {"text": retro.will_change},
        subject=refusal,
    )
    return retro


def _check(mine: Mapping[str, Any], present: Retro | None, today: date) -> None:
    for name in LESSON:
        if not str(mine.get(name, "")).strip():
            _refuse(name, _("Fill this in: a retro without it teaches nothing."))
    responsible, due_on = mine.get("responsible"), mine.get("due_on")
    if (responsible is None) != (due_on is None):
        field = "responsible" if responsible is None else "due_on"
        _refuse(field, _("A change has both somebody who answers for it and a day."))
    if responsible is not None and not in_department(responsible):
        _refuse("responsible", _("Only somebody of the department can answer for a change."))
    moved = present is None or present.due_on != due_on
    if due_on is not None and due_on < today and moved:
        _refuse("due_on", _("This day has passed."))


@transaction.atomic
def finish_retro(*, retro: Retro, done: bool, expected_version: int, actor: User, now: datetime) -> Retro:
    """The promised change is made; ``done=False`` takes the mark back."""
    retro.done_at = now if done else None
    update_versioned(retro, fields=["done_at"], expected_version=expected_version)
    return retro


def _refuse(field: str, text: str) -> None:
    raise DomainError(text, code=field, fields={field: [text]})

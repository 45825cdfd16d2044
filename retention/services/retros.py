"""What the department learns from a refusal: written once, and followed up until it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.services import record_event
from core.concurrency import update_versioned
from core.errors import ConflictError, DomainError
from retention.models import Refusal, Retro
from staff.models import User
from staff.permissions import in_department

LESSON = ("first_sign", "could_have", "will_change")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetroData:
    first_sign: str
    could_have: str
    will_change: str
    responsible: User | None = None
    due_on: date | None = None


@transaction.atomic
def write_retro(
    *, refusal: Refusal, data: RetroData, expected_version: int | None, actor: User, now: datetime
) -> Retro:
    """``expected_version`` is that of the retro on the screen, nothing for a new one."""
    refusal = Refusal.objects.select_for_update().get(pk=refusal.pk)
    present = Retro.objects.filter(refusal=refusal).first()
    if (present is None) != (expected_version is None):
        raise ConflictError(_("Somebody else has written this retro. Look at it before you save yours."))
    _check(data, present, localdate(now))
    values = {name: getattr(data, name).strip() for name in LESSON}
    values |= {"responsible": data.responsible, "due_on": data.due_on}
    if present is not None and expected_version is not None:
        for name, value in values.items():
            setattr(present, name, value)
        update_versioned(present, fields=list(values), expected_version=expected_version)
        return present
    retro = Retro.objects.create(refusal=refusal, written_by=actor, written_at=now, **values)
    record_event(
        client_id=refusal.client_id,
        kind=EventKind.NOTE,
        at=now,
        actor=actor,
        summary=_("Retro of the refusal: %(text)s") % {"text": retro.will_change},
        subject=refusal,
    )
    return retro


def _check(data: RetroData, present: Retro | None, today: date) -> None:
    for name in LESSON:
        if not getattr(data, name).strip():
            _refuse(name, _("Fill this in: a retro without it teaches nothing."))
    if (data.responsible is None) != (data.due_on is None):
        field = "responsible" if data.responsible is None else "due_on"
        _refuse(field, _("A change has both somebody who answers for it and a day."))
    if data.responsible is not None and not in_department(data.responsible):
        _refuse("responsible", _("Only somebody of the department can answer for a change."))
    moved = present is None or present.due_on != data.due_on
    if data.due_on is not None and data.due_on < today and moved:
        _refuse("due_on", _("This day has passed."))


@transaction.atomic
def finish_retro(*, retro: Retro, done: bool, expected_version: int, actor: User, now: datetime) -> Retro:
    """The promised change is made; ``done=False`` takes the mark back."""
    retro.done_at = now if done else None
    update_versioned(retro, fields=["done_at"], expected_version=expected_version)
    return retro


def _refuse(field: str, text: str) -> None:
    raise DomainError(text, code=field, fields={field: [text]})

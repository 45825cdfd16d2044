"""Objections of clients who left feed the library of the department."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from retention.models import MetObjection, Refusal
from scripts.enums import ObjectionKind
from scripts.models import Objection
from scripts.services import add_objection
from staff.models import User


@transaction.atomic
def note_objection(*, refusal: Refusal, objection: Objection, actor: User, now: datetime) -> Objection:
    """The client raised it too. Noted twice for one refusal it counts once."""
    _met, created = MetObjection.objects.get_or_create(
        objection=objection, refusal=refusal, defaults={"met_at": now, "noted_by": actor}
    )
    if created:
        Objection.objects.filter(pk=objection.pk).update(times_met=F("times_met") + 1)
        objection.refresh_from_db()
    return objection


@transaction.atomic
def add_objection_of(
    *, refusal: Refusal, kind: ObjectionKind, text: str, answer: str, actor: User, now: datetime
) -> Objection:
    """A new one for the library, with this refusal as its source."""
    objection = add_objection(kind=kind, text=text, answer=answer, actor=actor)
    return note_objection(refusal=refusal, objection=objection, actor=actor, now=now)

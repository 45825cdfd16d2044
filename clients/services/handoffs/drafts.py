from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import HandoffStatus
from clients.models import Handoff, StoredFile
from core.errors import ConflictError
from core.locks import lock_keys
from staff.models import User

FORM = "form"


@transaction.atomic
def save_draft(
    *,
    key: str,
    payload: dict[str, Any],
    actor: User,
    now: datetime,
    handoff: Handoff | None = None,
    signed_file: StoredFile | None = None,
) -> Handoff:
    """Keeps whatever the form holds, wrong or unfinished. The same key is the same draft.

    A returned hand-off, from wherever it came, keeps its corrections until it is sent again.
    """
    source = handoff.source if handoff else FORM
    lock_keys([f"handoff:{source}:{key}"])
    draft = Handoff.objects.filter(source=source, external_id=key).first() or Handoff(
        source=FORM, external_id=key, salesperson=actor
    )
    if draft.salesperson_id != actor.pk or draft.status not in {HandoffStatus.DRAFT, HandoffStatus.RETURNED}:
        raise ConflictError(_("This hand-off was sent already and cannot be kept as a draft."))
    if draft.pk:
        draft.version += 1
    draft.draft = payload
    draft.signed_file = signed_file or draft.signed_file
    draft.save()
    return draft


@transaction.atomic
def discard_draft(*, handoff: Handoff, actor: User) -> None:
    """A draft is its author's own paper: nothing was said to anybody, so it may go."""
    removed, _rows = Handoff.objects.filter(pk=handoff.pk, salesperson=actor, status=HandoffStatus.DRAFT).delete()
    if not removed:
        raise ConflictError(_("Only a draft can be thrown away."))

"""The department's own list of reasons. A reason that was ever used stays: it is renamed or retired, never deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.concurrency import update_versioned, write_edit
from core.errors import DomainError, ForbiddenError
from core.locks import lock_keys
from retention.enums import ReasonKind
from retention.models import RefusalReason
from retention.permissions import may_decide_keeping
from staff.models import User


@transaction.atomic
def add_reason(*, kind: ReasonKind, name: str, actor: User) -> RefusalReason:
    _check(actor, kind, name, None)
    return RefusalReason.objects.create(kind=kind, name=name.strip())


@transaction.atomic
def rename_reason(*, reason: RefusalReason, original: Mapping[str, Any], name: str, actor: User) -> RefusalReason:
    """The same reason in other words: refusals that have it read the new ones. ``original`` is the name seen."""
    _check(actor, ReasonKind(reason.kind), name, reason)
    reason = RefusalReason.objects.select_for_update().get(pk=reason.pk)
    write_edit(reason, original=original, mine={"name": name.strip()})
    return reason


@transaction.atomic
def retire_reason(
    *, reason: RefusalReason, retired: bool, expected_version: int, actor: User, now: datetime
) -> RefusalReason:
    """A retired reason is not offered any more; refusals that have it keep it. The last one of a kind stays."""
    _check_leader(actor)
    others = RefusalReason.objects.filter(kind=reason.kind, archived_at__isnull=True).exclude(pk=reason.pk)
    if retired and not others.exists():
        raise DomainError(_("Each kind keeps at least one reason."), code="last")
    reason.archived_at = now if retired else None
    update_versioned(reason, fields=["archived_at"], expected_version=expected_version)
    return reason


def _check_leader(actor: User) -> None:
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head or an administrator changes the reasons."))


def _check(actor: User, kind: ReasonKind, name: str, but: RefusalReason | None) -> None:
    _check_leader(actor)
    lock_keys(["refusal-reasons"])
    if not name.strip():
        _refuse(_("A reason needs a name."))
    same = RefusalReason.objects.filter(kind=kind, name__iexact=name.strip())
    if (same.exclude(pk=but.pk) if but else same).exists():
        _refuse(_("There is such a reason already."))


def _refuse(text: str) -> None:
    raise DomainError(text, code="name", fields={"name": [text]})

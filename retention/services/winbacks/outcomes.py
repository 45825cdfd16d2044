"""How an attempt ends: with a contract or an order, or with a reason; the head takes an end back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.models import Contract, Order
from core.concurrency import update_versioned
from core.errors import ConflictError, DomainError, ForbiddenError
from retention.enums import WinBackOutcome
from retention.models import RefusalReason, WinBack
from retention.permissions import may_decide_keeping
from retention.queries.winbacks.page import returning_contracts, returning_orders
from retention.services.winbacks.talking import locked, open_touches, tell
from staff.models import User
from work.enums import TouchState

_CLOSING = ["outcome", "contract", "order", "lost_reason", "note", "closed_at", "closed_by", "next_step_on"]


@transaction.atomic
def win(
    *,
    win_back: WinBack,
    contract: Contract | None,
    order: Order | None,
    note: str,
    expected_version: int,
    actor: User,
    now: datetime,
) -> WinBack:
    """Won by what the client signed or bought since; the figures read the dates of that, never this record."""
    row = locked(win_back, actor)
    if contract is None and order is None:
        nothing = _("Choose the contract or the order that the client came back with.")
        raise DomainError(nothing, code="nothing", fields={"contract": [nothing]})
    if contract is not None and not returning_contracts(row).filter(pk=contract.pk).exists():
        _refuse("contract", _("This contract was signed before the attempt began."))
    if order is not None and not returning_orders(row).filter(pk=order.pk).exists():
        _refuse("order", _("This order does not stand, or was placed before the attempt began."))
    row.contract, row.order = contract, order
    return _close(row, WinBackOutcome.WON, note, expected_version, actor, now)


@transaction.atomic
def lose(
    *, win_back: WinBack, reason: RefusalReason, note: str, expected_version: int, actor: User, now: datetime
) -> WinBack:
    row = locked(win_back, actor)
    if reason.archived_at is not None:
        _refuse("lost_reason", _("This reason is not used any more: choose another one."))
    row.lost_reason = reason
    return _close(row, WinBackOutcome.LOST, note, expected_version, actor, now)


def _close(
    row: WinBack, outcome: WinBackOutcome, note: str, expected_version: int, actor: User, now: datetime
) -> WinBack:
    row.outcome, row.closed_at, row.closed_by, row.next_step_on = outcome, now, actor, None
    row.note = note.strip()
    update_versioned(row, fields=_CLOSING, expected_version=expected_version)
    open_touches(row).update(
        state=TouchState.CANCELLED, note=row.get_outcome_display(), closed_at=now, closed_by=actor, updated_at=now
    )
    words = f"{row.get_outcome_display()}. {row.lost_reason or ''} {row.note}".strip()
    tell(row, words, actor=actor, now=now, kind=EventKind.WIN_BACK_CLOSED)
    return row


@transaction.atomic
def reopen(*, win_back: WinBack, note: str, expected_version: int, actor: User, now: datetime) -> WinBack:
    """The head takes a recorded end back; what the client signed or bought stays."""
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head opens a closed attempt again."))
    if not note.strip():
        _refuse("note", _("Say why it is opened again."))
    row = WinBack.objects.select_for_update().get(pk=win_back.pk)
    if not row.outcome:
        raise ConflictError(_("This attempt is open already."), code="open")
    if WinBack.objects.filter(client=row.client_id, outcome="").exists():
        raise ConflictError(_("Another attempt for this client is open."), code="other")
    row.outcome, row.contract, row.order, row.lost_reason = "", None, None, None
    row.closed_at, row.closed_by, row.note = None, None, note.strip()
    update_versioned(row, fields=_CLOSING, expected_version=expected_version)
    tell(row, _("Opened again: %(why)s") % {"why": row.note}, actor=actor, now=now)
    return row


def _refuse(field: str, text: str) -> None:
    raise DomainError(text, code=field, fields={field: [text]})

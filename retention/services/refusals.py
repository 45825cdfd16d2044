"""Refusals: written down as the client said it; the real reason is found out by somebody else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.models import Client, Contract
from clients.queries import owner_on
from clients.services import record_event
from core.concurrency import update_versioned, write_edit
from core.errors import ConflictError, DomainError
from core.locks import lock_keys
from retention.models import Refusal, RefusalReason, Renewal
from retention.queries.refusals import lost_value
from retention.services.freezes import end_by_refusal
from retention.services.interviews import interview_rule, plan_interview
from retention.services.unexplained import question_rule
from staff.models import User
from work.enums import TouchState
from work.models import Touch
from work.services import cancel_touch


@transaction.atomic
def record_refusal(
    *,
    client: Client,
    contract: Contract | None,
    refused_on: date,
    stated_reason: RefusalReason,
    stated_words: str,
    tried: str,
    actor: User | None,
    now: datetime,
) -> Refusal:
    """The refusal with its owner and value of that day, a timeline event and an exit interview, all or nothing."""
    lock_keys([f"refusal:{client.pk}"])
    _check(client, contract, refused_on, stated_reason, localdate(now))
    refusal = Refusal.objects.create(
        client=client,
        contract=contract,
        refused_on=refused_on,
        owner=owner_on(client, refused_on),
        monthly_value=lost_value(client, contract, day=refused_on),
        stated_reason=stated_reason,
        stated_words=stated_words.strip(),
        tried=tried.strip(),
        recorded_by=actor,
    )
    record_event(
        client_id=client.pk,
        kind=EventKind.REFUSED,
        at=now,
        actor=actor,
        summary=f"{stated_reason.get_kind_display()}: {stated_reason.name}",
        data={"on": refused_on.isoformat(), "reason": stated_reason.pk, "contract": contract.pk if contract else None},
        subject=refusal,
    )
    plan_interview(refusal=refusal, now=now)
    end_by_refusal(client=client, contract=contract, refused_on=refused_on, actor=actor, now=now)
    if contract is not None:
        _drop_touch(question_rule(contract.pk), _("The reason is recorded."), actor, now)
    return refusal


def _check(client: Client, contract: Contract | None, refused_on: date, reason: RefusalReason, today: date) -> None:
    if refused_on > today:
        _refuse("refused_on", _("A refusal cannot be recorded before it happens."))
    if reason.archived_at is not None:
        _refuse("stated_reason", _("This reason is not used any more: choose another one."))
    standing = Refusal.objects.filter(client=client, withdrawn_at__isnull=True)
    if contract is None:
        if standing.filter(contract__isnull=True, refused_on=refused_on).exists():
            _refuse("refused_on", _("A refusal of this client is recorded on this day already."))
        return
    if contract.client_id != client.pk:
        _refuse("contract", _("This contract belongs to another client."))
    if standing.filter(contract=contract).exists():
        _refuse("contract", _("The refusal of this contract is recorded already."))


@transaction.atomic
def edit_refusal(
    *, refusal: Refusal, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Refusal:
    """``stated_reason``, ``stated_words``, ``tried``: what the client said, merged with what others put right."""
    refusal = Refusal.objects.select_for_update().get(pk=refusal.pk)
    _check_stands(refusal)
    reason = mine.get("stated_reason")
    if reason is not None and reason.archived_at is not None and reason.pk != refusal.stated_reason_id:
        _refuse("stated_reason", _("This reason is not used any more: choose another one."))
    changed = write_edit(refusal, original=original, mine=mine)
    if changed:
        record_event(
            client_id=refusal.client_id,
            kind=EventKind.REFUSED,
            at=now,
            actor=actor,
            summary=_corrected(refusal, changed),
            subject=refusal,
        )
    return refusal


def _corrected(refusal: Refusal, changed: Collection[str]) -> str:
    """Words that somebody put right stand on the timeline as they now read; the audit trail keeps the former."""
    said = {
        "stated_reason": _("Stated reason corrected: %(text)s") % {"text": refusal.stated_reason.name},
        "stated_words": _("Client's words corrected: %(text)s") % {"text": refusal.stated_words or "—"},
        "tried": _("What was tried, corrected: %(text)s") % {"text": refusal.tried or "—"},
    }
    return ". ".join(text for name, text in said.items() if name in changed)


@transaction.atomic
def withdraw_refusal(*, refusal: Refusal, note: str, expected_version: int, actor: User, now: datetime) -> Refusal:
    """The client changed his mind: nobody asks him why he left, and a renewal closed by this refusal is open again."""
    _check_stands(refusal)
    if not note.strip():
        _refuse("note", _("Say what made the client change his mind."))
    refusal.withdrawn_at = now
    update_versioned(refusal, fields=["withdrawn_at"], expected_version=expected_version)
    _drop_touch(interview_rule(refusal.pk), _("The client changed his mind."), actor, now)
    Renewal.objects.filter(refusal=refusal).update(
        outcome="", refusal=None, closed_at=None, closed_by=None, version=F("version") + 1
    )
    record_event(
        client_id=refusal.client_id,
        kind=EventKind.REFUSED,
        at=now,
        actor=actor,
        summary=_("Refusal withdrawn: %(note)s") % {"note": note.strip()},
        subject=refusal,
    )
    return refusal


def _check_stands(refusal: Refusal) -> None:
    if refusal.withdrawn_at is not None:
        raise ConflictError(_("This refusal is withdrawn already."), code="withdrawn")


def _drop_touch(rule: str, reason: str, actor: User | None, now: datetime) -> None:
    touch = Touch.objects.filter(rule=rule, state=TouchState.OPEN).first()
    if touch is not None:
        cancel_touch(touch=touch, reason=reason, actor=actor, now=now)


def _refuse(field: str, text: str) -> None:
    raise DomainError(text, code=field, fields={field: [text]})

"""A project that stands still: told by hand, by another program or by a file; the owner calls the same day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind, Source
from clients.models import Client, Contract
from clients.services import record_event
from core.concurrency import update_versioned, write_edit
from core.errors import ConflictError, DomainError, IdempotencyConflictError
from core.locks import lock_keys
from core.models import new_external_id
from core.wakeup import wake
from retention.enums import FreezeOutcome, StopKind, StopReason
from retention.models import Freeze
from staff.models import User
from work.enums import TouchState
from work.models import Touch
from work.services import cancel_touch


@dataclass(frozen=True, slots=True, kw_only=True)
class StopData:
    stopped_on: date
    kind: StopKind = StopKind.CAMPAIGN_STOPPED
    reason: StopReason = StopReason.UNKNOWN
    words: str = ""
    expected_end: date | None = None
    contract: Contract | None = None
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    freeze: Freeze
    created: bool  # False: the same request came before, nothing was written


def save_rule(freeze_id: int) -> str:
    return f"save:freeze:{freeze_id}"


def return_rule(freeze_id: int, expected_end: date) -> str:
    return f"save:return:{expected_end:%Y%m%d}:{freeze_id}"


@transaction.atomic
def record_stop(
    *,
    client: Client,
    data: StopData,
    actor: User | None,
    now: datetime,
    source: Source = Source.MANUAL,
    digest: str = "",
) -> Stopped:
    """Freezes the client and wakes the sweep that plans the save call. A repeated request gets its first answer."""
    lock_keys([f"stop:{data.external_id}"] if data.external_id else [])
    lock_keys([f"freeze:{client.pk}"])
    earlier = Freeze.objects.filter(external_id=data.external_id).first() if data.external_id else None
    if earlier is not None:
        if not digest or earlier.request_digest != digest:
            raise IdempotencyConflictError(_("This stop was sent before with other contents."))
        return Stopped(earlier, created=False)
    _check(client, data, localdate(now))
    freeze = Freeze.objects.create(
        external_id=data.external_id or new_external_id(),
        client=client,
        contract=data.contract,
        kind=data.kind,
        stopped_on=data.stopped_on,
        reason=data.reason,
        words=data.words.strip(),
        expected_end=data.expected_end,
        recorded_by=actor,
        told_at=now,
        source=source,
        request_digest=digest,
    )
    record_event(
        client_id=client.pk,
        kind=EventKind.FROZEN,
        at=now,
        actor=actor,
        summary=f"{freeze.get_kind_display()}: {freeze.get_reason_display()}",
        data={"on": data.stopped_on.isoformat(), "reason": data.reason, "source": source},
        subject=freeze,
    )
    wake("retention.plan_save_calls")
    return Stopped(freeze, created=True)


def _check(client: Client, data: StopData, today: date) -> None:
    if client.archived_at is not None:
        raise ConflictError(_("This client is in the archive."), code="archived")
    if data.stopped_on > today:
        _refuse("stopped_on", _("A stop cannot be recorded before it happens."))
    if data.expected_end is not None and data.expected_end < data.stopped_on:
        _refuse("expected_end", _("A project cannot resume before it stopped."))
    if data.contract is not None and data.contract.client_id != client.pk:
        _refuse("contract", _("This contract belongs to another client."))
    if Freeze.objects.filter(client=client, outcome="").exists():
        raise ConflictError(_("This client is frozen already."), code="frozen_already")


@transaction.atomic
def edit_freeze(
    *, freeze: Freeze, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Freeze:
    """``reason``, ``words``, ``expected_end``: what the owner has found out, merged with what others wrote meanwhile.
    A new day of return is asked about anew.
    """
    freeze = Freeze.objects.select_for_update().get(pk=freeze.pk)
    _check_open(freeze)
    end = mine.get("expected_end")
    if end is not None and end < freeze.stopped_on:
        _refuse("expected_end", _("A project cannot resume before it stopped."))
    changed = write_edit(freeze, original=original, mine=mine)
    if changed:
        record_event(
            client_id=freeze.client_id,
            kind=EventKind.FROZEN,
            at=now,
            actor=actor,
            summary=_("Reason of the stop: %(reason)s") % {"reason": freeze.get_reason_display()},
            data={"fields": sorted(changed)},
            subject=freeze,
        )
    return freeze


@transaction.atomic
def resume_client(
    *, freeze: Freeze, resumed_on: date, actor: User | None, now: datetime, expected_version: int | None = None
) -> Freeze:
    """The client goes on. Said twice it changes nothing; one who left for good does not resume."""
    locked = Freeze.objects.select_for_update().get(pk=freeze.pk)
    if locked.outcome == FreezeOutcome.RESUMED:
        return locked
    _check_open(locked)
    if resumed_on > localdate(now) or resumed_on < locked.stopped_on:
        _refuse("resumed_on", _("The day lies between the stop and today."))
    return _end(locked, FreezeOutcome.RESUMED, resumed_on, actor, now, expected_version)


def end_by_refusal(
    *, client: Client, contract: Contract | None, refused_on: date, actor: User | None, now: datetime
) -> Freeze | None:
    """A frozen client who refuses has left: the refusal tells why. A stop of another contract goes on."""
    freeze = Freeze.objects.select_for_update().filter(client=client, outcome="").first()
    if freeze is None or (contract is not None and freeze.contract_id not in {None, contract.pk}):
        return None
    return _end(freeze, FreezeOutcome.LEFT, max(refused_on, freeze.stopped_on), actor, now, None)


def _end(
    freeze: Freeze, outcome: FreezeOutcome, day: date, actor: User | None, now: datetime, version: int | None
) -> Freeze:
    freeze.outcome, freeze.ended_on, freeze.closed_by = outcome, day, actor
    update_versioned(
        freeze,
        fields=["outcome", "ended_on", "closed_by"],
        expected_version=freeze.version if version is None else version,
    )
    waiting = Touch.objects.filter(rule__startswith="save:", rule__endswith=f":{freeze.pk}", client=freeze.client_id)
    for touch in waiting.filter(state=TouchState.OPEN):
        cancel_touch(touch=touch, reason=str(freeze.get_outcome_display()), actor=actor, now=now)
    record_event(
        client_id=freeze.client_id,
        kind=EventKind.FREEZE_ENDED,
        at=now,
        actor=actor,
        summary=str(freeze.get_outcome_display()),
        data={"on": day.isoformat()},
        subject=freeze,
    )
    return freeze


def _check_open(freeze: Freeze) -> None:
    if freeze.outcome:
        raise ConflictError(_("This stop has ended already."), code="ended")


def _refuse(field: str, text: str) -> None:
    raise DomainError(text, code=field, fields={field: [text]})

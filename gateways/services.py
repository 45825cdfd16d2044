"""Writing letters into the outbox, and what people decide about them. Delivery itself: ``gateways.delivery``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core.errors import ConflictError
from core.fixed_insert import FixedInsert
from core.wakeup import wake
from gateways import rules
from gateways.delivery import deliver_due
from gateways.enums import Decision, MessageClass, MessageState
from gateways.models import OutboxMessage

__all__ = [
    "LetterDraft",
    "decide_letter",
    "deliver_due",
    "enqueue_letter",
    "enqueue_letters",
    "message_id",
    "retry_failed",
]

DELIVERY = "gateways.deliver_due"  # the sweep's name in accounting_crm.beat
_BATCH = 500
_UNLESS_TAKEN = FixedInsert(OutboxMessage, unless_taken=True)


@dataclass(frozen=True)
class LetterDraft:
    """One letter to be. ``key`` names its reason ("welcome:handoff:12"): the same reason is never written twice."""

    key: str
    to_address: str
    subject: str
    text: str
    html: str = ""
    to_name: str = ""
    reply_to: str = ""
    message_class: MessageClass = MessageClass.SERVICE
    send_after: datetime | None = None
    expires_at: datetime | None = None  # pointless afterwards: not sent any more, listed as failed
    headers: Mapping[str, str] = field(default_factory=dict)


def enqueue_letter(draft: LetterDraft, *, now: datetime) -> OutboxMessage:
    """Writes one letter inside the caller's transaction; the same key answers with the row that is there."""
    ids = enqueue_letters([draft], now=now)
    return OutboxMessage.objects.get(pk=ids[draft.key])


def enqueue_letters(drafts: Iterable[LetterDraft], *, now: datetime) -> dict[str, int]:
    """Writes many letters at once inside the caller's transaction; answers key → id, old rows included."""
    rows = {draft.key: _row(draft, now) for draft in drafts}
    if any(row.send_after <= now for row in rows.values()):
        wake(DELIVERY)
    if len(rows) == 1:
        [(key, row)] = rows.items()
        if _UNLESS_TAKEN.write(row):
            return {key: row.pk}
    else:
        OutboxMessage.objects.bulk_create(rows.values(), batch_size=_BATCH, ignore_conflicts=True)
    return dict(OutboxMessage.objects.filter(key__in=rows).values_list("key", "id"))


def decide_letter(*, message_id: int, decision: Decision, decided_by: str, now: datetime) -> None:
    """A person's word on a letter: ``rules.decisions_for`` its state. Somebody was faster: ConflictError."""
    states = [state for state in MessageState if decision in rules.decisions_for(state)]
    values: dict[str, object] = {
        "state": rules.state_after(decision),
        "decision": decision,
        "decided_by": decided_by[:200],
        "decided_at": now,
        "claimed_by": "",
        "claimed_until": None,
    }
    if decision == Decision.ARRIVED:
        values["sent_at"] = now
    if decision == Decision.RESEND:
        values |= {"send_after": now, "attempts": 0, "expires_at": None, "error": ""}
    if not OutboxMessage.objects.filter(pk=message_id, state__in=states).update(**values):
        raise ConflictError(_("The letter is in another state by now; look at it again."))
    wake(DELIVERY)


def retry_failed(*, decided_by: str, now: datetime) -> int:
    """Puts every letter that failed for the server's sake back into the queue; a wrong address stays failed."""
    failed = OutboxMessage.objects.filter(state=MessageState.FAILED).exclude(error__startswith=rules.NOT_AN_ADDRESS)
    wake(DELIVERY)
    return failed.update(
        state=MessageState.QUEUED,
        decision=Decision.RESEND,
        decided_by=decided_by[:200],
        decided_at=now,
        send_after=now,
        expires_at=None,
        attempts=0,
        error="",
    )


def withdraw_letters(*, message_ids: Collection[int], now: datetime) -> int:
    """Letters whose reason is gone: those that still wait are not sent any more."""
    waiting = OutboxMessage.objects.filter(pk__in=message_ids, state=MessageState.QUEUED)
    return waiting.update(state=MessageState.CANCELLED, error="the reason is gone")


def message_id(key: str) -> str:
    """The same for the same reason on every host, so that a mail server can recognise a repeated letter."""
    digest = salted_hmac("gateways.message_id", key, algorithm="sha256").hexdigest()[:40]
    return f"<{digest}@{_domain(settings.DEFAULT_FROM_EMAIL)}>"


@lru_cache(8)
def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def _row(draft: LetterDraft, now: datetime) -> OutboxMessage:
    deliverable = rules.is_deliverable(draft.to_address)
    reply_to = rules.one_line(draft.reply_to, 320)
    return OutboxMessage(
        key=draft.key,
        message_class=draft.message_class,
        state=MessageState.QUEUED if deliverable else MessageState.FAILED,
        error="" if deliverable else f"{rules.NOT_AN_ADDRESS}: {rules.one_line(draft.to_address, 254)}",
        to_address=rules.one_line(draft.to_address, 254),
        to_name=rules.one_line(draft.to_name, 200),
        reply_to=reply_to if rules.is_deliverable(reply_to) else "",
        subject=rules.one_line(draft.subject, 300),
        text=rules.without_nul(draft.text),
        html=rules.without_nul(draft.html),
        headers=rules.safe_headers(dict(draft.headers)),
        message_id=message_id(draft.key),
        created_at=now,
        send_after=draft.send_after or now,
        expires_at=draft.expires_at,
    )

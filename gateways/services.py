"""Writing letters into the outbox, and what people decide about them. Delivery itself: ``gateways.delivery``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils.crypto import salted_hmac

from gateways import rules
from gateways.enums import MessageClass, MessageState
from gateways.models import OutboxMessage

_BATCH = 500


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
    OutboxMessage.objects.bulk_create(rows.values(), batch_size=_BATCH, ignore_conflicts=True)
    return dict(OutboxMessage.objects.filter(key__in=rows).values_list("key", "id"))


def message_id(key: str) -> str:
    """The same for the same reason on every host, so that a mail server can recognise a repeated letter."""
    digest = salted_hmac("gateways.message_id", key, algorithm="sha256").hexdigest()[:40]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{digest}@{domain}>"


def _row(draft: LetterDraft, now: datetime) -> OutboxMessage:
    deliverable = rules.is_deliverable(draft.to_address)
    reply_to = rules.one_line(draft.reply_to, 320)
    return OutboxMessage(
        key=draft.key,
        message_class=draft.message_class,
        state=MessageState.QUEUED if deliverable else MessageState.FAILED,
        error="" if deliverable else f"not an address: {rules.one_line(draft.to_address, 254)}",
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

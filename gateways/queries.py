"""The outbox as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, QuerySet
from django.db.models.functions import Lower

from gateways.enums import MessageClass, MessageState
from gateways.models import OutboxMessage

#: States that end in people's hands or are on their way: few rows, counted exactly.
_LIVE = [MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING, MessageState.UNCERTAIN, MessageState.FAILED]


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """``trouble`` is what the mail server said when it was last out of reach, if letters still wait because of it."""

    counts: dict[str, int]
    trouble: str
    is_local: bool


def outbox_health() -> OutboxHealth:
    rows = OutboxMessage.objects.filter(state__in=_LIVE).order_by().values_list("state")
    waiting = OutboxMessage.objects.filter(state=MessageState.QUEUED).exclude(error="")
    return OutboxHealth(
        counts=dict(rows.annotate(n=Count("pk"))),
        trouble=waiting.order_by("send_after", "id").values_list("error", flat=True).first() or "",
        is_local=not settings.EMAIL_HOST,
    )


def outbox_list(*, state: str = "", message_class: str = "", search: str = "") -> QuerySet[OutboxMessage]:
    """Without bodies: a page of fifty letters is not megabytes."""
    rows = OutboxMessage.objects.defer("text", "html", "headers")
    if state in MessageState.values:
        rows = rows.filter(state=state)
    if message_class in MessageClass.values:
        rows = rows.filter(message_class=message_class)
    if search:
        rows = rows.alias(address=Lower("to_address")).filter(address__startswith=search.lower())
    return rows

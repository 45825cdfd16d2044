"""Who asks for attention: one list over all kinds, with the call that is planned and how late it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.urls import reverse

from clients.models import Client, TimelineEvent
from core.fixed import FixedQuery
from feedback.queries.subjects import CallSubject
from retention.enums import AttentionKind
from retention.models import Attention, Tally
from retention.permissions import visible_attention
from retention.rules.silence import HEAD_SEES_AFTER, RED_AFTER, Lateness, times_norm
from staff.models import User
from staff.permissions import colleague, in_department, leads
from work.enums import TouchState
from work.models import Touch

TALLY = "attention"
SORTS = {
    "": ("-value", "-id"),
    "value": ("value", "id"),
    "-value": ("-value", "-id"),
    "since": ("since", "id"),
    "-since": ("-since", "-id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionFilter:
    """``late``: calls that nobody makes, "head" from two days on, "red" from five."""

    manager: int | None = None
    kind: str = ""
    tier: str = ""
    call: str = ""  # "open", "done", "none"
    late: str = ""


class Sign(NamedTuple):
    """All that a line of the list shows; ``event_kind`` and ``event_at`` are of the client's last event."""

    id: int
    kind: str
    since: date
    norm_days: int | None
    value: Decimal
    client_id: int
    client: str
    tier: str
    owner: str | None
    touch_id: int | None
    touch_state: str | None
    due_on: date | None
    event_kind: str | None
    event_at: datetime | None


#: The columns of ``Sign``.
SHOWN = (
    "id", "kind", "since", "norm_days", "value", "client_id", "client__name", "client__tier", "owner__name", "touch_id",
    "touch__state", "touch__due_on", "event_kind", "event_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """A sign on the client's card."""

    item: Attention
    times_norm: float | None


def attention(user: User, wanted: AttentionFilter, *, today: date) -> QuerySet[Attention]:
    rows = visible_attention(user)
    same = {"owner_id": wanted.manager, "kind": wanted.kind, "client__tier": wanted.tier}
    rows = rows.filter(**{name: value for name, value in same.items() if value})
    if wanted.call == "none":
        rows = rows.filter(touch__isnull=True)
    elif wanted.call:
        rows = rows.filter(touch__state=wanted.call)
    if wanted.late:
        days = RED_AFTER if wanted.late == Lateness.RED else HEAD_SEES_AFTER
        rows = rows.filter(touch__state=TouchState.OPEN, touch__due_on__lte=today - timedelta(days=days))
    return rows


def counts(user: User, wanted: AttentionFilter, *, today: date) -> dict[str, int]:
    """By kind, whichever kind is chosen; counted along where only a manager is asked for."""
    if in_department(user) and not (wanted.tier or wanted.call or wanted.late):
        tally = Tally.objects.filter(of=TALLY, **({"owner_id": wanted.manager} if wanted.manager else {}))
        found = dict(tally.values_list("label").annotate(Sum("number")))
    else:
        rows = attention(user, replace(wanted, kind=""), today=today)
        found = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    return {str(kind): found.get(kind, 0) for kind in AttentionKind}


def lines(rows: QuerySet[Attention]) -> QuerySet[Attention, Any]:
    """What ``Sign`` is made of; the last event of each client comes with it."""
    last = TimelineEvent.objects.filter(client=OuterRef("client")).order_by("-at", "-id")
    told = rows.annotate(event_kind=Subquery(last.values("kind")[:1]), event_at=Subquery(last.values("at")[:1]))
    return told.values_list(*SHOWN, named=True)


def attention_of(client: Client, user: User, *, today: date) -> list[AttentionRow]:
    """For the client's card: one query."""
    if not in_department(user):
        return []
    items = _OF_CLIENT.rows(client.pk)
    return [AttentionRow(row, times_norm(since=row.since, norm=row.norm_days, today=today)) for row in items]


def _of_client(client_id: int) -> QuerySet[Attention]:
    rows = visible_attention(colleague()).filter(client=client_id).select_related("touch")
    return rows.order_by("kind", "pk")[:5]


_OF_CLIENT = FixedQuery(_of_client, int)


def attention_waiting(user: User, *, today: date) -> int:
    """The number in the menu: for the head calls that nobody makes, for a manager the open ones of his clients."""
    rows = visible_attention(user)
    if leads(user):
        return attention(user, AttentionFilter(late="head"), today=today)[:1000].count()
    return rows.filter(owner=user, touch__state=TouchState.OPEN)[:1000].count()


def call_subject(touch: Touch, user: User) -> CallSubject | None:
    """Beside the call stands why it was planned; its page has the button that takes the client into win-back."""
    items = list(visible_attention(user).filter(touch=touch).select_related("order").order_by("kind", "pk")[:5])
    if not items:
        return None
    return CallSubject(
        "retention/attention/_call.html", {"items": items}, reverse("clients:card", args=[touch.client_id])
    )

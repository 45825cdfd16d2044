"""Who asks for attention: one list over all kinds, with the call that is planned and how late it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils.timezone import localdate

from clients.enums import EventKind
from clients.models import Client, TimelineEvent
from core.fixed import FixedQuery
from feedback.queries.subjects import CallSubject
from retention.enums import AttentionKind
from retention.models import Attention, Tally
from retention.permissions import visible_attention
from retention.rules.silence import HEAD_SEES_AFTER, RED_AFTER, Lateness, lateness, times_norm
from staff.models import User
from staff.permissions import colleague, in_department, leads
from work.enums import TouchState
from work.models import Touch

#: ``values`` and ``choices`` of an enumeration say every label anew, in the language of the moment.
_EVENTS = {kind.value: kind.label for kind in EventKind}
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


@dataclass(frozen=True, slots=True)
class AttentionRow:
    item: Attention
    event_kind: str
    event_at: date | None
    times_norm: float | None
    days: int
    lateness: Lateness

    @property
    def event(self) -> str:
        label = _EVENTS.get(self.event_kind)
        return str(label) if label else ""


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


def with_names(rows: QuerySet[Attention]) -> QuerySet[Attention]:
    """All that a row shows; the last event of each client comes with it."""
    last = TimelineEvent.objects.filter(client=OuterRef("client")).order_by("-at", "-id")
    own = ("kind", "since", "norm_days", "value")
    others = ("client__name", "client__tier", "owner__name", "touch__state", "touch__due_on")
    return (
        rows.select_related("client", "owner", "touch")
        .only(*own, *others)
        .annotate(event_kind=Subquery(last.values("kind")[:1]), event_at=Subquery(last.values("at")[:1]))
    )


def as_rows(items: list[Attention], *, today: date) -> list[AttentionRow]:
    return [_row(item, today) for item in items]


def _row(item: Attention, today: date) -> AttentionRow:
    touch = item.touch
    event_at = getattr(item, "event_at", None)
    due_on = touch.due_on if touch is not None and touch.state == TouchState.OPEN else None
    return AttentionRow(
        item,
        getattr(item, "event_kind", "") or "",
        localdate(event_at) if event_at else None,
        times_norm(since=item.since, norm=item.norm_days, today=today),
        (today - item.since).days,
        lateness(due_on=due_on, today=today),
    )


def attention_of(client: Client, user: User, *, today: date) -> list[AttentionRow]:
    """For the client's card: one query."""
    return as_rows(_OF_CLIENT.rows(client.pk), today=today) if in_department(user) else []


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

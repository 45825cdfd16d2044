"""Frozen clients: who they are, for how long, and what is behind a figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from clients.models import Assignment, ClientSegment
from core.figures import Period
from retention.models import Freeze
from retention.permissions import visible_freezes
from staff.models import User
from staff.queries import name_at
from work.models import Touch

OPEN, ENDED = "open", "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeFilter:
    """``period`` is of the stop; manager and tier are those of that day."""

    view: str = ""
    period: Period | None = None
    manager_id: int | None = None
    tier: str = ""
    kind: str = ""
    reason: str = ""
    outcome: str = ""


def open_freezes() -> QuerySet[Freeze]:
    """What stands still now; an archived client is nobody's to call."""
    return Freeze.objects.filter(outcome="", client__archived_at__isnull=True).order_by("stopped_on", "id")


def frozen_now(client_field: str = "pk") -> Exists:
    """For a list of clients: does this one stand still?"""
    return Exists(Freeze.objects.filter(client=OuterRef(client_field), outcome=""))


def freezes(user: User, wanted: FreezeFilter) -> QuerySet[Freeze]:
    rows = visible_freezes(user)
    if wanted.view == OPEN:
        rows = rows.filter(outcome="")
    elif wanted.view == ENDED:
        rows = rows.exclude(outcome="")
    if wanted.period is not None:
        rows = rows.filter(stopped_on__gte=wanted.period.start, stopped_on__lt=wanted.period.end)
    same = {"kind": wanted.kind, "reason": wanted.reason, "outcome": wanted.outcome}
    rows = rows.filter(**{name: value for name, value in same.items() if value})
    if wanted.tier:
        rows = rows.filter(tier_on("stopped_on", wanted.tier))
    return rows.filter(owned_on("stopped_on", wanted.manager_id)) if wanted.manager_id else rows


def tier_on(day: str, tier: str) -> Exists:
    segments = ClientSegment.objects.filter(client=OuterRef("client_id"), tier=tier, from_on__lte=OuterRef(day))
    return Exists(segments.filter(Q(until_on__isnull=True) | Q(until_on__gt=OuterRef(day))))


def owned_on(day: str, user_id: int) -> Exists:
    held = Assignment.objects.filter(client=OuterRef("client_id"), user_id=user_id)
    return Exists(
        held.filter(Q(ended_at__isnull=True) | Q(ended_at__date__gt=OuterRef(day)), started_at__date__lte=OuterRef(day))
    )


class Stop(NamedTuple):
    """All that a line of the list shows."""

    id: int
    client: str
    tier: str
    kind: str
    reason: str
    stopped_on: date
    expected_end: date | None
    outcome: str
    owner: str | None


#: The columns of ``Stop``.
SHOWN = (
    "id", "client__name", "client__tier", "kind", "reason", "stopped_on", "expected_end", "outcome", "owner",
)  # fmt: skip


def lines(rows: QuerySet[Freeze]) -> QuerySet[Freeze, Any]:
    """What ``Stop`` is made of."""
    return rows.annotate(owner=name_at("client__standing__owner")).values_list(*SHOWN, named=True)


def freeze_for_page(user: User) -> QuerySet[Freeze]:
    return visible_freezes(user).select_related("client__standing__owner", "contract", "closed_by", "recorded_by")


def calls_of(freeze: Freeze) -> list[Touch]:
    """The call of the day it stopped, and those of the days on which it should have gone on."""
    calls = Touch.objects.filter(client=freeze.client_id, rule__startswith="save:", rule__endswith=f":{freeze.pk}")
    return list(calls.select_related("assignee").order_by("due_on", "id")[:10])


def counted_by_state(user: User, *, today: date) -> dict[str, int]:
    """How many stand still now, and how many of them should have resumed by today."""
    rows = visible_freezes(user).filter(outcome="").order_by()
    return rows.aggregate(open=Count("pk"), overdue=Count("pk", filter=Q(expected_end__lt=today)))

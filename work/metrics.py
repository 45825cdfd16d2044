"""Figures of planned contacts: kept in time or not, and what waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate

from core.figures import Figure, Period, Unit, ratio
from work.enums import TouchState
from work.models import Touch

#: In time: closed on the last day of its window at the latest. Planned late, it never had a chance and says nothing.
KEPT = """
    SELECT t.assignee_id,
        count(*) FILTER (WHERE t.state = 'done' AND (t.closed_at AT TIME ZONE %(zone)s)::date <= t.due_on),
        count(*) FILTER (WHERE NOT (t.state = 'open' AND t.due_on >= %(today)s)),
        count(*) FILTER (WHERE t.state = 'open' AND t.due_on >= %(today)s)
    FROM work_touch t
    WHERE t.due_on >= %(start)s AND t.due_on < %(end)s AND t.state <> 'cancelled' AND NOT t.is_late
        AND (%(people)s::bigint[] IS NULL OR t.assignee_id = ANY(%(people)s)) GROUP BY t.assignee_id
"""
WAITING = """
    SELECT t.assignee_id, count(*), count(*) FILTER (WHERE t.due_on < %(today)s) FROM work_touch t
    WHERE t.state = 'open' AND (%(people)s::bigint[] IS NULL OR t.assignee_id = ANY(%(people)s)) GROUP BY t.assignee_id
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    open: int = 0
    overdue: int = 0


NOBODY_WAITS = Waiting()


def touches_on_time(period: Period, *, today: date, people: Iterable[int] | None = None) -> dict[int, Figure]:
    """Of each assignee: contacts due in the period that were closed in time, out of those that are decided."""
    rows = _rows(KEPT, today=today, people=people, start=period.start, end=period.end)
    return {
        person: ratio(Unit.SHARE, kept, decided, pending=pending, matured=today > period.last)
        for person, kept, decided, pending in rows
    }


def waiting_touches(*, today: date, people: Iterable[int] | None = None) -> dict[int, Waiting]:
    return {person: Waiting(waits, late) for person, waits, late in _rows(WAITING, today=today, people=people)}


def missed_touches(period: Period, *, today: date, assignee: int) -> QuerySet[Touch]:
    """Who is behind the contacts that were not in time."""
    closed_on = TruncDate("closed_at", tzinfo=ZoneInfo(settings.TIME_ZONE))
    missed = Q(state=TouchState.OPEN, due_on__lt=today) | Q(state=TouchState.DONE, closed_on__gt=F("due_on"))
    return (
        Touch.objects.filter(assignee=assignee, due_on__gte=period.start, due_on__lt=period.end, is_late=False)
        .annotate(closed_on=closed_on)
        .filter(missed)
        .select_related("client")
        .order_by("due_on", "id")
    )


def _rows(sql: str, *, people: Iterable[int] | None, **params: Any) -> list[tuple[Any, ...]]:
    asked = {**params, "zone": settings.TIME_ZONE, "people": None if people is None else list(people)}
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return list(cursor.fetchall())

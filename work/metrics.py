"""Figures of planned contacts: kept in time or not, and what waits. By assignee; ``%(people)s`` names some of them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate

from core.figures import Period
from work.enums import TouchState
from work.models import Touch

#: In time: closed on the last day of its window at the latest. Planned late, it never had a chance and says nothing.
KEPT = """
    SELECT t.assignee_id AS person,
        count(*) FILTER (WHERE t.state = 'done' AND (t.closed_at AT TIME ZONE %(zone)s)::date <= t.due_on) AS kept,
        count(*) FILTER (WHERE NOT (t.state = 'open' AND t.due_on >= %(today)s)) AS decided,
        count(*) FILTER (WHERE t.state = 'open' AND t.due_on >= %(today)s) AS pending
    FROM work_touch t
    WHERE t.due_on >= %(start)s AND t.due_on < %(end)s AND t.state <> 'cancelled' AND NOT t.is_late
        AND (%(people)s::bigint[] IS NULL OR t.assignee_id = ANY(%(people)s)) GROUP BY t.assignee_id
"""
WAITING = """
    SELECT t.assignee_id AS person, count(*) AS open, count(*) FILTER (WHERE t.due_on < %(today)s) AS overdue FROM work_touch t
    WHERE t.state = 'open' AND (%(people)s::bigint[] IS NULL OR t.assignee_id = ANY(%(people)s)) GROUP BY t.assignee_id
"""


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

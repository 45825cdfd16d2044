"""Planned contacts that were not kept in time."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate

from core.figures import Period
from work.enums import TouchState
from work.models import Touch


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

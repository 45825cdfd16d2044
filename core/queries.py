from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings

from core.models import Company, WorkdayOverride, WorkingPeriod
from core.workdays import USUAL_PERIODS, WorkCalendar


def company() -> Company:
    """The one row of settings; its defaults where a database has none yet."""
    return Company.objects.filter(pk=1).first() or Company(pk=1)


def load_calendar() -> WorkCalendar:
    """The company's calendar as of now; load it once per request or sweep and pass it on."""
    periods: dict[int, tuple[tuple[time, time], ...]] = {}
    for weekday, starts, ends in WorkingPeriod.objects.order_by("weekday", "starts").values_list(
        "weekday", "starts", "ends"
    ):
        periods[weekday] = (*periods.get(weekday, ()), (starts, ends))
    return WorkCalendar(
        zone=ZoneInfo(settings.TIME_ZONE),
        periods=periods or USUAL_PERIODS,
        overrides=dict(WorkdayOverride.objects.values_list("day", "is_working")),
    )

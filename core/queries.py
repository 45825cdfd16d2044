from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings

from core.fixed import FixedQuery
from core.models import Company, WorkdayOverride, WorkingPeriod
from core.workdays import USUAL_PERIODS, WorkCalendar

_COMPANY = FixedQuery(lambda: Company.objects.filter(pk=1))
_PERIODS = FixedQuery(lambda: WorkingPeriod.objects.order_by("weekday", "starts"))
_OVERRIDES = FixedQuery(lambda: WorkdayOverride.objects.order_by("day"))


def company() -> Company:
    """The one row of settings; its defaults where a database has none yet."""
    return _COMPANY.first() or Company(pk=1)


def load_calendar() -> WorkCalendar:
    """The company's calendar as of now; load it once per request or sweep and pass it on."""
    periods: dict[int, tuple[tuple[time, time], ...]] = {}
    for row in _PERIODS.rows():
        periods[row.weekday] = (*periods.get(row.weekday, ()), (row.starts, row.ends))
    return WorkCalendar(
        zone=ZoneInfo(settings.TIME_ZONE),
        periods=periods or USUAL_PERIODS,
        overrides={row.day: row.is_working for row in _OVERRIDES.rows()},
    )

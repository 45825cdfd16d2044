from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
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


def company_at_version(version: int, *, fields: Sequence[str]) -> dict[str, Any] | None:
    """What the person who opened the settings saw, from the audit trail."""
    events = apps.get_model("core", "CompanyEvent")._default_manager
    seen = events.filter(version=version).order_by("-pgh_id").values(*fields).first()
    return dict(seen) if seen else None

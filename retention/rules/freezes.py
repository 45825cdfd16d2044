"""When the owner calls a client whose project has stopped."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.workdays import WorkCalendar


def save_call_day(told_at: datetime, calendar: WorkCalendar) -> date:
    """The same day while anybody is still at work, else the next working day; by the company's clock."""
    local = told_at.astimezone(calendar.zone)
    periods = calendar.periods_of(local.date())
    if periods and local.time() < periods[-1][1]:
        return local.date()
    return calendar.next_workday(local.date() + timedelta(days=1))

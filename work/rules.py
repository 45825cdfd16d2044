"""When a client is due to be contacted, decided from values and the day alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.workdays import WorkCalendar
from work.enums import TouchKind

RENEWAL_STAGES = (90, 60, 30)  # days before the end that have a script of their own


@dataclass(frozen=True, slots=True)
class Window:
    """From which day, until which day (included); late when it was over before anybody could plan it."""

    due_from: date
    due_on: date
    is_late: bool = False


def window(base: date, from_: int, until: int, calendar: WorkCalendar, *, shift: bool, today: date) -> Window:
    """Calendar days after ``base``; an end on a day off moves forward; a window that is over falls due today."""
    due_on = base + timedelta(days=until)
    if shift:
        due_on = calendar.next_workday(due_on)
    if today > due_on:
        return Window(today, today, is_late=True)
    return Window(base + timedelta(days=from_), due_on)


def joins(completed_on: date, *, previous_is_open: bool, previous_closed_on: date | None, join_days: int) -> bool:
    """A frequent buyer is not contacted anew: the order belongs to the contact that is open or was lately made."""
    if previous_is_open:
        return True
    return previous_closed_on is not None and completed_on <= previous_closed_on + timedelta(days=join_days)


def letter_time(moment: datetime, zone: ZoneInfo, hour: int) -> datetime:
    """The next time it is ``hour`` o'clock where the client lives."""
    local = moment.astimezone(zone)
    at = datetime.combine(local.date(), time(hour), zone)
    return at if at >= local else datetime.combine(local.date() + timedelta(days=1), time(hour), zone)


def script_code(kind: str, rule: str | None) -> str:
    """The script of a planned contact. A renewal call has one per stage: its rule ends with the days before the end."""
    if kind != TouchKind.RENEWAL:
        return kind
    days = (rule or "").rpartition(":")[2]
    left = int(days) if days.isascii() and days.isdigit() else 0
    return f"renewal-{min(RENEWAL_STAGES, key=lambda stage: (abs(stage - left), stage))}"

"""Working days and hours: the Russian production calendar, the company's own exceptions and periods.

Pure: it knows values only. ``core.queries.load_calendar`` fills it from the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

Period = tuple[time, time]

#: Further off there is no business, and the days around it can't be counted.
FIRST_YEAR, LAST_YEAR = 1990, 2199

#: What a company works that has not said otherwise: Monday to Friday, nine to six.
USUAL_PERIODS: Mapping[int, tuple[Period, ...]] = MappingProxyType(
    {weekday: ((time(9), time(18)),) for weekday in range(5)}
)


@cache
def _production_year(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Days off (holidays and days they were moved to) and Saturdays that everybody works."""
    days = holidays.country_holidays("RU", years=year)
    return frozenset(days), frozenset(day for day in days.weekend_workdays if day.year == year)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Answers when people work. ``zone`` is the company's; a question may name another."""

    zone: ZoneInfo
    periods: Mapping[int, tuple[Period, ...]] = field(default_factory=lambda: USUAL_PERIODS)
    overrides: Mapping[date, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not any(self.periods.values()):
            raise ValueError("A calendar needs at least one working period.")
        for weekday, periods in self.periods.items():
            if any(starts >= ends for starts, ends in periods) or any(
                earlier[1] > later[0] for earlier, later in pairwise(periods)
            ):
                raise ValueError(f"Working periods of weekday {weekday} overlap or are not in order.")

    def is_workday(self, day: date) -> bool:
        decided = self.overrides.get(day)
        if decided is not None:
            return decided
        days_off, worked_weekends = _production_year(day.year)
        if day in worked_weekends:
            return True
        return bool(self.periods.get(day.weekday())) and day not in days_off

    def next_workday(self, day: date) -> date:
        """The day itself when it is a working one."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def add_workdays(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day`` (before it, when negative)."""
        step = timedelta(days=1 if n > 0 else -1)
        for _ in range(abs(n)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def periods_of(self, day: date) -> tuple[Period, ...]:
        """Working stretches of that day, local time; a worked weekend goes by the last usual day before it."""
        if not self.is_workday(day):
            return ()
        for back in range(7):
            periods = self.periods.get((day.weekday() - back) % 7)
            if periods:
                return periods
        raise AssertionError  # pragma: no cover - __post_init__ saw a period

    def is_working_time(self, moment: datetime, zone: ZoneInfo | None = None) -> bool:
        local = moment.astimezone(zone or self.zone)
        return any(starts <= local.time() < ends for starts, ends in self.periods_of(local.date()))

    def add_working_hours(self, moment: datetime, hours: float | timedelta, zone: ZoneInfo | None = None) -> datetime:
        """The moment at which so much working time has passed, by the clock of ``zone``."""
        left = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
        for starts, ends in self._stretches(moment, zone or self.zone):
            length = ends - starts
            if length >= left:
                return starts + left
            left -= length
        raise AssertionError  # pragma: no cover - the stretches never end

    def working_minutes(self, start: datetime, end: datetime) -> float:
        """Minutes of the company's working time between two moments; 0 when they are not in order."""
        total = timedelta()
        end = end.astimezone(UTC)
        for starts, ends in self._stretches(start, self.zone):
            if starts >= end:
                break
            total += min(ends, end) - starts
        return total / timedelta(minutes=1)

    def _stretches(self, moment: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """What is left of the working time from ``moment`` on, in UTC: clocks may jump in between."""
        moment = moment.astimezone(UTC)
        day = moment.astimezone(zone).date()
        while True:
            for starts, ends in self.periods_of(day):
                begin = max(datetime.combine(day, starts, zone).astimezone(UTC), moment)
                finish = datetime.combine(day, ends, zone).astimezone(UTC)
                if begin < finish:
                    yield begin, finish
            day += timedelta(days=1)

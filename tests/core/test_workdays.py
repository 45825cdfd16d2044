from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.models import Company, WorkdayOverride, WorkingPeriod
from core.queries import company, load_calendar
from core.workdays import WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
calendar = WorkCalendar(zone=MOSCOW)


def moscow(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2024, 4, 27), True),  # worked Saturdays
        (date(2024, 11, 2), True),
        (date(2024, 12, 28), True),
        (date(2025, 11, 1), True),
        (date(2027, 2, 20), True),
        (date(2024, 4, 29), False),  # days the holidays were moved to
        (date(2025, 5, 2), False),
        (date(2025, 12, 31), False),
        (date(2026, 1, 9), False),
        (date(2026, 3, 9), False),
        (date(2026, 12, 31), False),
        (date(2023, 12, 29), True),
        (date(2024, 2, 29), True),
    ],
)
def test_workday_follows_production_calendar(day: date, *, expected: bool) -> None:
    assert calendar.is_workday(day) is expected


@pytest.mark.parametrize(("year", "days"), [(2024, 248), (2025, 247), (2026, 247), (2027, 247)])
def test_year_has_the_published_number_of_working_days(year: int, days: int) -> None:
    every = (date(year, 1, 1) + timedelta(n) for n in range(366 if year % 4 == 0 else 365))
    assert sum(calendar.is_workday(day) for day in every) == days


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 21), date(2026, 11, 23)),
        (date(2025, 12, 31), date(2026, 1, 12)),
        (date(2024, 12, 31), date(2025, 1, 9)),
        (date(2025, 11, 1), date(2025, 11, 1)),
    ],
)
def test_next_workday_moves_forward_only_from_a_day_off(day: date, expected: date) -> None:
    assert calendar.next_workday(day) == expected


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2024, 2, 28), 2, date(2024, 3, 1)),
        (date(2026, 11, 23), -1, date(2026, 11, 20)),
        (date(2025, 12, 30), 1, date(2026, 1, 12)),
    ],
)
def test_add_workdays_counts_working_days(day: date, n: int, expected: date) -> None:
    assert calendar.add_workdays(day, n) == expected


def test_override_wins_over_production_calendar() -> None:
    own = WorkCalendar(zone=MOSCOW, overrides={date(2026, 11, 21): True, date(2026, 11, 20): False})
    assert own.is_workday(date(2026, 11, 21))
    assert not own.is_workday(date(2026, 11, 20))


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (moscow(2026, 11, 20, 17, 30), moscow(2026, 11, 23, 9, 30), 60),
        (moscow(2026, 11, 21, 10), moscow(2026, 11, 22, 10), 0),
        (moscow(2026, 11, 20, 8), moscow(2026, 11, 20, 20), 540),
        (moscow(2026, 11, 20, 12), moscow(2026, 11, 20, 11), 0),
        (moscow(2025, 12, 30, 17), moscow(2026, 1, 12, 10), 120),
        (datetime(2026, 11, 20, 14, 30, tzinfo=UTC), datetime(2026, 11, 20, 15, 30, tzinfo=UTC), 30),
    ],
)
def test_working_minutes(start: datetime, end: datetime, minutes: float) -> None:
    assert calendar.working_minutes(start, end) == minutes


def test_working_minutes_leave_the_break_out() -> None:
    lunch = WorkCalendar(zone=MOSCOW, periods={4: ((time(9), time(13)), (time(14), time(18)))})
    assert lunch.working_minutes(moscow(2026, 11, 20, 12, 30), moscow(2026, 11, 20, 14, 30)) == 60
    assert not lunch.is_working_time(moscow(2026, 11, 20, 13, 30))
    assert lunch.is_working_time(moscow(2026, 11, 20, 14))


@pytest.mark.parametrize(
    ("moment", "hours", "expected"),
    [
        (moscow(2026, 11, 20, 10), 4, moscow(2026, 11, 20, 14)),
        (moscow(2026, 11, 20, 16), 4, moscow(2026, 11, 23, 11)),
        (moscow(2026, 11, 20, 14), 4, moscow(2026, 11, 20, 18)),
        (moscow(2026, 11, 21, 3), 4, moscow(2026, 11, 23, 13)),
        (moscow(2025, 12, 30, 17), 4, moscow(2026, 1, 12, 12)),
        (moscow(2024, 4, 26, 17), 4, moscow(2024, 4, 27, 12)),
    ],
)
def test_add_working_hours(moment: datetime, hours: float, expected: datetime) -> None:
    assert calendar.add_working_hours(moment, hours) == expected


def test_add_working_hours_goes_by_the_zone_asked_for() -> None:
    vladivostok = ZoneInfo("Asia/Vladivostok")
    begun = moscow(2026, 11, 20, 12)  # 19:00 there: the day is over
    assert calendar.add_working_hours(begun, 1, vladivostok) == datetime(2026, 11, 23, 10, tzinfo=vladivostok)


@pytest.mark.parametrize(("day", "minutes"), [(date(2026, 3, 29), 300), (date(2026, 10, 25), 420)])
def test_hours_over_a_clock_change_are_real_hours(day: date, minutes: int) -> None:
    night = WorkCalendar(zone=BERLIN, periods={6: ((time(0), time(6)),)}, overrides={day: True})
    start = datetime.combine(day, time(0), BERLIN)
    assert night.working_minutes(start, start + timedelta(days=1)) == minutes
    assert night.add_working_hours(start, timedelta(minutes=minutes)) == datetime.combine(day, time(6), BERLIN)


@pytest.mark.parametrize(
    "periods",
    [{}, {0: ()}, {0: ((time(18), time(9)),)}, {0: ((time(9), time(14)), (time(13), time(18)))}],
)
def test_calendar_refuses_impossible_periods(periods: dict[int, tuple[tuple[time, time], ...]]) -> None:
    with pytest.raises(ValueError, match="period"):
        WorkCalendar(zone=MOSCOW, periods=periods)


@pytest.mark.django_db
def test_calendar_and_company_come_with_the_database() -> None:
    assert load_calendar() == WorkCalendar(zone=MOSCOW)
    assert company().accept_hours == 4


@pytest.mark.django_db
def test_calendar_reads_own_periods_and_days() -> None:
    WorkingPeriod.objects.all().delete()
    WorkingPeriod.objects.create(weekday=0, starts=time(14), ends=time(18))
    WorkingPeriod.objects.create(weekday=0, starts=time(9), ends=time(13))
    WorkdayOverride.objects.create(day=date(2026, 11, 23), is_working=False)
    own = load_calendar()
    assert own.periods == {0: ((time(9), time(13)), (time(14), time(18)))}
    assert own.next_workday(date(2026, 11, 21)) == date(2026, 11, 30)


@pytest.mark.django_db
def test_empty_database_gives_the_usual() -> None:
    WorkingPeriod.objects.all().delete()
    Company.objects.all().delete()
    assert load_calendar() == WorkCalendar(zone=MOSCOW)
    assert company().low_score == 6

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from core.workdays import WorkCalendar
from work.rules import Window, joins, window

calendar = WorkCalendar(zone=ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(
    ("base", "today", "expected"),
    [
        (date(2026, 11, 16), date(2026, 11, 16), Window(date(2026, 11, 19), date(2026, 11, 23))),  # Saturday → Monday
        (date(2026, 11, 18), date(2026, 11, 18), Window(date(2026, 11, 21), date(2026, 11, 23))),
        (date(2026, 11, 10), date(2026, 11, 12), Window(date(2026, 11, 13), date(2026, 11, 16))),  # Sunday → Monday
        (date(2025, 12, 26), date(2025, 12, 26), Window(date(2025, 12, 29), date(2026, 1, 12))),  # 31 December is off
        (date(2024, 2, 24), date(2024, 2, 24), Window(date(2024, 2, 27), date(2024, 2, 29))),
        (date(2024, 4, 22), date(2024, 4, 22), Window(date(2024, 4, 25), date(2024, 4, 27))),  # worked Saturday
        (date(2026, 11, 16), date(2026, 11, 23), Window(date(2026, 11, 19), date(2026, 11, 23))),
        (date(2026, 11, 16), date(2026, 11, 24), Window(date(2026, 11, 24), date(2026, 11, 24), is_late=True)),
    ],
)
def test_window_counts_calendar_days_and_shifts_its_end(base: date, today: date, expected: Window) -> None:
    assert window(base, 3, 5, calendar, shift=True, today=today) == expected


def test_window_without_shift_may_end_on_a_day_off() -> None:
    day = date(2026, 11, 16)
    assert window(day, 3, 5, calendar, shift=False, today=day) == Window(date(2026, 11, 19), date(2026, 11, 21))


@pytest.mark.parametrize(
    ("is_open", "closed_on", "expected"),
    [
        (True, None, True),
        (False, None, False),
        (False, date(2026, 10, 21), True),  # the thirtieth day
        (False, date(2026, 10, 20), False),
        (False, date(2026, 11, 25), True),  # told of late
    ],
)
def test_order_joins_an_open_or_recent_contact(*, is_open: bool, closed_on: date | None, expected: bool) -> None:
    assert joins(date(2026, 11, 20), previous_is_open=is_open, previous_closed_on=closed_on, join_days=30) is expected

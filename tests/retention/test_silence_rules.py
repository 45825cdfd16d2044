from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from retention.rules.silence import Lateness, begins_on, lateness, own_gap, silence_norm, times_norm

TODAY = date(2026, 11, 20)


def test_own_gap_is_the_median_between_days_with_orders() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 11), date(2026, 1, 11), date(2026, 2, 10)]
    assert own_gap(days) == Decimal(20)
    assert own_gap([TODAY]) is None


def test_silence_follows_the_clients_own_rhythm_once_there_is_one() -> None:
    assert silence_norm(orders=3, gap=Decimal("10.5"), factor=Decimal(2), usual=180) == 21
    assert silence_norm(orders=2, gap=Decimal(10), factor=Decimal(2), usual=180) == 180
    assert silence_norm(orders=3, gap=None, factor=Decimal(2), usual=180) == 180


def test_silence_begins_the_day_after_the_norm() -> None:
    assert begins_on(date(2026, 11, 1), 10) == date(2026, 11, 12)


def test_times_of_the_norm() -> None:
    assert times_norm(since=date(2026, 11, 5), norm=10, today=TODAY) == 1.5
    assert times_norm(since=date(2026, 11, 5), norm=None, today=TODAY) is None


@pytest.mark.parametrize(
    ("due_on", "seen"),
    [
        (None, Lateness.NONE),
        (date(2026, 11, 19), Lateness.NONE),
        (date(2026, 11, 18), Lateness.HEAD),
        (date(2026, 11, 15), Lateness.RED),
    ],
)
def test_ladder_of_lateness(due_on: date | None, seen: Lateness) -> None:
    assert lateness(due_on=due_on, today=TODAY) == seen

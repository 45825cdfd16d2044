from __future__ import annotations

from datetime import date

import pytest

from retention.rules.silence import Lateness, lateness, times_norm

TODAY = date(2026, 11, 20)


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

"""When silence is a sign, and how far up a late call has climbed; who is silent is decided in SQL over every client at once."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

OWN_RHYTHM_FROM = 3  # orders: fewer say nothing of a client's own rhythm
TOUCH_WORKDAYS = 2  # to make the call that the sweep plans
HEAD_SEES_AFTER, RED_AFTER = 2, 5  # days that such a call is overdue


class Lateness(StrEnum):
    """How far up a call that nobody makes has climbed (ask 16)."""

    NONE = ""
    HEAD = "head"
    RED = "red"


def times_norm(*, since: date, norm: int | None, today: date) -> float | None:
    """How many norms have passed."""
    return round((today - since).days / norm, 1) if norm else None


def lateness(*, due_on: date | None, today: date) -> Lateness:
    overdue = (today - due_on).days if due_on else 0
    if overdue >= RED_AFTER:
        return Lateness.RED
    return Lateness.HEAD if overdue >= HEAD_SEES_AFTER else Lateness.NONE

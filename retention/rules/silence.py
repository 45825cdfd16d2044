"""When silence is a sign: pure decisions. The sweep says the same in SQL over every client at once."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median

OWN_RHYTHM_FROM = 3  # orders: fewer say nothing of a client's own rhythm
TOUCH_WORKDAYS = 2  # to make the call that the sweep plans
HEAD_SEES_AFTER, RED_AFTER = 2, 5  # days that such a call is overdue


class Lateness(StrEnum):
    """How far up a call that nobody makes has climbed (ask 16)."""

    NONE = ""
    HEAD = "head"
    RED = "red"


def own_gap(days: Collection[date]) -> Decimal | None:
    """The client's own median gap between days with orders; None while there is no rhythm to speak of."""
    ordered = sorted(set(days))
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    return Decimal(str(median(gaps))) if gaps else None


def silence_norm(*, orders: int, gap: Decimal | None, factor: Decimal, usual: int) -> int:
    """Days without an order that are still fine."""
    if orders < OWN_RHYTHM_FROM or gap is None:
        return usual
    return math.floor(gap * factor)


def begins_on(since: date, norm: int) -> date:
    """The first day beyond the norm."""
    return since + timedelta(days=norm + 1)


def times_norm(*, since: date, norm: int | None, today: date) -> float | None:
    """How many norms have passed."""
    return round((today - since).days / norm, 1) if norm else None


def lateness(*, due_on: date | None, today: date) -> Lateness:
    overdue = (today - due_on).days if due_on else 0
    if overdue >= RED_AFTER:
        return Lateness.RED
    return Lateness.HEAD if overdue >= HEAD_SEES_AFTER else Lateness.NONE

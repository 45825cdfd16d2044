"""A transaction that lost a deadlock has written nothing: it is begun anew, and by then the winner is through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError
from psycopg2.errors import DeadlockDetected  # type: ignore[import-untyped]

ATTEMPTS = 3
T = TypeVar("T")


def begun_anew(act: Callable[[], T]) -> T:
    """What ``act`` answers, which must own its outermost transaction. Raises ``OperationalError`` when it loses again and
    again, and whatever else ``act`` raises at once.
    """
    for _lost in range(ATTEMPTS - 1):
        try:
            return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return act()

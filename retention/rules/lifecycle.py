"""From new to regular (row B46): what counts is orders that stand."""

from __future__ import annotations

from enum import StrEnum

ACTIVE_FROM = 2


class Lifecycle(StrEnum):
    NEW = "new"
    ACTIVE = "active"
    REGULAR = "regular"


def lifecycle(orders: int, *, regular_from: int) -> Lifecycle:
    """By valid orders ever; a client who has left keeps what he became."""
    if orders >= regular_from:
        return Lifecycle.REGULAR
    return Lifecycle.ACTIVE if orders >= ACTIVE_FROM else Lifecycle.NEW

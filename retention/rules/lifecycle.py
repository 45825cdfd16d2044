"""From new to regular (row B46): what counts is orders that stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from clients.metrics import ACTIVE_FROM
from retention.enums import Lifecycle


def lifecycle(orders: int, *, regular_from: int) -> Lifecycle:
    """By valid orders ever; a client who has left keeps what he became."""
    if orders >= regular_from:
        return Lifecycle.REGULAR
    return Lifecycle.ACTIVE if orders >= ACTIVE_FROM else Lifecycle.NEW


def steps(orders: Sequence[datetime], *, regular_from: int) -> list[tuple[Lifecycle, datetime]]:
    """``orders``: moments of the valid ones, the oldest first. Each stage with the order that led to it."""
    found: list[tuple[Lifecycle, datetime]] = []
    for number, moment in enumerate(orders, start=1):
        stage = lifecycle(number, regular_from=regular_from)
        if not found or found[-1][0] != stage:
            found.append((stage, moment))
    return found

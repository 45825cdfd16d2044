"""What follows a contract and how it ended, one contract at a time: what the SQL of ``retention.metrics`` is held against.

Spans come in the order in which they were written: of two equal ones the later stands for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum

from retention.rules.contracts import Span, gap_days, in_line


class DueStatus(StrEnum):
    """What became of a contract that ended."""

    REPLACED = "replaced"
    RENEWED = "renewed"
    LATE = "late"
    PENDING = "pending"
    REFUSED = "refused"

    @property
    def is_renewed(self) -> bool:
        return self in {DueStatus.RENEWED, DueStatus.LATE}


def is_nested(span: Span, others: Sequence[Span]) -> bool:
    """Inside another one in line: it is never due."""
    place = next(number for number, other in enumerate(others) if other is span)
    return any(
        other is not span
        and in_line(span.products, other.products)
        and other.start <= span.start
        and (other.end or date.max) >= (span.end or date.max)
        and ((other.start, other.end) != (span.start, span.end) or number > place)
        for number, other in enumerate(others)
    )


def next_span(span: Span, others: Iterable[Span], *, known_by: date) -> Span | None:
    """The first in line by start, signed by then, that starts after this one and ends later."""
    if span.end is None:
        return None
    following = [
        (other.start, -(other.end or date.max).toordinal(), -number, other)
        for number, other in enumerate(others)
        if other.start > span.start
        and (other.end is None or other.end > span.end)
        and in_line(span.products, other.products)
        and (other.known_on is None or other.known_on <= known_by)
    ]
    return min(following, key=lambda one: one[:3])[3] if following else None


def due_status(*, end: date, next_start: date | None, as_of: date, grace: int, early: int) -> DueStatus:
    if next_start is not None:
        gap = gap_days(end, next_start)
        if gap < -early:
            return DueStatus.REPLACED
        if gap <= 0:
            return DueStatus.RENEWED
        if gap <= grace:
            return DueStatus.LATE
    return DueStatus.PENDING if as_of <= end + timedelta(days=grace) else DueStatus.REFUSED

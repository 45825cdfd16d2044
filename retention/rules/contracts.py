"""Arithmetic of contracts: when one ends, what it is worth a month, what follows it, how it ended.

What follows a contract and how it ended is decided in SQL, for every contract at once: ``retention.metrics.statements``.
Tests hold that against two other readings, one by these rules and one day by day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

DAYS_IN_MONTH = Decimal("30.4375")
MONTHS_IN_YEAR = 12
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract as the rules see it. ``ends_on`` and ``terminated_on`` are the last covered day."""

    starts_on: date
    ends_on: date | None
    amount: Decimal = Decimal(0)
    terminated_on: date | None = None
    signed_on: date | None = None
    prolongation_months: int | None = None
    products: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of cover that becomes due once: a contract, or one prolongation of it. Open while ``end`` is None."""

    start: date
    end: date | None
    monthly: Decimal = Decimal(0)
    known_on: date | None = None
    products: frozenset[int] = frozenset()

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


def contract_end(*, ends_on: date | None, terminated_on: date | None) -> date | None:
    days = [day for day in (ends_on, terminated_on) if day is not None]
    return min(days) if days else None


def shift_months(day: date, months: int) -> date:
    """The same day of another month, or the last day of a shorter one."""
    years, month = divmod(day.year * MONTHS_IN_YEAR + day.month - 1 + months, MONTHS_IN_YEAR)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def whole_months(starts_on: date, ends_on: date) -> int | None:
    """The number of months when the term is exactly n calendar months, else nothing."""
    after = ends_on + ONE_DAY
    months = (after.year - starts_on.year) * MONTHS_IN_YEAR + after.month - starts_on.month
    return months if months > 0 and shift_months(starts_on, months) == after else None


def term_in_months(starts_on: date, ends_on: date) -> Decimal:
    months = whole_months(starts_on, ends_on)
    return Decimal(months) if months else Decimal((ends_on - starts_on).days + 1) / DAYS_IN_MONTH


def monthly_value(*, amount: Decimal, starts_on: date, ends_on: date | None) -> Decimal:
    """By the agreed term, whatever the termination; an open-ended contract states its amount per year."""
    return amount / (MONTHS_IN_YEAR if ends_on is None else term_in_months(starts_on, ends_on))


def in_line(one: frozenset[int], other: frozenset[int]) -> bool:
    """Two contracts follow each other when either names no product or they share one."""
    return not one or not other or bool(one & other)


def spans(agreement: Agreement, *, today: date) -> list[Span]:
    """The contract and each prolongation of itself that has happened by ``today``."""
    stop = agreement.terminated_on
    if stop is not None and stop > today:
        stop = None
    monthly = monthly_value(amount=agreement.amount, starts_on=agreement.starts_on, ends_on=agreement.ends_on)
    result = [
        Span(
            agreement.starts_on,
            contract_end(ends_on=agreement.ends_on, terminated_on=stop),
            monthly,
            agreement.signed_on,
            agreement.products,
        )
    ]
    if agreement.ends_on is None or not agreement.prolongation_months:
        return result
    first, step = agreement.ends_on + ONE_DAY, agreement.prolongation_months
    number = 0
    while True:
        start = shift_months(first, number * step)
        if start - ONE_DAY > today or (stop is not None and start > stop):
            return result
        end = shift_months(first, (number + 1) * step) - ONE_DAY
        finish = contract_end(ends_on=end, terminated_on=stop)
        result.append(Span(start, finish, monthly, start - ONE_DAY, agreement.products))
        number += 1


def gap_days(end: date, next_start: date) -> int:
    """Days between the last covered day and the next start; negative when they overlap."""
    return (next_start - end).days - 1


def is_matured(*, last_due: date, as_of: date, grace: int) -> bool:
    return as_of > last_due + timedelta(days=grace)


def bounds(*, renewed: int, pending: int, due: int) -> tuple[float, float] | None:
    """Between which values the renewal rate of a young month will end."""
    return (renewed / due, (renewed + pending) / due) if due else None


def counted_value(covering: Sequence[Span]) -> Decimal:
    """Monthly value of one client on one day: from the latest start on, a renewal replaces and never adds."""
    counted: list[Span] = []
    for span in sorted(covering, key=lambda one: (one.start, one.end or date.max), reverse=True):
        if not any(in_line(span.products, other.products) for other in counted):
            counted.append(span)
    return sum((span.monthly for span in counted), Decimal(0))

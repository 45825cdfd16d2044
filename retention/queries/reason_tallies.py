"""Reasons of refusals as the page counts them: kept sums of whole months, the days around these from the refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Sum

from core.figures import Period, add_months
from retention.models import ReasonTally, Refusal
from retention.models.tallies import EVER, EVERYBODY
from retention.permissions import visible_reason_tallies
from retention.queries.refusal_list import WITHDRAWN, RefusalFilter, by_reasons, refusals
from staff.models import User

_PAIR = ("stated_reason_id", "established_reason_id")


class Pair(NamedTuple):
    """So many refusals state the one reason and have the other one established, or none yet."""

    stated: int
    established: int | None
    number: int
    monthly_value: Decimal


def pairs_of_reasons(user: User, wanted: RefusalFilter) -> list[Pair]:
    """In one query. A pair may come several times, to be added up: of months that are kept, and of days around them.

    Of which tier a client was and what he objected to is not kept: these are counted from the refusals.
    """
    parts: list[QuerySet[Any, Any]]
    if wanted.tier or wanted.objection_id:
        parts = [_of_rows(refusals(user, wanted))]
    elif wanted.period is None:
        parts = [_of_tally(user, wanted, month=EVER)]
    else:
        parts = _of_period(user, wanted, wanted.period)
    found = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return [Pair(*row) for row in found]


def _of_period(user: User, wanted: RefusalFilter, period: Period) -> list[QuerySet[Any, Any]]:
    first, last = _whole_months(period)
    if first >= last:
        return [_of_rows(refusals(user, wanted))]
    around = [Period(period.start, first), Period(last, period.end)]
    return [
        _of_tally(user, wanted, month__gte=first, month__lt=last),
        *(_of_rows(refusals(user, replace(wanted, period=days))) for days in around if days.start < days.end),
    ]


def _whole_months(period: Period) -> tuple[date, date]:
    """From the first day of the first one until that after the last one."""
    first = period.start if period.start.day == 1 else add_months(period.start, 1)
    return first, period.end.replace(day=1)


def _of_rows(rows: QuerySet[Refusal]) -> QuerySet[Refusal, Any]:
    return rows.order_by().values_list(*_PAIR).annotate(Count("pk"), Sum("monthly_value"))


def _of_tally(user: User, wanted: RefusalFilter, **months: date) -> QuerySet[ReasonTally, Any]:
    rows = visible_reason_tallies(user).filter(
        owner_id=wanted.manager_id or EVERYBODY, withdrawn=wanted.view == WITHDRAWN, **months
    )
    sums = by_reasons(rows, wanted).order_by().values_list(*_PAIR)
    return sums.annotate(cases=Sum("number"), worth=Sum("monthly_value")).filter(cases__gt=0)

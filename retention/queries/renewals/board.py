"""Columns of the board, bounded whatever the department's size; and the days of a month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, CharField, Count, F, QuerySet, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from retention.enums import RenewalStage
from retention.models import Renewal
from retention.queries.renewals import tallies
from retention.queries.renewals.listing import SHOWN, Card, RenewalFilter, renewals
from retention.queries.renewals.tallies import CARDS, PER_DAY, Sums
from retention.rules.contracts import shift_months
from retention.rules.renewals import TERMS, term_days
from staff.models import User
from staff.permissions import in_department

TERM_TITLES: Mapping[str, Promise] = {
    "later": _("more than 90 days"),
    "90": _("90 days"),
    "60": _("60 days"),
    "30": _("30 days"),
    "overdue": _("overdue"),
}


@dataclass(slots=True)
class Column:
    """``amount`` is what the contracts are worth for their terms, ``monthly`` what they bring a month."""

    key: str
    title: str | Promise
    count: int = 0
    amount: Decimal = Decimal(0)
    monthly: Decimal = Decimal(0)
    rows: list[Card] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.count - len(self.rows)


def columns_by_term(user: User, wanted: RenewalFilter, *, today: date) -> list[Column]:
    rows, bounds, cases = renewals(user, wanted, today=today), [], []
    for term in TERMS:
        first, last = (limit or open_end for limit, open_end in zip(term_days(term, today=today), _EVER, strict=True))
        bounds.append((term, first, last))
        cases.append(When(due_on__gte=first, due_on__lte=last, then=Value(term)))
    sums = _sums(
        user, rows, wanted, Case(*cases, output_field=CharField()), lambda: tallies.by_term(wanted, today=today)
    )
    columns = {term: Column(key=term, title=TERM_TITLES[term]) for term in TERMS}
    if _is_kept(user, wanted):
        cards = _first_of_each(rows, bounds, *_KEPT, kept=tallies.firsts(wanted, today=today))
    else:
        cards = _first_of_each(rows, bounds, "due_on BETWEEN b.first AND b.last", "due_on", "pk")
    return _filled(columns, sums, cards)


_EVER = (date.min, date.max)
_NOTHING_KEPT: tuple[str, list[Any]] = ("SELECT", [])
_KEPT = ("id = ANY(f.ids)", "due_on", "pk")


def columns_by_stage(user: User, wanted: RenewalFilter, *, today: date) -> list[Column]:
    rows = renewals(user, wanted, today=today)
    sums = _sums(user, rows, wanted, F("stage"), lambda: tallies.by_stage(wanted, today=today))
    columns = {str(stage): Column(key=str(stage), title=stage.label) for stage in RenewalStage}
    bounds = [(key, *_EVER) for key in columns]
    if _is_kept(user, wanted):
        kept = tallies.firsts(wanted, today=today, where=" AND t.stage = b.key")
        return _filled(columns, sums, _first_of_each(rows, bounds, *_KEPT, kept=kept))
    return _filled(columns, sums, _first_of_each(rows, bounds, "stage = b.key", "due_on", "pk"))


def _filled(columns: dict[str, Column], sums: Mapping[str, Sums], cards: Iterable[tuple[str, Card]]) -> list[Column]:
    for key, found in sums.items():
        columns[key].count, columns[key].amount, columns[key].monthly = found.count, found.amount, found.monthly
    for key, card in cards:
        columns[key].rows.append(card)
    return list(columns.values())


def _is_kept(user: User, wanted: RenewalFilter) -> bool:
    return in_department(user) and tallies.is_tallied(wanted)


def _sums(
    user: User, rows: QuerySet[Renewal], wanted: RenewalFilter, column: Any, kept: Callable[[], dict[Any, Sums]]
) -> dict[Any, Sums]:
    """Of the tally where that knows the filter, of the renewals where it does not."""
    if _is_kept(user, wanted):
        return kept()
    groups = rows.order_by().annotate(column=column).values_list("column")
    found = groups.annotate(Count("pk"), Sum("contract__amount"), Sum("monthly_value"))
    return {key: Sums(count, amount or Decimal(0), monthly) for key, count, amount, monthly in found}


def _first_of_each(
    rows: QuerySet[Renewal],
    bounds: Sequence[tuple[str, date, date]],
    condition: str,
    *order: str,
    limit: int | None = None,
    kept: tuple[str, list[Any]] = _NOTHING_KEPT,
) -> list[tuple[str, Card]]:
    """The first cards of every column in one statement, each column read from its end of an index, or ``kept`` keys."""
    if not bounds:
        return []
    inside = rows.filter(RawSQL(f"retention_renewal.{condition}", [], output_field=BooleanField()))  # noqa: S611 - constants only
    try:
        picked, values = inside.order_by(*order).values_list(*SHOWN)[: limit or CARDS].query.sql_with_params()
    except EmptyResultSet:  # a person who sees none
        return []
    keys, firsts, lasts = zip(*bounds, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.key, c.* FROM unnest(%s::text[], %s::date[], %s::date[]) WITH ORDINALITY AS b (key, first, last, place)"  # noqa: S608 - compiled by Django
            f" CROSS JOIN LATERAL ({kept[0]}) f CROSS JOIN LATERAL ({picked}) c ORDER BY b.place",
            [list(keys), list(firsts), list(lasts), *kept[1], *values],
        )
        return [(row[0], Card(*row[1:])) for row in cursor.fetchall()]


@dataclass(slots=True)
class Day:
    day: date
    is_here: bool  # of the month that is shown
    count: int = 0
    monthly: Decimal = Decimal(0)
    rows: list[Card] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.count - len(self.rows)


def month_grid(user: User, wanted: RenewalFilter, month: date, *, today: date) -> list[list[Day]]:
    """Weeks from Monday on that touch the month; the dearest renewals of each day and how many more there are."""
    after = shift_months(month, 1)
    start = month - timedelta(days=month.weekday())
    length = -(-(after - start).days // 7) * 7
    days = {start + timedelta(days=n): Day(start + timedelta(days=n), is_here=False) for n in range(length)}
    rows = renewals(user, wanted, today=today).filter(due_on__gte=month, due_on__lt=after)
    sums = _sums(user, rows, wanted, F("due_on"), lambda: tallies.by_day(wanted, month=month, today=today))
    for day in days.values():
        day.is_here = month <= day.day < after
        found = sums.get(day.day)
        if found:
            day.count, day.monthly = found.count, found.monthly
    bounds = [(day.isoformat(), day, day) for day in sums]
    if _is_kept(user, wanted) and tallies.is_narrow(wanted):
        condition, kept = "id = ANY(f.ids)", tallies.dearest(wanted)
    else:
        condition, kept = "due_on = b.first", _NOTHING_KEPT
    for key, card in _first_of_each(rows, bounds, condition, "-monthly_value", "pk", limit=PER_DAY, kept=kept):
        days[date.fromisoformat(key)].rows.append(card)
    found_days = list(days.values())
    return [found_days[n : n + 7] for n in range(0, length, 7)]

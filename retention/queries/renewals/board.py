"""Columns of the board, bounded whatever the department's size; and the days of a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, QuerySet, Sum, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from retention.enums import RenewalStage
from retention.models import Renewal
from retention.queries.renewals.listing import with_names
from retention.rules.contracts import shift_months
from retention.rules.renewals import TERMS, term_days

CARDS = 15
PER_DAY = 3
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
    rows: list[Renewal] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.count - len(self.rows)


def columns_by_term(rows: QuerySet[Renewal], *, today: date) -> list[Column]:
    cases = []
    for term in TERMS:
        first, last = term_days(term, today=today)
        bounds = {"due_on__gte": first, "due_on__lte": last}
        cases.append(When(**{name: day for name, day in bounds.items() if day}, then=Value(term)))
    groups = rows.annotate(column=Case(*cases, output_field=CharField()))
    return _columns(groups, {term: TERM_TITLES[term] for term in TERMS})


def columns_by_stage(rows: QuerySet[Renewal]) -> list[Column]:
    return _columns(rows.annotate(column=F("stage")), {str(stage): stage.label for stage in RenewalStage})


def _columns(groups: QuerySet[Any], titles: Mapping[str, str | Promise]) -> list[Column]:
    """Two queries: sums of every column, and the first cards of each."""
    columns = {key: Column(key=key, title=title) for key, title in titles.items()}
    sums = groups.order_by().values("column").annotate(n=Count("pk"), a=Sum("contract__amount"), m=Sum("monthly_value"))
    for row in sums:
        column = columns[row["column"]]
        column.count, column.amount, column.monthly = row["n"], row["a"], row["m"]
    parts = [groups.filter(column=key).order_by("due_on", "pk").values_list("pk", "column")[:CARDS] for key in columns]
    picked = parts[0].union(*parts[1:], all=True)
    place = dict(list(picked))
    for row in with_names(Renewal.objects.filter(pk__in=place)).order_by("due_on", "pk"):
        columns[place[row.pk]].rows.append(row)
    return list(columns.values())


@dataclass(slots=True)
class Day:
    day: date
    is_here: bool  # of the month that is shown
    count: int = 0
    monthly: Decimal = Decimal(0)
    rows: list[Renewal] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.count - len(self.rows)


def month_grid(rows: QuerySet[Renewal], month: date) -> list[list[Day]]:
    """Weeks from Monday on that touch the month; a few renewals a day and how many more there are."""
    after = shift_months(month, 1)
    start = month - timedelta(days=month.weekday())
    length = -(-(after - start).days // 7) * 7
    days = {start + timedelta(days=n): Day(start + timedelta(days=n), is_here=False) for n in range(length)}
    inside = rows.filter(due_on__gte=month, due_on__lt=after)
    for due_on, count, monthly in (
        inside.order_by().values_list("due_on").annotate(n=Count("pk"), m=Sum("monthly_value"))
    ):
        days[due_on].count, days[due_on].monthly = count, monthly
    for day in days.values():
        day.is_here = month <= day.day < after
    place = Window(RowNumber(), partition_by=F("due_on"), order_by=[F("monthly_value").desc(), F("pk").asc()])
    top = inside.annotate(place=place).filter(place__lte=PER_DAY).values("pk")
    for row in with_names(Renewal.objects.filter(pk__in=top)).order_by("due_on", "-monthly_value", "pk"):
        days[row.due_on].rows.append(row)
    found = list(days.values())
    return [found[n : n + 7] for n in range(0, length, 7)]

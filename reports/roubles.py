"""Renewals in roubles of monthly value: due, expected and come, by month and manager, beside the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core.figures import Period, add_months
from reports import rules
from reports.forecast import expected
from reports.queries import View
from reports.shelf import Shelf
from reports.wording import address
from retention.queries.renewals.forecast import ForecastRow, by_month
from staff.models import User

#: The plan of renewals in roubles of monthly value: a plan without being a figure.
PLANNED = "renewal_money"
AHEAD, LOOKED_BACK = 3, 24


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    count: int
    due: Decimal
    weighted: Decimal
    unweighted: Decimal
    fact: Decimal
    renewed: int
    plan: float | None
    url: str

    @property
    def short(self) -> Decimal:
        """What the expected lacks to the plan; nothing without one."""
        return max(Decimal(0), Decimal(str(self.plan)) - self.weighted) if self.plan is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class Month:
    month: date
    total: Line
    lines: list[Line]


def roubles(view: View, *, user: User, kept: Shelf, now: datetime, period: Period) -> list[Month] | None:
    """Of the last month of the period where it is over, of the present one and the next two; None where a filter asks
    for what a forecast can't tell apart.
    """
    segment = view.asked.segment
    if set(segment.given()) - {"manager"}:
        return None
    first = localdate(now).replace(day=1)
    months = [add_months(first, n) for n in range(AHEAD)]
    last = period.last.replace(day=1)
    if add_months(first, -LOOKED_BACK) <= last < first:
        months.insert(0, last)
    rows = expected(view, user=user, months=months, now=now)
    if segment.manager is not None:
        rows = [row for row in rows if row.manager_id == segment.manager]
    totals = by_month(rows, months)
    page, everybody, nobody = address("renewals:list"), _("Everybody"), ("", _("nobody"))
    return [
        Month(
            total.month,
            _line(total, kept, segment.manager, everybody, page),
            [
                _line(row, kept, row.manager_id, kept.managers.get(row.manager_id or 0, nobody)[1], page)
                for row in sorted(rows, key=lambda row: -row.due)
                if row.month == total.month
            ],
        )
        for total in totals
    ]


def _line(row: ForecastRow, kept: Shelf, manager: int | None, name: str, page: str) -> Line:
    plan = rules.plan_for(kept.plans, PLANNED, manager=manager, month=row.month)
    narrowed = f"&manager={manager}" if manager else ""
    return Line(
        name=name,
        count=row.count,
        due=row.due,
        weighted=row.weighted,
        unweighted=row.unweighted,
        fact=row.fact,
        renewed=row.renewed,
        plan=plan.value if plan else None,
        url=f"{page}?month={row.month:%Y-%m}{narrowed}",
    )

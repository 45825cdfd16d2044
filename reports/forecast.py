"""What renewals are to bring, from the facts as they stand; from source rows where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from core.figures import Number
from reports import facts, queries, services
from retention.queries.renewals.forecast import Forecast, ForecastRow, renewal_forecast, weighed
from staff.models import User
from staff.permissions import leads

#: Sums of the cube that a row is made of.
SUMS = ("due", "replaced", "renewed", "pending", "dated_mv", "new_mv", "likely_mv", "unsure_mv", "unlikely_mv")


def forecast(*, user: User, months: Sequence[date], now: datetime) -> Forecast:
    services.catch_up(now=now)
    view = queries.at_once(queries.question())
    return Forecast(expected(view, user=user, months=months, now=now), behind=view.behind)


def expected(view: queries.View, *, user: User, months: Sequence[date], now: datetime) -> list[ForecastRow]:
    """One row per month and manager of the due day; the head is told of everybody, a manager of himself."""
    if not view.source.stored:
        return renewal_forecast(user=user, months=months, now=now)
    keys = None if leads(user) else [str(user.pk)]
    found = facts.named_sums("manager", months, SUMS, keys=keys)
    rows = [_row(month, int(key), sums) for (month, key), sums in sorted(found.items())]
    return [row for row in rows if row.count]


def _row(month: date, manager: int, sums: dict[str, Number]) -> ForecastRow:
    def number(name: str) -> int:
        return int(sums.get(name, 0))

    return weighed(
        month,
        manager,
        count=number("due") - number("replaced"),
        pending=number("pending"),
        renewed=number("renewed"),
        due=sums.get("dated_mv", 0),
        fact=sums.get("new_mv", 0),
        chances={name.removesuffix("_mv"): sums.get(name, 0) for name in SUMS[-3:]},
    )

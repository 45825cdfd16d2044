"""What renewals are to bring: due by the contracts' dates, expected by what is thought of each, and what has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate

from core.figures import Number
from core.queries import company
from retention.enums import Likelihood
from retention.metrics.contracts import CHAIN, CONTRACT, DUE, FOLLOW, NESTED, SPAN, TANGLED
from retention.metrics.statements import CHANCE, EXPECTED
from retention.rules.contracts import shift_months
from retention.rules.renewals import PROBABILITY
from staff.models import User
from staff.permissions import leads

#: The parts of the figures, over those clients alone that something ends for within the months asked for.
_FORECAST = f"""
WITH contract AS (
    SELECT q.* FROM ({CONTRACT.sql}) q WHERE q.client_id IN (
        SELECT client_id FROM clients_contract WHERE ends BETWEEN %(first)s AND %(last)s
        UNION SELECT client_id FROM clients_contract WHERE prolongation_months > 0 AND terminated_on IS NULL)
), span AS ({SPAN.sql}), chain AS ({CHAIN.sql}), tangled AS ({TANGLED.sql}), nested AS ({NESTED.sql}),
follow AS ({FOLLOW.sql}), every_due AS ({DUE.sql}), due AS (
    SELECT * FROM every_due WHERE day BETWEEN %(first)s AND %(last)s
), expected AS (
    SELECT d.*, a.user_id AS manager_id, NOT d.renewed AND d.day + %(grace)s >= %(today)s AS is_pending,
        {CHANCE} AS chance
    FROM due d LEFT JOIN retention_renewal r ON r.contract_id = d.id AND r.turn = d.turn
    CROSS JOIN LATERAL (
        SELECT x.user_id FROM clients_assignment x WHERE x.client_id = d.client_id
        ORDER BY x.started_at < ((d.day + 1)::timestamp AT TIME ZONE %(zone)s) DESC,
            CASE WHEN x.started_at < ((d.day + 1)::timestamp AT TIME ZONE %(zone)s) THEN x.started_at END DESC,
            x.started_at, x.id DESC LIMIT 1
    ) a
    WHERE NOT d.replaced
)
SELECT date_trunc('month', e.day)::date, e.manager_id, count(*), sum(e.mv), count(*) FILTER (WHERE e.is_pending),
    COALESCE(sum(e.next_mv) FILTER (WHERE e.renewed), 0),
    {", ".join(f"COALESCE(sum(e.mv) FILTER (WHERE e.is_pending AND e.chance = '{word}'), 0)" for word in EXPECTED)},
    count(*) FILTER (WHERE e.renewed)
FROM expected e WHERE %(manager)s::bigint IS NULL OR e.manager_id = %(manager)s
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """Monthly values in roubles. Pending ones are weighed by their chance; what has come counts as it is."""

    month: date
    manager_id: int | None  # nobody in particular: the sum of a month
    count: int
    due: Decimal
    pending: int
    fact: Decimal
    weighted: Decimal
    unweighted: Decimal
    renewed: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """``behind`` is there where what changed lately is still being counted in; it has the day that the rows hold for."""

    rows: Sequence[ForecastRow]
    behind: object | None = None


def weighed(
    month: date,
    manager: int,
    *,
    count: int,
    pending: int,
    renewed: int,
    due: Number,
    fact: Number,
    chances: Mapping[str, Number],
) -> ForecastRow:
    """A row of sums: ``chances`` is the monthly value that is not decided, by what is thought of it."""
    come, possible = Decimal(fact), {Likelihood(word): Decimal(value) for word, value in chances.items()}
    chance = sum((value * PROBABILITY[word] for word, value in possible.items()), Decimal(0))
    return ForecastRow(
        month, manager, count, Decimal(due), pending, come, come + chance, come + sum(possible.values()), renewed
    )


def renewal_forecast(*, user: User, months: Sequence[date], now: datetime) -> list[ForecastRow]:
    """One row per month and manager of the due day; the head is told of everybody, a manager of himself."""
    if not months:
        return []
    norms = company()
    values: dict[str, Any] = {
        "today": localdate(now),
        "clients": None,
        "grace": norms.grace_days,
        "early": norms.early_days,
        "first": min(months),
        "last": shift_months(max(months), 1),
        "zone": settings.TIME_ZONE,
        "manager": None if leads(user) else user.pk,
    }
    with connection.cursor() as cursor:
        # Each part is made by the one before: the planner takes them for a handful of rows and compares all with all.
        # The setting ends with this one message, or is taken back within a transaction.
        cursor.execute(f"SET LOCAL enable_nestloop = off; {_FORECAST}", values)
        found = cursor.fetchall()
        if connection.in_atomic_block:
            cursor.execute("SET LOCAL enable_nestloop = DEFAULT")
    wanted = set(months)
    return [
        weighed(
            month,
            manager,
            count=count,
            pending=pending,
            renewed=renewed,
            due=due,
            fact=fact,
            chances=dict(zip(EXPECTED, chances, strict=True)),
        )
        for month, manager, count, due, pending, fact, *chances, renewed in found
        if month in wanted
    ]


def by_month(rows: Sequence[ForecastRow], months: Sequence[date]) -> list[ForecastRow]:
    """The sum over managers; a month in which nothing is due is there with zeros."""
    found = []
    for month in months:
        own = [row for row in rows if row.month == month]
        found.append(
            ForecastRow(
                month,
                None,
                sum(row.count for row in own),
                sum((row.due for row in own), Decimal(0)),
                sum(row.pending for row in own),
                sum((row.fact for row in own), Decimal(0)),
                sum((row.weighted for row in own), Decimal(0)),
                sum((row.unweighted for row in own), Decimal(0)),
                sum(row.renewed for row in own),
            )
        )
    return found

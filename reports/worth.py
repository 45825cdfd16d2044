"""What clients are worth and what they cost: figures of money that the cube does not hold, each one statement over rows.

What an hour of a person costs is confidential: only those who lead may be shown what is made of it (``reads_costs``).
Every function takes the question with one period and answers ``Figure``s; ``*_by_client`` says who is behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clients.metrics import CLIENTS, ORDER_DAY, ORDER_NET, ORDER_VALID, PERIOD, VALID_ORDER, on_day
from core import queries as core_queries
from core.figures import Figure, Part, Question, Unit, ratio, with_parts
from reports import queries
from reports.statements import ROWS, SEGMENT_FILTER
from retention.metrics.statements import LTV_UNITS, RUN, SPAN, months_sql
from retention.models import KeepingPolicy

DAYS_IN_MONTH = Decimal("30.4375")
#: Shares of everything that clients have brought at which the segments A and B end; the rest is C.
SEGMENT_ENDS = (("A", Decimal("0.80")), ("B", Decimal("0.95")))

#: Minutes of everybody who talked, at the cost of an hour in force on that day. Unknown where either is missing.
SERVED = Part(
    "served",
    f"""
    SELECT o.client_id, (o.closed_at AT TIME ZONE %(zone)s)::date AS day, o.minutes, h.amount * o.minutes / 60 AS cost
    FROM work_touch o LEFT JOIN LATERAL (
        SELECT h.amount FROM staff_hourlycost h
        WHERE h.user_id = o.closed_by_id AND h.from_on <= (o.closed_at AT TIME ZONE %(zone)s)::date
        ORDER BY h.from_on DESC LIMIT 1
    ) h ON TRUE
    WHERE o.state = 'done' AND o.closed_at <= %(moment)s AND {CLIENTS.format(alias="o")}
        AND o.closed_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
        AND o.closed_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s
    """,
)
COSTS = f"""
    SELECT o.client_id, sum(o.cost), count(*), count(*) FILTER (WHERE o.cost IS NULL), sum(o.minutes), any_value(x.tier)
    FROM served o {on_day("o", "o.day")} WHERE {SEGMENT_FILTER} GROUP BY o.client_id ORDER BY 2 DESC NULLS LAST, 1
"""


@dataclass(frozen=True, slots=True)
class Served:
    client_id: int
    cost: Decimal  # of the contacts whose cost is known
    contacts: int
    unknown: int
    minutes: int
    tier: str


def _asked(asked: Question, parts: Sequence[Part], select: str, **more: Any) -> list[tuple[Any, ...]]:
    return queries.fetched(ROWS.put_together(parts, select, segmented=True), {**asked.params(), **more})


def served_by_client(asked: Question) -> list[Served]:
    """Whom the department talked to in the period, dearest first."""
    return [
        Served(client, Decimal(cost or 0), contacts, unknown, int(minutes or 0), tier)
        for client, cost, contacts, unknown, minutes, tier in _asked(asked, (SERVED,), COSTS)
    ]


def cost_to_serve(asked: Question, served: Sequence[Served] | None = None) -> Figure:
    """Cost of the contacts of the period, a client served."""
    found = served_by_client(asked) if served is None else served
    known = [one for one in found if one.contacts > one.unknown]
    return ratio(
        Unit.MONEY,
        sum((one.cost for one in known), Decimal(0)),
        len(known),
        excluded={"without_cost": sum(one.unknown for one in found)},
        extras={"minutes": float(sum(one.minutes for one in found))},
    )


@dataclass(frozen=True, slots=True)
class TierPlan:
    """What serving a client of a tier costs a month: as planned, and in fact."""

    tier: str
    fact: Figure
    plan: Decimal | None

    @property
    def variance(self) -> float | None:
        """Above the plan is more than 0."""
        if self.plan is None or not self.plan or self.fact.value is None:
            return None
        return self.fact.value / float(self.plan) - 1


def plan_and_fact(asked: Question) -> list[TierPlan]:
    """By tier, over the clients active on the last day of the period, whether somebody talked to them or not."""
    [period] = asked.periods
    months = Decimal((period.end - period.start).days) / DAYS_IN_MONTH
    if period.whole_months:
        months = Decimal((period.end.year - period.start.year) * 12 + period.end.month - period.start.month)
    served, active = served_by_client(asked), _active_by_tier(asked)
    result = []
    for policy in KeepingPolicy.objects.order_by("tier"):
        of_tier = [one for one in served if one.tier == policy.tier]
        cost = sum((one.cost for one in of_tier), Decimal(0))
        unknown = sum(one.unknown for one in of_tier)
        client_months = active.get(policy.tier, 0) * months
        fact = ratio(Unit.MONEY, cost, client_months, excluded={"without_cost": unknown})
        result.append(TierPlan(policy.tier, fact, policy.cost_plan))
    return result


ACTIVE_TIERS = f"""
    SELECT x.tier, count(*) FROM period p JOIN run r ON r.from_day <= p.seen AND r.until_day > p.seen
    {on_day("r", "p.seen")} WHERE {SEGMENT_FILTER} GROUP BY x.tier
"""


def _active_by_tier(asked: Question) -> dict[str, int]:
    return dict(_asked(asked, (PERIOD, RUN), ACTIVE_TIERS))


def acquisition_cost(average_cost: float | None) -> Decimal | None:
    """As the company states it; unknown, so many times the cost of keeping a client."""
    company = core_queries.company()
    if company.acquisition_cost is not None:
        return Decimal(company.acquisition_cost)
    return None if average_cost is None else Decimal(str(average_cost)) * company.acquisition_factor


def money_saved(asked: Question) -> Figure:
    """Retained clients × what keeping one costs less than winning a new one."""
    cost = cost_to_serve(asked)
    [found] = queries.figures(asked, keys=["retention_rate"])
    retained = int(found["retention_rate"].numerator or 0)
    price = acquisition_cost(cost.value)
    if price is None:
        return Figure(Unit.MONEY, numerator=retained, denominator=0)
    each = max(Decimal(0), price - Decimal(str(cost.value or 0)))
    extras = {"acquisition_cost": float(price), "cost_to_serve": cost.value, "each": float(each)}
    return ratio(Unit.MONEY, retained * each, 1, excluded=cost.excluded, extras=extras)


# --- what a client has brought ----------------------------------------------------------------------------------------

MARGINS = f"""
    SELECT u.client_id, u.a, COALESCE(m.margin, 0), COALESCE(m.orders, 0) FROM ltv_unit u LEFT JOIN (
        SELECT o.client_id, sum({ORDER_NET} - o.cost) AS margin, count(*) AS orders FROM clients_order o
        WHERE {ORDER_VALID} AND o.cost IS NOT NULL AND {CLIENTS.format(alias="o")} GROUP BY o.client_id
    ) m ON m.client_id = u.client_id
    JOIN LATERAL (SELECT u.manager_id, u.tier, u.industry_id, u.region_id) x ON {SEGMENT_FILTER}
    ORDER BY u.a DESC, u.client_id
"""


@dataclass(frozen=True, slots=True)
class Brought:
    client_id: int
    money: Decimal
    margin: Decimal  # of the orders whose cost is known
    orders_with_cost: int
    segment: str


def brought_by_client(asked: Question) -> list[Brought]:
    """What each client has brought to date, most first; A are those who brought the first 80 %, B the next 15 %."""
    rows = _asked(asked, (LTV_UNITS,), MARGINS)
    total, so_far, result = sum((row[1] for row in rows), Decimal(0)), Decimal(0), []
    for client, money, margin, orders in rows:
        segment = next((name for name, end in SEGMENT_ENDS if so_far < total * end), "C")
        result.append(Brought(client, money, margin, orders, segment))
        so_far += money
    return result


def value_by_segment(asked: Question) -> Mapping[str, Figure]:
    """Mean of what a client has brought to date, by segment."""
    found = brought_by_client(asked)
    return {
        name: ratio(Unit.MONEY, sum((one.money for one in some), Decimal(0)), len(some))
        for name in "ABC"
        for some in [[one for one in found if one.segment == name]]
    }


# --- when a client has paid for having been won -----------------------------------------------------------------------

PAID = f"""
    SELECT m.number, COALESCE(sum(s.money), 0) + COALESCE((
        SELECT sum(o.net) FROM valid_order o WHERE o.contract_id IS NULL AND o.day < m.until), 0)
    FROM (SELECT min(day) AS day FROM (SELECT min(day) AS day FROM valid_order UNION SELECT min(start) FROM span) d) f
    CROSS JOIN LATERAL generate_series(1, GREATEST(1, 1 + 12 * (EXTRACT(YEAR FROM %(today)s::date) - EXTRACT(YEAR FROM f.day))
        + EXTRACT(MONTH FROM %(today)s::date) - EXTRACT(MONTH FROM f.day))::int) AS g(number)
    CROSS JOIN LATERAL (SELECT g.number, LEAST((f.day + make_interval(months => g.number))::date, %(today)s::date + 1)
        AS until) m
    LEFT JOIN LATERAL (SELECT s.mv * {months_sql("s.start", "LEAST(s.finish, m.until - 1)")} AS money
        FROM span s WHERE s.start < m.until) s ON TRUE
    GROUP BY m.number, m.until ORDER BY m.number
"""


def payback_months(asked: Question, client: int, *, cost: Decimal) -> int | None:
    """In which month after the first purchase the client had brought what winning him cost; None: not yet."""
    one = queries.question(as_of=asked.moment, given=asked.norms)
    params = {**one.params(), "clients": [client]}
    rows = queries.fetched(with_parts((VALID_ORDER, SPAN), PAID), params)
    return next((number for number, money in rows if money >= cost), None)


MARGIN_MONTHS = f"""
    SELECT date_trunc('month', {ORDER_DAY}::timestamp)::date, sum({ORDER_NET} - o.cost) FILTER (WHERE o.cost IS NOT NULL),
        sum({ORDER_NET}) FILTER (WHERE o.cost IS NOT NULL), count(*), count(*) FILTER (WHERE o.cost IS NULL)
    FROM clients_order o WHERE {ORDER_VALID} AND {CLIENTS.format(alias="o")} GROUP BY 1 ORDER BY 1
"""


def margin_of_client(asked: Question, client: int) -> dict[Any, Figure]:
    """Margin of each month with orders, where their cost is known."""
    rows = queries.fetched(MARGIN_MONTHS, {**asked.params(), "clients": [client]})
    return {
        month: ratio(Unit.SHARE, margin or 0, net or 0, excluded={"without_cost": unknown}, extras={"orders": orders})
        for month, margin, net, orders, unknown in rows
    }

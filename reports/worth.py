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
from core.figures import Figure, Part, Question, Unit, add_months, ratio, with_parts
from core.models import Company
from reports import brought, queries, serving
from reports.statements import ROWS, SEGMENT_FILTER, Source
from retention.metrics.contracts import SPAN, months_sql
from retention.metrics.statements import LTV_UNITS, RUN

DAYS_IN_MONTH = Decimal("30.4375")

#: Contacts of a client together; his tier is that of the last one.
SERVED_CLIENT = Part(
    "served_client",
    f"""
    SELECT o.client_id, sum(o.cost) AS cost, count(*) AS contacts, count(*) FILTER (WHERE o.cost IS NULL) AS unknown,
        sum(o.minutes) AS minutes, substr(max(o.day::text || x.tier), 11) AS tier
    FROM served o {on_day("o", "o.day")} WHERE {SEGMENT_FILTER} GROUP BY o.client_id
    """,
    (serving.SERVED,),
)
DEAREST = """
    SELECT s.client_id, s.cost, s.contacts, s.unknown, s.minutes, s.tier, c.name FROM (
        SELECT * FROM served_client ORDER BY cost DESC NULLS LAST, client_id LIMIT %(size)s OFFSET %(after)s
    ) s JOIN clients_client c ON c.id = s.client_id ORDER BY s.cost DESC NULLS LAST, s.client_id
"""
BY_TIER = f"""
    SELECT NULL::bigint, sum(s.cost), count(*) FILTER (WHERE s.contacts > s.unknown), sum(s.unknown), sum(s.minutes),
        s.tier, '' FROM served_client s GROUP BY s.tier
    UNION ALL SELECT * FROM ({DEAREST}) d
"""


@dataclass(frozen=True, slots=True)
class Served:
    client_id: int
    cost: Decimal  # of the contacts whose cost is known
    contacts: int
    unknown: int
    minutes: int
    tier: str
    name: str


@dataclass(frozen=True, slots=True)
class ServedTier:
    """All clients of a tier together; ``known`` of them had a contact whose cost is known."""

    cost: Decimal = Decimal(0)
    known: int = 0
    unknown: int = 0
    minutes: int = 0


def _asked(
    asked: Question, parts: Sequence[Part], select: str, *, source: Source = ROWS, **more: Any
) -> list[tuple[Any, ...]]:
    """``source`` tells whose clients they were on a day; what happened is read from its rows."""
    sql = source.put_together(parts, select, segmented=True)
    return queries.fetched(sql, {**asked.params(), **more}, source=source)


def _of_served(asked: Question, select: str, kept_select: str, source: Source, **page: Any) -> list[tuple[Any, ...]]:
    """Single months are kept, over everybody and under one filter."""
    kept = serving.where_kept(asked) if source.stored else None
    if kept is None:
        return _asked(asked, (SERVED_CLIENT,), select, source=source, **page)
    return queries.fetched(kept_select.format(chosen=SEGMENT_FILTER), {**asked.params(), **kept, **page}, source=source)


def served_by_client(
    asked: Question, *, after: int = 0, size: int | None = None, source: Source = ROWS
) -> list[Served]:
    """Whom the department talked to in the period, dearest first, from one place on."""
    return [_served(row) for row in _of_served(asked, DEAREST, serving.DEAREST, source, size=size, after=after)]


def served_by_tier(
    asked: Question, *, dearest: int = 0, source: Source = ROWS
) -> tuple[dict[str, ServedTier], list[Served]]:
    """What all of them cost, and the dearest few. One statement."""
    tiers: dict[str, ServedTier] = {}
    few: list[Served] = []
    for row in _of_served(asked, BY_TIER, serving.BY_TIER, source, size=dearest, after=0):
        client, cost, known, unknown, minutes, tier, _name = row
        if client is None:
            tiers[tier] = ServedTier(Decimal(cost or 0), known, int(unknown), int(minutes or 0))
        else:
            few.append(_served(row))
    return tiers, few


def _served(row: tuple[Any, ...]) -> Served:
    client, cost, contacts, unknown, minutes, tier, name = row
    return Served(client, Decimal(cost or 0), contacts, int(unknown), int(minutes or 0), tier, name)


def cost_to_serve(asked: Question, tiers: Mapping[str, ServedTier] | None = None) -> Figure:
    """Cost of the contacts of the period, a client served."""
    found = (served_by_tier(asked)[0] if tiers is None else tiers).values()
    return ratio(
        Unit.MONEY,
        sum((one.cost for one in found), Decimal(0)),
        sum(one.known for one in found),
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


def plan_and_fact(
    asked: Question, tiers: Mapping[str, ServedTier] | None = None, *, source: Source = ROWS
) -> list[TierPlan]:
    """By tier, over the clients active on the last day of the period, whether somebody talked to them or not."""
    [period] = asked.periods
    months = Decimal((period.end - period.start).days) / DAYS_IN_MONTH
    if period.whole_months:
        months = Decimal((period.end.year - period.start.year) * 12 + period.end.month - period.start.month)
    tiers = served_by_tier(asked)[0] if tiers is None else tiers
    result = []
    for tier, plan, clients in _active_by_tier(asked, source):
        served = tiers.get(tier, ServedTier())
        silent = bool(served.unknown) and not served.known  # nothing is known, not nought
        fact = ratio(
            Unit.MONEY,
            served.cost,
            0 if silent else clients * months,
            excluded={"without_cost": served.unknown},
            extras={"clients": float(clients)},
        )
        result.append(TierPlan(tier, fact, plan))
    return result


ACTIVE_TIERS = f"""
    SELECT k.tier, k.cost_plan, COALESCE(a.clients, 0) FROM retention_keepingpolicy k LEFT JOIN (
        SELECT x.tier, count(*) AS clients FROM period p JOIN run r ON r.from_day <= p.seen AND r.until_day > p.seen
        {on_day("r", "p.seen")} WHERE {SEGMENT_FILTER} GROUP BY x.tier
    ) a ON a.tier = k.tier ORDER BY k.tier
"""
#: The cube knows those of every tier, and of every tier of a manager, at the end of a month.
KEPT_TIERS = """
    SELECT k.tier, k.cost_plan, COALESCE(c.value, 0)::int FROM retention_keepingpolicy k LEFT JOIN reports_cube c
        ON c.dim = %(dim)s AND c.key = %(before)s || k.tier AND c.month = %(month)s AND c.name = 'active'
        AND (%(tier)s::text IS NULL OR k.tier = %(tier)s) ORDER BY k.tier
"""


def _active_by_tier(asked: Question, source: Source) -> list[tuple[str, Decimal | None, int]]:
    [period], given = asked.periods, asked.segment.given()
    if source.stored and period.whole_months and given.keys() <= {"manager", "tier"}:
        manager = given.get("manager")
        cell = {"dim": "tier", "before": ""} if manager is None else {"dim": "book", "before": f"{manager}:"}
        last = min(add_months(period.end, -1), asked.today.replace(day=1))  # a period that goes on has no later one yet
        month = {"month": last, "tier": given.get("tier")}
        return queries.fetched(KEPT_TIERS, {**cell, **month}, source=source)
    return _asked(asked, (PERIOD, RUN), ACTIVE_TIERS)


def acquisition_cost(average_cost: float | None, company: Company | None = None) -> Decimal | None:
    """As the company states it; unknown, so many times the cost of keeping a client."""
    company = company or core_queries.company()
    if company.acquisition_cost is not None:
        return Decimal(company.acquisition_cost)
    return None if average_cost is None else Decimal(str(average_cost)) * company.acquisition_factor


def money_saved(
    asked: Question, *, cost: Figure | None = None, retained: int | None = None, company: Company | None = None
) -> Figure:
    """Retained clients × what keeping one costs less than winning a new one."""
    cost = cost or cost_to_serve(asked)
    if retained is None:
        [found] = queries.figures(asked, keys=["retention_rate"])
        retained = int(found["retention_rate"].numerator or 0)
    price = acquisition_cost(cost.value, company)
    if price is None:
        return Figure(Unit.MONEY, numerator=retained, denominator=0)
    each = max(Decimal(0), price - Decimal(str(cost.value or 0)))
    extras = {"acquisition_cost": float(price), "cost_to_serve": cost.value, "each": float(each)}
    return ratio(Unit.MONEY, retained * each, 1, excluded=cost.excluded, extras=extras)


# --- what a client has brought ----------------------------------------------------------------------------------------

_ENDS = " ".join(f"WHEN b.above < b.total * {end} THEN '{name}'" for name, end in brought.SEGMENT_ENDS.items())
#: Everybody who has brought anything, most first, with the margin of the orders whose cost is known.
BROUGHT = f"""
    SELECT b.*, CASE {_ENDS} ELSE 'C' END AS segment FROM (
        SELECT u.client_id, u.manager_id, u.a AS money, u.b AS margin, u.c::bigint AS orders,
            sum(u.a) OVER () AS total, row_number() OVER w AS place, sum(u.a) OVER w - u.a AS above
        FROM ltv_unit u JOIN LATERAL (SELECT u.manager_id, u.tier, u.industry_id, u.region_id) x ON {SEGMENT_FILTER}
        WINDOW w AS (ORDER BY u.a DESC, u.client_id)
    ) b
"""
EACH = f"""
    SELECT client_id, money, margin, orders, segment, place FROM ({BROUGHT}) b
    WHERE (%(segment)s::text IS NULL OR segment = %(segment)s) AND place > %(after)s ORDER BY place LIMIT %(size)s
"""
SEGMENTS = f"""
    SELECT g.segment, g.manager_id, u.username, u.name, 'am' = ANY(u.roles), g.clients, g.money, g.margin, g.orders FROM (
        SELECT segment, manager_id, count(*) AS clients, sum(money) AS money, sum(margin) AS margin, sum(orders) AS orders
        FROM ({BROUGHT}) b GROUP BY GROUPING SETS ((segment), (manager_id))
    ) g LEFT JOIN staff_user u ON u.id = g.manager_id ORDER BY u.name, u.id
"""
#: The derived table keeps what clients have brought to date.
STORED_LTV = Part("ltv_unit", "SELECT * FROM reports_unit WHERE kind = 'ltv'", inline=True)
EVERYBODY = 2**31


@dataclass(frozen=True, slots=True)
class Brought:
    client_id: int
    money: Decimal
    margin: Decimal  # of the orders whose cost is known
    orders_with_cost: int
    segment: str
    place: int  # the first has brought most


def _of_ltv(asked: Question, select: str, source: Source, **more: Any) -> list[tuple[Any, ...]]:
    params = {**asked.params(), **more}
    if source.stored:
        return queries.fetched(with_parts((STORED_LTV,), select), params, source=source)
    return queries.fetched(ROWS.put_together((LTV_UNITS,), select, segmented=True), params)


def brought_by_client(
    asked: Question, *, segment: str | None = None, after: int = 0, size: int = EVERYBODY, source: Source = ROWS
) -> list[Brought]:
    """What each client has brought to date, most first; A are those who brought the first 80 %, B the next 15 %."""
    kept = brought.each(asked.segment, segment) if source.stored else None
    page = {"segment": segment, "after": after, "size": size}
    rows = queries.fetched(kept[0], kept[1] | page, source=source) if kept else _of_ltv(asked, EACH, source, **page)
    return [Brought(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class GroupWorth:
    """Clients of a segment or of a manager: what one has brought on average, and the margin of orders with known cost."""

    name: str
    value: Figure
    margin: Figure
    username: str = ""
    has_page: bool = False  # whoever holds clients without being an account manager has none


@dataclass(frozen=True, slots=True)
class Worth:
    segments: list[GroupWorth]
    managers: dict[int, GroupWorth]

    @property
    def average(self) -> Figure:
        """Of everybody: segments leave nobody out."""
        money = sum((Decimal(one.value.numerator or 0) for one in self.segments), Decimal(0))
        return ratio(Unit.MONEY, money, sum(int(one.value.denominator or 0) for one in self.segments))


def worth_of_groups(asked: Question, *, source: Source = ROWS) -> Worth:
    """One statement; managers only where nobody is left out."""
    kept = brought.groups(asked.segment) if source.stored else None
    rows = queries.fetched(*kept, source=source) if kept else _of_ltv(asked, SEGMENTS, source)
    by_name = {segment: row for segment, _manager, _username, _name, _has_page, *row in rows if segment}
    managers = {
        manager: _group(name, row, username, has_page=has_page)
        for _segment, manager, username, name, has_page, *row in rows
        if manager
    }
    if asked.segment.given():
        managers = {}
    return Worth([_group(name, by_name.get(name, (0, 0, 0, 0))) for name in "ABC"], managers)


def _group(name: str, row: Sequence[Any], username: str = "", *, has_page: bool = False) -> GroupWorth:
    clients, money, margin, orders = row
    mean = ratio(Unit.MONEY, margin, clients if orders else 0, extras={"orders": float(orders)})
    return GroupWorth(name, ratio(Unit.MONEY, money, clients), mean, username, has_page)


# --- when a client has paid for having been won -----------------------------------------------------------------------

PAID = f"""
    SELECT f.client_id, m.number, COALESCE(sum(s.money), 0) + COALESCE((
        SELECT sum(o.net) FROM valid_order o
        WHERE o.client_id = f.client_id AND o.contract_id IS NULL AND o.day < m.until), 0)
    FROM (
        SELECT client_id, min(day) AS day FROM (
            SELECT client_id, day FROM valid_order UNION SELECT client_id, start FROM span) d GROUP BY client_id
    ) f
    CROSS JOIN LATERAL generate_series(1, GREATEST(1, 1 + 12 * (EXTRACT(YEAR FROM %(today)s::date) - EXTRACT(YEAR FROM f.day))
        + EXTRACT(MONTH FROM %(today)s::date) - EXTRACT(MONTH FROM f.day))::int) AS g(number)
    CROSS JOIN LATERAL (SELECT g.number, LEAST((f.day + make_interval(months => g.number))::date, %(today)s::date + 1)
        AS until) m
    LEFT JOIN LATERAL (SELECT s.mv * {months_sql("s.start", "LEAST(s.finish, m.until - 1)")} AS money
        FROM span s WHERE s.client_id = f.client_id AND s.start < m.until) s ON TRUE
    GROUP BY f.client_id, m.number, m.until ORDER BY m.number DESC
"""


def payback_of(asked: Question, clients: Sequence[int], *, cost: Decimal) -> dict[int, int]:
    """In which month after the first purchase each had brought what winning him cost; who has not is left out."""
    if not clients:
        return {}
    one = queries.question(as_of=asked.moment, given=asked.norms)
    rows = queries.fetched(with_parts((VALID_ORDER, SPAN), PAID), {**one.params(), "clients": list(clients)})
    return {client: number for client, number, money in rows if money >= cost}  # the earliest month comes last


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

"""Puts the SQL of the rooms together into one statement: over source rows, or over the derived tables.

The same ``Kind.rows`` text runs over both; only the names behind ``unit``, ``run`` and ``trait`` differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from clients import metrics as clients_metrics
from clients.metrics import CLIENTS, MEDIAN, PERIOD, TRAIT
from core.figures import Kind, Part, Segment, Side, with_parts
from feedback import metrics as feedback_metrics
from retention import metrics as retention_metrics
from retention.metrics import RUN
from retention.metrics.statements import holds_product

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (*clients_metrics.KINDS, *retention_metrics.KINDS, *feedback_metrics.KINDS)
}
COLUMNS: tuple[str, ...] = tuple(name for kind in KINDS.values() for name in kind.sums)
UNIT_PARTS: tuple[Part, ...] = tuple({kind.units.name: kind.units for kind in KINDS.values() if kind.units}.values())

SEGMENT_FILTER = """(%(manager)s::bigint IS NULL OR x.manager_id = %(manager)s)
    AND (%(tier)s::text IS NULL OR x.tier = %(tier)s)
    AND (%(industry)s::bigint IS NULL OR x.industry_id = %(industry)s)
    AND (%(region)s::bigint IS NULL OR x.region_id = %(region)s)"""
EXPLODE = """CROSS JOIN LATERAL (VALUES ('', ''), ('manager', x.manager_id::text), ('tier', x.tier),
    ('industry', x.industry_id::text), ('region', x.region_id::text)) AS g(dim, key)"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where units, runs and traits come from."""

    stored: bool

    def parts(self, kind: Kind) -> tuple[Part, ...]:
        if self.stored:
            return (PERIOD,)
        own = (kind.units,) if kind.units else ()
        return (PERIOD, *own, *kind.parts)

    def named(self, kind: Kind, sql: str) -> str:
        if self.stored:
            for name in ("unit", "run", "trait"):
                sql = sql.replace(f"JOIN {name} ", f"JOIN reports_{name} ")
            return sql
        return sql.replace("JOIN unit ", f"JOIN {kind.units.name} ") if kind.units else sql


ROWS = Source(stored=False)
STORED = Source(stored=True)


def _events(kind: Kind, source: Source, *, product: bool = False) -> str:
    """Rows of one kind, one per client and event, with the number of their period."""
    return source.named(kind, kind.rows).format(
        keys="",
        explode="",
        within="x.at >= p.start AND x.at < p.until",
        timeless="TRUE",
        chosen=f"{CLIENTS.format(alias='x')} AND {SEGMENT_FILTER}",
        held_before=holds_product("r0", "(p.start - 1)") if product else "TRUE",
        held_seen=holds_product("r", "p.seen") if product else "TRUE",
    )


def _day_units(part: Part, at: str) -> Part:
    return Part(part.name, part.sql.replace("{at}", at), tuple(_day_units(need, at) for need in part.needs))


def _sums(kinds: Iterable[Kind], source: Source, *, product: bool) -> str:
    selects = []
    for kind in kinds:
        columns = ", ".join(f"{kind.sums[name]}::numeric" if name in kind.sums else "0::numeric" for name in COLUMNS)
        rows = _events(kind, source, product=product)
        selects.append(f"SELECT i, count(*) AS units, {columns} FROM ({rows}) u GROUP BY i")
    names = ", ".join(COLUMNS)
    total = ", ".join(f"COALESCE(sum({name}), 0) AS {name}" for name in COLUMNS)
    united = "\nUNION ALL\n".join(selects)
    return f"SELECT i, sum(units), {total} FROM ({united}) AS s(i, units, {names}) GROUP BY i"


@cache
def sums_sql(kinds: tuple[str, ...], source: Source, *, product: bool) -> str:
    """One row of sums per period of the question."""
    chosen = [KINDS[name] for name in kinds]
    parts = [part for kind in chosen for part in source.parts(kind)]
    return with_parts((_day_units(part, "o.day") for part in parts), _sums(chosen, source, product=product))


@cache
def stored_sql(relation: str, columns: str) -> str:
    """The rows that a derived table holds, computed from source rows."""
    months = "date_trunc('month', o.day)::date"
    if relation != "unit":
        part = {"trait": TRAIT, "run": RUN}[relation]
        return with_parts((part,), f"SELECT {columns} FROM {part.name}")
    parts = tuple(_day_units(part, months) for part in UNIT_PARTS)
    return with_parts(parts, "\nUNION ALL\n".join(f"SELECT {columns} FROM {part.name}" for part in parts))


@cache
def who_sql(side: Side, source: Source, *, product: bool, backwards: bool) -> str:
    """Clients behind one side of a figure, with what each brings, in the order of their keys."""
    kind = KINDS[side.kind]
    parts = [_day_units(part, "o.day") for part in source.parts(kind)]
    rows = _events(kind, source, product=product)
    return with_parts(
        parts,
        f"SELECT u.client_id, sum({side.amount})::numeric, count(*) FROM ({rows}) u"
        f" WHERE {side.where} AND u.client_id {'<' if backwards else '>'} %(beyond)s"
        f" GROUP BY u.client_id ORDER BY u.client_id {'DESC' if backwards else ''} LIMIT %(limit)s",
    )


@cache
def median_sql(source: Source, *, segmented: bool) -> str:
    if not segmented:
        return MEDIAN.format(join="", chosen="TRUE")
    traits = "reports_trait" if source.stored else "trait"
    join = (
        f"JOIN {traits} x ON x.client_id = o.client_id AND x.from_day <= {clients_metrics.ORDER_DAY}"
        f" AND x.until_day > {clients_metrics.ORDER_DAY}"
    )
    select = MEDIAN.format(join=join, chosen=SEGMENT_FILTER)
    return select if source.stored else with_parts((TRAIT,), select)


COHORTS = {"orders": clients_metrics.ORDER_COHORTS, "contracts": retention_metrics.CONTRACT_COHORTS}
COHORT_CELLS = """
    SELECT date_trunc('month', c.first_day)::date, c.month, count(*)
    FROM cohort_fact c {join}
    WHERE c.first_day >= %(start)s AND c.first_day < %(end)s AND {chosen} GROUP BY 1, 2 ORDER BY 1, 2
"""


@cache
def cohorts_sql(basis: str, *, segmented: bool) -> str:
    join = f"{clients_metrics.on_day('c', 'c.first_day')}" if segmented else ""
    select = COHORT_CELLS.format(join=join, chosen=SEGMENT_FILTER if segmented else "TRUE")
    return with_parts((COHORTS[basis], TRAIT) if segmented else (COHORTS[basis],), select)


def is_segmented(segment: Segment) -> bool:
    return bool(set(segment.given()) - {"product"})

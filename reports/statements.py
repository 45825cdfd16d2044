"""Puts the SQL of the rooms together into one statement: over source rows, or over the derived tables.

The same ``Kind.rows`` text runs over both; only the names behind ``unit``, ``run`` and ``trait`` differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from clients import metrics as clients_metrics
from clients.metrics import CLIENTS, MEDIAN, PERIOD, TRAIT
from core.figures import Kind, Part, Segment, Side, with_parts
from feedback import metrics as feedback_metrics
from reports import heard, serving
from retention import metrics as retention_metrics
from retention.metrics import RUN
from retention.metrics.statements import holds_product

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (*clients_metrics.KINDS, *retention_metrics.KINDS, *feedback_metrics.KINDS)
}
COLUMNS: tuple[str, ...] = tuple(name for kind in KINDS.values() for name in kind.sums)
KEPT: dict[str, Part] = {name: part for name, kind in KINDS.items() if (part := kind.kept or kind.units)}
KEPT |= heard.UNITS | serving.UNITS
KEPT_PARTS: tuple[Part, ...] = tuple({part.name: part for part in KEPT.values()}.values())

SEGMENT_FILTER = """(%(manager)s::bigint IS NULL OR x.manager_id = %(manager)s)
    AND (%(tier)s::text IS NULL OR x.tier = %(tier)s)
    AND (%(industry)s::bigint IS NULL OR x.industry_id = %(industry)s)
    AND (%(region)s::bigint IS NULL OR x.region_id = %(region)s)"""
EXPLODE = """CROSS JOIN LATERAL (VALUES ('', ''), ('manager', x.manager_id::text), ('tier', x.tier),
    ('industry', x.industry_id::text), ('region', x.region_id::text),
    ('book', x.manager_id::text || ':' || x.tier)) AS g(dim, key)"""


#: Where no filter asks who a client was, nothing is joined: a client has exactly one row of traits on every day.
NOBODY_ASKS = "CROSS JOIN (SELECT NULL::bigint AS manager_id, ''::text AS tier, NULL::bigint AS industry_id, NULL::bigint AS region_id) x"
#: The traits of the clients at work once they are derived.
KEPT_TRAIT = Part("trait", f"SELECT * FROM reports_trait o WHERE {CLIENTS.format(alias='o')}", inline=True)
TRAITS = re.compile(r"\[\[traits (\w+) \| (.+?)\]\]")


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
            for name in ("unit", "run"):
                sql = sql.replace(f"JOIN {name} ", f"JOIN reports_{name} ")
            return sql
        return sql.replace("JOIN unit ", f"JOIN {kind.units.name} ") if kind.units else sql

    def put_together(
        self, parts: Iterable[Part], select: str, *, segmented: bool, trait: Part = TRAIT, once: bool = False
    ) -> str:
        """The whole statement; who a client was on a day is joined if ``segmented``."""
        if segmented and not self.stored:
            parts = (trait, *parts)
        table = "reports_trait" if self.stored else "trait"

        def join(found: re.Match[str]) -> str:
            client, day = found[1], found[2]
            if not segmented:
                return NOBODY_ASKS
            return f"JOIN {table} x ON x.client_id = {client}.client_id AND x.from_day <= {day} AND x.until_day > {day}"

        return TRAITS.sub(join, with_parts(parts, select, once=once))


ROWS = Source(stored=False)
STORED = Source(stored=True)


def _events(kind: Kind, source: Source, *, product: bool, segmented: bool) -> str:
    """Rows of one kind, one per client and event, with the number of their period."""
    return source.named(kind, kind.rows).format(
        keys="",
        explode="",
        within="x.at >= p.start AND x.at < p.until",
        timeless="TRUE",
        chosen=SEGMENT_FILTER if segmented else "TRUE",
        held_before=holds_product("r0", "(p.start - 1)") if product else "TRUE",
        held_seen=holds_product("r", "p.seen") if product else "TRUE",
    )


def columns_of(kind: Kind, names: Iterable[str], without: frozenset[str] = frozenset()) -> str:
    """The sums of a kind among the columns of all of them; nought for those that are known already."""
    wanted = {name: sql for name, sql in kind.sums.items() if name not in without}
    return ", ".join(f"{wanted[name]}::numeric" if name in wanted else "0::numeric" for name in names)


def _sums(
    kinds: Iterable[Kind], source: Source, *, product: bool, segmented: bool, without: frozenset[str] = frozenset()
) -> str:
    selects = []
    for kind in kinds:
        columns = columns_of(kind, COLUMNS, without)
        rows = _events(kind, source, product=product, segmented=segmented)
        selects.append(f"SELECT i, count(*) AS units, {columns} FROM ({rows}) u GROUP BY i")
    names = ", ".join(COLUMNS)
    total = ", ".join(f"COALESCE(sum({name}), 0) AS {name}" for name in COLUMNS)
    united = "\nUNION ALL\n".join(selects)
    return f"SELECT i, sum(units), {total} FROM ({united}) AS s(i, units, {names}) GROUP BY i"


@cache
def sums_sql(
    kinds: tuple[str, ...],
    source: Source,
    *,
    product: bool,
    segmented: bool = True,
    without: frozenset[str] = frozenset(),
) -> str:
    """One row of sums per period of the question; those ``without`` are nought."""
    chosen = [KINDS[name] for name in kinds]
    parts = [part for kind in chosen for part in source.parts(kind)]
    return source.put_together(
        parts, _sums(chosen, source, product=product, segmented=segmented, without=without), segmented=segmented
    )


@cache
def stored_sql(relation: str, columns: str, kinds: tuple[str, ...] | None = None, *, once: bool = False) -> str:
    """The rows that a derived table holds, computed from source rows; ``once`` reads those one time only."""
    if relation == "trait":
        return with_parts((TRAIT,), f"SELECT {columns} FROM trait")
    if relation == "run":
        return with_parts((RUN,), f"SELECT {columns} FROM run", once=once)
    parts = KEPT_PARTS if kinds is None else tuple({KEPT[name].name: KEPT[name] for name in kinds}.values())
    united = "\nUNION ALL\n".join(f"SELECT {columns} FROM {part.name}" for part in parts)
    return ROWS.put_together(parts, united, segmented=True, trait=KEPT_TRAIT, once=once)


def reading(table: str) -> tuple[str, ...]:
    """The kinds whose units come of rows of this table, alone or with others, or of runs that do."""
    tables = [table]
    if _names(stored_sql("run", "*"), table):
        tables.append("reports_run")
    return tuple(name for name, part in KEPT.items() if any(_names(with_parts((part,), ""), each) for each in tables))


def _names(sql: str, table: str) -> bool:
    return re.search(rf"\b{table}\b", sql) is not None


@cache
def who_sql(side: Side, source: Source, *, product: bool, backwards: bool, segmented: bool = True) -> str:
    """Clients behind one side of a figure, with what each brings, in the order of their keys."""
    kind = KINDS[side.kind]
    rows = _events(kind, source, product=product, segmented=segmented)
    return source.put_together(
        source.parts(kind),
        f"SELECT u.client_id, sum({side.amount})::numeric, count(*) FROM ({rows}) u"
        f" WHERE {side.where} AND u.client_id {'<' if backwards else '>'} %(beyond)s"
        f" GROUP BY u.client_id ORDER BY u.client_id {'DESC' if backwards else ''} LIMIT %(limit)s",
        segmented=segmented,
    )


#: Of these a client and period have one row already: nothing has to be put together. OFFSET 0 computes it once.
ONE_EACH = frozenset({"order", "stay"})


def _apart(name: str, where: str, ratios: Iterable[tuple[int, str, str]], rows: str) -> str:
    """The sums of all ratios over the same rows, which are read once; a line for each that has anything to divide by."""
    each, by_client = ("({})", " OFFSET 0") if name in ONE_EACH else ("sum({})", " GROUP BY u.i, u.client_id")
    values, sums, lines = [], [], []
    for n, upper, lower in ratios:
        values.append(f"{each.format(upper)}::float8 AS a{n}, {each.format(lower)}::float8 AS b{n}")
        terms = (f"c.a{n}", f"c.b{n}", f"c.a{n} * c.a{n}", f"c.a{n} * c.b{n}", f"c.b{n} * c.b{n}")
        wanted = f"FILTER (WHERE c.b{n} <> 0)"
        sums += [f"count(*) {wanted} AS n{n}", *(f"sum({term}) {wanted} AS s{n}_{k}" for k, term in enumerate(terms))]
        lines.append(f"({n}, s.n{n}, {', '.join(f's.s{n}_{k}' for k in range(len(terms)))})")
    return (
        f"SELECT v.number, s.i, v.n, v.a, v.b, v.aa, v.ab, v.bb FROM (SELECT c.i, {', '.join(sums)} FROM ("
        f"SELECT u.i, {', '.join(values)} FROM ({rows}) u WHERE {where}{by_client}) c GROUP BY c.i) s"
        f" CROSS JOIN LATERAL (VALUES {', '.join(lines)}) AS v(number, n, a, b, aa, ab, bb) WHERE v.n > 0"
    )


@cache
def spread_sql(ratios: tuple[tuple[str, str, str, str], ...], source: Source, *, product: bool, segmented: bool) -> str:
    """How far the clients' own ratios lie apart: of each (kind, where, a, b) and period n, Σa, Σb, Σa², Σab, Σb²."""
    together: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for number, (name, where, upper, lower) in enumerate(ratios):
        together.setdefault((name, where), []).append((number, upper, lower))
    selects = [
        _apart(name, where, group, _events(KINDS[name], source, product=product, segmented=segmented))
        for (name, where), group in together.items()
    ]
    parts = [part for name, *_rest in ratios for part in source.parts(KINDS[name])]
    return source.put_together(parts, "\nUNION ALL\n".join(selects), segmented=segmented)


@cache
def cohort_clients_sql(basis: str, *, segmented: bool, backwards: bool) -> str:
    """Who is in one cell of the cohorts: newcomers of %(start)s who were there in %(month)s."""
    select = f"""
        SELECT c.client_id, 1, 1 FROM cohort_fact c {clients_metrics.on_day("c", "c.first_day")}
        WHERE c.first_day >= %(start)s AND c.first_day < %(end)s AND c.month = %(month)s AND {SEGMENT_FILTER}
            AND c.client_id {"<" if backwards else ">"} %(beyond)s
        ORDER BY c.client_id {"DESC" if backwards else ""} LIMIT %(limit)s
    """
    return ROWS.put_together((COHORTS[basis],), select, segmented=segmented)


@cache
def median_sql(source: Source, *, segmented: bool) -> str:
    select = MEDIAN.format(join=clients_metrics.on_day("o", clients_metrics.ORDER_DAY), chosen=SEGMENT_FILTER)
    return source.put_together((), select, segmented=segmented)


COHORTS = {"orders": clients_metrics.ORDER_COHORTS, "contracts": retention_metrics.CONTRACT_COHORTS}
COHORT_CELLS = f"""
    SELECT date_trunc('month', c.first_day)::date, c.month, count(*)
    FROM cohort_fact c {clients_metrics.on_day("c", "c.first_day")}
    WHERE c.first_day >= %(start)s AND c.first_day < %(end)s AND {SEGMENT_FILTER} GROUP BY 1, 2 ORDER BY 1, 2
"""


#: The same from the derived tables: the unit that says when a client was new, and the months in which he was there. Days
#: on which orders alone kept him active lie before his first contract: in no month that is asked for.
KEPT_COHORTS = {
    "orders": ("first", "o.at", "reports_unit o ON o.client_id = x.client_id AND o.kind = 'order'"),
    "contracts": (
        "start",
        """generate_series(date_trunc('month', r.from_day::timestamp),
            LEAST(r.until_day - 1, %(today)s::date)::timestamp, interval '1 month')::date""",
        "reports_run r ON r.client_id = x.client_id AND r.from_day <= %(today)s",
    ),
}


@cache
def cohorts_sql(basis: str, source: Source, *, segmented: bool) -> str:
    if not source.stored:
        return ROWS.put_together((COHORTS[basis],), COHORT_CELLS, segmented=segmented)
    kind, month, there = KEPT_COHORTS[basis]
    return f"""
        SELECT first, month, count(*) FROM (
            SELECT DISTINCT x.client_id, date_trunc('month', x.at::timestamp)::date AS first, {month} AS month
            FROM reports_unit x JOIN {there}
            WHERE x.kind = '{kind}' AND x.at >= %(start)s AND x.at < %(end)s AND x.client_id <> ALL(%(waiting)s::bigint[])
                AND {SEGMENT_FILTER if segmented else "TRUE"}
        ) c GROUP BY 1, 2 ORDER BY 1, 2
    """


def is_segmented(segment: Segment) -> bool:
    return bool(set(segment.given()) - {"product"})

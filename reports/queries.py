"""Asks for figures: from the derived tables where they can answer, from source rows for any other question."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate

from clients.metrics import UNIT_ROWS
from core import queries as core_queries
from core.figures import (
    Counted,
    Figure,
    Norms,
    Number,
    Period,
    Question,
    Segment,
    Side,
    end_of_day,
    months_of,
)
from core.models import Company
from reports import cohort_cells, facts, middles, overlaps, several, statements
from reports.registry import FIGURES
from reports.statements import COLUMNS, KINDS, ROWS, STORED, Source

MEDIAN_KEY, MEDIAN_FIGURE = "median", "median_check"


def norms_of(company: Company) -> Norms:
    return Norms(
        grace=company.grace_days,
        early=company.early_days,
        active=company.active_days,
        regular_orders=company.regular_orders,
        regular_days=company.regular_days,
    )


def norms() -> Norms:
    return norms_of(core_queries.company())


def question(
    *periods: Period, as_of: date | datetime | None = None, segment: Segment | None = None, given: Norms | None = None
) -> Question:
    """``as_of`` is a date (its end, company time) or a moment; now means everything dated up to today."""
    zone = settings.TIME_ZONE
    moment = as_of if isinstance(as_of, datetime) else end_of_day(as_of or localdate(), zone)
    return Question(periods, moment, zone, given or norms(), segment or Segment())


#: Over source rows everything is joined as whole sets. Freshly imported rows have no statistics yet, and a nested loop
#: chosen by guess would take hours. The setting ends with the transaction, which is this one message outside of others;
#: within another one it is taken back.
WHOLE_SETS = "SET LOCAL enable_nestloop = off; SET LOCAL jit = off; SET LOCAL work_mem = '128MB'; "
#: Orders of a period lie scattered among all of them: page by page they are read several times faster than one by one.
BY_PAGES = "SET LOCAL enable_indexscan = off; "
#: Of what is said of a whole year most clients have a share: a page of them is soon found by walking them in order, while
#: all of them put together only to be sorted cost seconds.
IN_ORDER = "SET LOCAL enable_sort = off; SET LOCAL enable_hashagg = off; "
AS_BEFORE = (
    "SET LOCAL enable_nestloop = DEFAULT; SET LOCAL enable_mergejoin = DEFAULT; SET LOCAL jit = DEFAULT;"
    " SET LOCAL work_mem = DEFAULT;"
    " SET LOCAL enable_indexscan = DEFAULT; SET LOCAL enable_sort = DEFAULT; SET LOCAL enable_hashagg = DEFAULT"
)


def fetched(
    sql: str, params: dict[str, Any], *, source: Source = ROWS, planned: str | None = None
) -> list[tuple[Any, ...]]:
    if planned is None:
        planned = "" if source.stored else WHOLE_SETS
    with connection.cursor() as cursor:
        cursor.execute(planned + sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        if connection.in_atomic_block and planned:
            cursor.execute(AS_BEFORE)
    return rows


def _source(asked: Question) -> Source:
    return STORED if asked.segment.product is None and facts.can_answer(asked) else ROWS


@dataclass(frozen=True, slots=True)
class View:
    """What a page is made of: the question with the moment for which its answer holds, and where it comes from."""

    asked: Question
    source: Source
    behind: facts.Standing | None = None  # the facts are not those of this moment
    absent: bool = False  # there are none yet, and source rows would take long


MANY_ORDERS = 50_000


def at_once(asked: Question) -> View:
    """For people: the facts as they stand rather than a long wait for those of this very moment."""
    if asked.segment.product is not None or asked.today != localdate():
        return View(asked, ROWS)
    found = facts.standing(asked)
    if found is None or not found.in_force:
        return View(asked, ROWS, absent=_has_many_orders())
    if found.day == asked.today and not found.waiting:
        return View(asked, STORED)
    return View(replace(asked, moment=end_of_day(found.day, asked.zone)), STORED, behind=found)


def _has_many_orders() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM clients_order OFFSET %s)", [MANY_ORDERS])
        return bool(cursor.fetchone()[0])


KNOWN_DAYS = """
    SELECT min(day), max(day) FROM (
        SELECT min(ordered_at)::date AS day FROM clients_order UNION ALL SELECT max(ordered_at)::date FROM clients_order
        UNION ALL SELECT min(starts_on) FROM clients_contract UNION ALL SELECT max(starts_on) FROM clients_contract
    ) d
"""


def known_days() -> tuple[date, date] | None:
    """From when to when there are orders or contracts; nothing dated after today counts."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_DAYS)
        first, last = cursor.fetchone()
    return None if first is None else (first, min(last, localdate()))


#: Kept by month: any other days of these are counted from source rows.
BY_MONTH = frozenset(kind.name for kind in KINDS.values() if kind.kept)
REACHING = frozenset(kind.name for kind in KINDS.values() if kind.reaching)
#: A period's units are those of its months, one by one; who is active is asked of its last day, what a client brought of
#: no day at all.
ADDING = frozenset(name for name, kind in KINDS.items() if kind.rows == UNIT_ROWS % name or name == "ltv")
STANDING = frozenset({"active"})
#: Sums of orders add up as well; who bought is asked of the whole period.
ADDING_SUMS = frozenset(KINDS["order"].sums) - {*overlaps.BUYERS}
ADDED_UP = ADDING | STANDING | REACHING


def sums(asked: Question, *, kinds: Iterable[str] | None = None, source: Source | None = None) -> list[Counted]:
    """One row of sums per period. The cube knows whole months; the derived tables any days, apart from ``BY_MONTH``."""
    source = source or _source(asked)
    chosen, found = tuple(kinds or KINDS), dict[Period, Mapping[str, Number]]()
    split = [period for period in asked.periods if source.stored and not period.whole_months]
    whole = [period for period in asked.periods if period not in split]
    if split:
        found |= _split(asked.about(*split), chosen)
    if whole and source.stored and facts.fits(asked):
        found |= _by_cube(asked.about(*whole), chosen)
    elif whole:
        found |= _statement(asked.about(*whole), chosen, source)
    return [_counted(asked, period, found.get(period, {})) for period in asked.periods]


def _by_cube(asked: Question, kinds: tuple[str, ...]) -> dict[Period, Mapping[str, Number]]:
    """Months as they stand there; what does not come of several months by adding up, by a statement."""
    if all(period.one_month for period in asked.periods):
        of_month = facts.cube_sums(asked)
        return {period: of_month[period.start] for period in asked.periods}
    dim, key = facts.cell_of(asked.segment) or ("", "")
    cells = several.added_sums(asked, added(kinds), dims=[dim], keys=[key])
    counted, long = tuple(name for name in kinds if name not in ADDED_UP), not_kept(asked)
    by_statement = _statement(asked.about(*long), counted, STORED, without=ADDING_SUMS) if counted and long else {}
    return {period: {**by_statement.get(period, {}), **cells.get((period, dim, key), {})} for period in asked.periods}


def added(kinds: Iterable[str]) -> several.Adding:
    """Which sums of these kinds the cube knows of several months, and how."""

    def names(wanted: Iterable[str]) -> list[str]:
        return [name for kind in kinds if kind in wanted for name in KINDS[kind].sums]

    orders = names({"order"})
    return several.Adding(
        [*names(ADDING), *(name for name in orders if name in ADDING_SUMS)],
        names(STANDING),
        names(REACHING),
        [*(name for name in orders if name not in ADDING_SUMS), *names({"nps"})],
        names({"stay"}),
    )


def not_kept(asked: Question) -> list[Period]:
    """Periods of which not every sum comes of what is kept by month."""
    return [period for period in asked.periods if not several.is_short(period)]


def sums_of_each(
    asked: Question, dim: str, values: Sequence[int | str], *, source: Source | None = None
) -> dict[int | str, list[Counted]]:
    """The periods of each manager, tier, industry or region named: of months by the cube in one statement, of any other
    question one by one.
    """
    source = source or _source(asked)
    if not (source.stored and not asked.segment.given() and all(period.one_month for period in asked.periods)):
        return {
            value: sums(replace(asked, segment=_narrowed(asked.segment, dim, value)), source=source) for value in values
        }
    found = facts.sums_of_each(asked, dim)
    return {
        value: [_counted(asked, period, found.get(str(value), {}).get(period.start, {})) for period in asked.periods]
        for value in values
    }


def _narrowed(segment: Segment, dim: str, value: Any) -> Segment:
    return replace(segment, **{dim: value})


def _split(asked: Question, kinds: tuple[str, ...]) -> dict[Period, Mapping[str, Number]]:
    kept = tuple(name for name in kinds if name not in BY_MONTH)
    by_rows = tuple(name for name in kinds if name in BY_MONTH)
    halves = [_statement(asked, names, source) for names, source in ((kept, STORED), (by_rows, ROWS)) if names]
    return {
        period: {name: sum(half.get(period, {}).get(name, 0) for half in halves) for name in COLUMNS}
        for period in asked.periods
    }


def _statement(
    asked: Question, kinds: tuple[str, ...], source: Source, *, without: frozenset[str] = frozenset()
) -> dict[Period, Mapping[str, Number]]:
    sql = statements.sums_sql(kinds, source, **_shape(asked), without=without)
    rows = fetched(sql, asked.params(), source=source)
    return {asked.periods[int(row[0]) - 1]: dict(zip(COLUMNS, row[2:], strict=True)) for row in rows}


def _shape(asked: Question) -> dict[str, bool]:
    """What the filters make of a statement."""
    return {"product": asked.segment.product is not None, "segmented": statements.is_segmented(asked.segment)}


def _counted(asked: Question, period: Period, found: Mapping[str, Number]) -> Counted:
    return Counted(period, asked.today, asked.norms, found)


def with_median(asked: Question, counted: Counted, *, source: Source | None = None) -> Counted:
    """The sums with the period's median: the cube's, else by a statement of its own."""
    if MEDIAN_KEY in counted.sums or not counted.sums.get("orders"):
        return counted
    source = source or _source(asked)
    middle = _median_of_months(asked, counted.period) if source.stored else None
    if middle is None:
        middle = median(asked, counted.period, source=source)
    return counted if middle is None else replace(counted, sums={**counted.sums, MEDIAN_KEY: middle})


def _median_of_months(asked: Question, period: Period) -> Decimal | None:
    kept = middles.of_months(asked, period)
    if kept is None:
        return None
    sql, more = kept
    return middles.read(fetched(sql, {**asked.params(), **more}, source=STORED))


def median(asked: Question, period: Period, *, source: Source = ROWS) -> Decimal | None:
    sql = statements.median_sql(source, segmented=statements.is_segmented(asked.segment))
    params = {**asked.params(), "start": period.start, "end": period.end}
    [(middle, _orders)] = fetched(sql, params, planned=WHOLE_SETS + BY_PAGES)
    return None if middle is None else Decimal(str(middle))


def figures(
    asked: Question, *, keys: Sequence[str] | None = None, source: Source | None = None
) -> list[dict[str, Figure]]:
    """Every figure of every period. Two statements at most for one period, the median being one of them."""
    wanted = list(keys or FIGURES)
    source = source or _source(asked)
    result = []
    for counted in sums(asked, kinds=kinds_of(wanted), source=source):
        if MEDIAN_FIGURE in wanted:
            counted = with_median(asked, counted, source=source)  # noqa: PLW2901
        result.append({key: figure(key, counted) for key in wanted})
    return result


def figure(key: str, counted: Counted) -> Figure:
    definition = FIGURES[key]
    if definition.formula is None:
        return Figure(definition.unit, numerator=0, denominator=0)
    return definition.formula(counted)


#: Which other kinds a formula reads besides those of its sides.
BESIDES = {"renewal_rate": ("winback",), "refusal_rate": ("winback",)}


def kinds_of(keys: Iterable[str]) -> tuple[str, ...]:
    found: set[str] = set()
    for key in keys:
        definition = FIGURES[key]
        found |= {side.kind for side in (definition.numerator, definition.denominator) if side}
        found |= set(BESIDES.get(key, ()))
    return tuple(name for name in KINDS if name in found) or ("order",)


@dataclass(frozen=True, slots=True)
class Behind:
    client_id: int
    amount: Decimal
    events: int


@dataclass(frozen=True, slots=True)
class BehindPage:
    rows: list[Behind]
    after: int | None  # of the next page
    before: int | None  # of the previous one


def behind(
    asked: Question,
    side: Side,
    *,
    after: int | None = None,
    before: int | None = None,
    size: int = 50,
    source: Source | None = None,
) -> BehindPage:
    """Who stands behind one side of a figure, a page by client key."""
    source, backwards = source or _source(asked), before is not None
    part_month = not all(period.whole_months for period in asked.periods)
    if side.kind in BY_MONTH and part_month:
        source = ROWS
    sql = statements.who_sql(side, source, backwards=backwards, **_shape(asked))
    params = {**asked.params(), "beyond": before if backwards else after or 0, "limit": size + 1}
    planned = IN_ORDER if source.stored and side.kind in REACHING else None
    return _page_of(fetched(sql, params, source=source, planned=planned), after=after, backwards=backwards, size=size)


def _page_of(found_rows: list[tuple[Any, ...]], *, after: int | None, backwards: bool, size: int) -> BehindPage:
    found = [Behind(client, amount, events) for client, amount, events in found_rows]
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return BehindPage([], None, None)
    return BehindPage(
        rows,
        after=rows[-1].client_id if more or backwards else None,
        before=rows[0].client_id if (more if backwards else after) else None,
    )


@dataclass(frozen=True, slots=True)
class Cohort:
    month: date
    size: int
    active: list[int | None]


def cohorts(asked: Question, *, basis: str, source: Source | None = None) -> list[Cohort]:
    """Rows by the month of the first contract or order; a month that is not over is unknown, not 0."""
    [period] = asked.periods
    if source is None:
        waiting = None if asked.segment.product is not None else facts.waiting(asked)
        source = ROWS if waiting is None else STORED
    else:
        waiting = []
    cells: dict[date, Counter[date]] = defaultdict(Counter)
    for first, month, count in _cohort_cells(asked, basis, source, waiting or []):
        cells[first][month] += count
    observed = min(asked.today + timedelta(days=1), period.end)
    result = []
    for first, counts in sorted(cells.items()):
        active = [
            counts[month.start] if month.end <= observed else None for month in months_of(Period(first, period.end))
        ]
        result.append(Cohort(first, counts[first], active))
    return result


def _cohort_cells(asked: Question, basis: str, source: Source, waiting: list[int]) -> Iterator[tuple[Any, ...]]:
    """First month, month, clients. Of those who wait to be taken into the facts from source rows, each of them once
    whatever the sweep does meanwhile.
    """
    [period], segmented = asked.periods, statements.is_segmented(asked.segment)
    asks = [(source, asked)] + ([(ROWS, replace(asked, clients=tuple(waiting)))] if waiting else [])
    for place, one in asks:
        sql, params = statements.cohorts_sql(basis, place, segmented=segmented), one.params()
        cell = facts.cell_of(asked.segment) if place.stored and period.whole_months else None
        if cell and cell[0] in cohort_cells.DIMS:
            sql, more = cohort_cells.kept(basis, cell, sql, period, today=asked.today)
            params |= more
        yield from fetched(sql, {**params, "start": period.start, "end": period.end, "waiting": waiting}, source=place)


def cohort_cell(
    asked: Question, *, basis: str, month: date, after: int | None = None, before: int | None = None, size: int = 50
) -> BehindPage:
    """Newcomers of the question's period who were there in ``month``."""
    [period], backwards = asked.periods, before is not None
    sql = statements.cohort_clients_sql(basis, segmented=statements.is_segmented(asked.segment), backwards=backwards)
    page = {"start": period.start, "end": period.end, "month": month, "limit": size + 1}
    rows = fetched(sql, {**asked.params(), **page, "beyond": before if backwards else after or 0})
    return _page_of(rows, after=after, backwards=backwards, size=size)


def spread(asked: Question, ratios: tuple[tuple[str, str, str, str], ...], *, source: Source) -> list[tuple[Any, ...]]:
    """Number of the ratio, number of the period, and n, Σa, Σb, Σa², Σab, Σb² over its clients; one statement."""
    if not all(period.whole_months for period in asked.periods):
        source = ROWS
    return fetched(statements.spread_sql(ratios, source, **_shape(asked)), asked.params(), source=source)

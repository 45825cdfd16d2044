"""Sums of all managers at once: the department, its tiers, each manager, and each manager's clients of one tier."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from core.enums import TIERS
from core.figures import Counted, Figure, Number, Period, Question, months_of
from core.prepared import Asking
from reports import facts, several
from reports.managers.rules import Stratum, expected
from reports.queries import ADDED_UP, ADDING_SUMS, BY_MONTH, added, fetched, figure, kinds_of, not_kept
from reports.statements import EXPLODE, KINDS, ROWS, STORED, Source, columns_of

#: Of which figures a manager's page, the table of all and the rules of bonuses may speak. Medians don't add up.
OFFERED = (
    "repeat_order_share",
    "active_clients",
    "orders_per_client",
    "churn_rate",
    "retention_rate",
    "grr",
    "nrr",
    "renewal_rate",
    "renewal_gross",
    "renewal_net",
    "csat10",
    "nps",
    "first_repeat_90d",
    "average_check",
    "revenue",
)
KINDS_READ = kinds_of(OFFERED)
Found = Mapping[tuple[Period, str, str], Mapping[str, Number]]
DEPARTMENT, TIER, MANAGER, BOOK = DIMS = ("", "tier", "manager", "book")
CUBE = Asking("""
    SELECT dim, key, month, json_object_agg(name, value)::text FROM reports_cube
    WHERE dim = ANY(%(dims)s) AND month = ANY(%(whole)s::date[]) AND name = ANY(%(names)s)
        AND (%(keys)s::text[] IS NULL OR key = ANY(%(keys)s))
    GROUP BY dim, key, month
    UNION ALL
    SELECT dim, key, month, json_object_agg(name, value)::text FROM reports_cube
    WHERE dim IN ('', 'manager') AND month = ANY(%(further)s::date[]) AND name = ANY(%(trend_names)s)
        AND (%(keys)s::text[] IS NULL OR key = ANY(%(keys)s))
    GROUP BY dim, key, month
""")
GROUPED = "g.key IS NOT NULL AND g.dim IN ('', 'tier', 'manager', 'book')"


class Groups:
    """Sums by period and cell; a cell in which nothing happened has none."""

    def __init__(self, asked: Question, found: Found) -> None:
        self.asked, self.today, self.found = asked, asked.today, found
        self.answers: dict[tuple[str, Period, str, str], Figure] = {}

    def figure(self, key: str, period: Period, dim: str = DEPARTMENT, cell: str = "") -> Figure:
        """The same cell is asked for by every row it is compared in."""
        place = (key, period, dim, cell)
        answer = self.answers.get(place)
        if answer is None:
            answer = self.answers[place] = figure(key, self.of(period, dim, cell))
        return answer

    def manager_figure(self, key: str, period: Period, manager: int, tier: str = "") -> Figure:
        if tier:
            return self.figure(key, period, BOOK, f"{manager}:{tier}")
        return self.figure(key, period, MANAGER, str(manager))

    def of(self, period: Period, dim: str = DEPARTMENT, key: str = "") -> Counted:
        return Counted(period, self.today, self.asked.norms, self.found.get((period, dim, key), {}))

    def of_manager(self, period: Period, manager: int, tier: str = "") -> Counted:
        return self.of(period, BOOK, f"{manager}:{tier}") if tier else self.of(period, MANAGER, str(manager))

    def alike(self, key: str, period: Period, manager: int) -> float | None:
        """What the figure would be if this manager's clients behaved as the department's of the same tier.

        Of active clients: as many newcomers as there are, and of those on the eve as many left as anywhere.
        """
        if key == "active_clients":
            base = self.of_manager(period, manager)
            stay = self.alike("retention_rate", period, manager)
            return None if stay is None else base.number("active") - base.number("kept") + base.number("base") * stay
        return expected(self._strata(key, period, manager))

    def _strata(self, key: str, period: Period, manager: int) -> Iterable[Stratum]:
        for tier in TIERS:
            own, all_of_tier = self.manager_figure(key, period, manager, tier), self.figure(key, period, TIER, tier)
            if own.denominator:
                yield Stratum(
                    float(own.denominator), float(all_of_tier.numerator or 0), float(all_of_tier.denominator or 0)
                )


def manager_sums(
    asked: Question,
    *,
    source: Source,
    manager: int | None = None,
    keys: Sequence[str] = OFFERED,
    trend: Sequence[Period] = (),
    trend_sums: Sequence[str] = (),
    dims: Sequence[str] = DIMS,
) -> Groups:
    """One statement: the cube knows whole months one by one, the tables or source rows any other days. ``keys`` are the
    figures that will be asked for, if these are few, and ``dims`` the cells; of the months of ``trend`` the cube is asked
    for ``trend_sums`` of managers and of the department.
    """
    if source.stored and all(period.one_month for period in asked.periods):
        return Groups(asked, _from_cube(asked, dims, manager, keys, (trend, trend_sums)))
    if trend and source.stored and all(several.is_short(period) and not period.one_month for period in asked.periods):
        together = asked.about(*asked.periods, *trend)
        found = several.added_sums(
            together, added(kinds_of(keys)), dims=dims, keys=_keys(manager), of_months=trend_sums
        )
        return Groups(asked, found)
    if trend:
        months = monthly_sums(asked.about(*trend), source=source, manager=manager, keys=keys)
        whole = manager_sums(asked, source=source, manager=manager, keys=keys)
        return Groups(asked, {**months.found, **whole.found})
    return Groups(asked, _of_any_days(asked, kinds_of(keys), source, manager, dims))


def _of_any_days(
    asked: Question, kinds: tuple[str, ...], source: Source, manager: int | None, dims: Sequence[str]
) -> Found:
    """Whole months by the cube as far as their sums add up; of other days the tables know all but what is kept by month."""
    if not source.stored:
        return _grouped(asked, kinds, source)
    cells: Found = {}
    apart, without = BY_MONTH, frozenset[str]()
    if all(period.whole_months for period in asked.periods):
        cells = several.added_sums(asked, added(kinds), dims=dims, keys=_keys(manager))
        asked = asked.about(*not_kept(asked))
        kinds = tuple(kind for kind in kinds if kind not in ADDED_UP) if asked.periods else ()
        apart, without = frozenset(), ADDING_SUMS
    parts = (
        (STORED, tuple(kind for kind in kinds if kind not in apart)),
        (ROWS, tuple(kind for kind in kinds if kind in apart)),
    )
    for place, some in parts:
        if some:
            found = _grouped(asked, some, place, without)
            cells = {cell: {**found.get(cell, {}), **cells.get(cell, {})} for cell in (*cells, *found)}
    return cells


def _keys(manager: int | None) -> list[str] | None:
    """Of one manager the cells of his own and those that he is compared with."""
    if manager is None:
        return None
    return ["", str(manager), *TIERS, *(f"{manager}:{tier}" for tier in TIERS)]


def month_by_month(asked: Question, *, source: Source, sums: Mapping[str, Sequence[str]]) -> Groups:
    """Of managers, the sums of each month of a span added up: of churn that is the mean month, each client of each eve
    counted. ``sums`` are those that each figure asked for is made of.
    """
    if source.stored:
        return Groups(
            asked, several.added_sums(asked, several.Adding([*chain(*sums.values())], (), ()), dims=(MANAGER,))
        )
    months = {month: span for span in asked.periods for month in months_of(span)}
    found: dict[tuple[Period, str, str], Counter[str]] = defaultdict(Counter)
    for (month, dim, key), cell in monthly_sums(asked.about(*months), source=source, keys=[*sums]).found.items():
        found[months[month], dim, key].update(cell)
    return Groups(asked, found)


def monthly_sums(
    asked: Question, *, source: Source, manager: int | None = None, keys: Sequence[str] = OFFERED
) -> Groups:
    """By month, of managers (or of one) and of the department: for trends."""
    if source.stored:
        return Groups(asked, _from_cube(asked, (DEPARTMENT, MANAGER), manager, keys))
    return Groups(asked, _grouped(asked, kinds_of(keys), source))


def _from_cube(
    asked: Question,
    dims: Sequence[str],
    manager: int | None,
    figures: Sequence[str],
    trend: tuple[Sequence[Period], Sequence[str]] = ((), ()),
) -> Found:
    further, trend_sums = trend
    by_start = {period.start: period for period in (*further, *asked.periods)}
    whole = [period.start for period in asked.periods]
    names = [name for kind in kinds_of(figures) for name in KINDS[kind].sums]
    params: dict[str, Any] = {
        "dims": list(dims),
        "whole": whole,
        "further": [start for start in by_start if start not in whole],
        "names": names,
        "trend_names": list(trend_sums),
        "keys": _keys(manager),
    }
    return {(by_start[month], dim, key): facts.read_sums(text) for dim, key, month, text in CUBE.rows(params)}


def _grouped(asked: Question, kinds: tuple[str, ...], source: Source, without: frozenset[str] = frozenset()) -> Found:
    names = [name for kind in kinds for name in KINDS[kind].sums]
    return {
        (asked.periods[int(i) - 1], dim, key): dict(zip(names, values, strict=True))
        for i, dim, key, *values in fetched(grouped_sql(kinds, source, without), asked.params(), source=source)
    }


@cache
def grouped_sql(kinds: tuple[str, ...], source: Source, without: frozenset[str] = frozenset()) -> str:
    """One row of sums per period and cell of ``DIMS``."""
    names = [name for kind in kinds for name in KINDS[kind].sums]
    selects = []
    for kind in (KINDS[name] for name in kinds):
        rows = source.named(kind, kind.rows).format(
            keys=", g.dim, g.key",
            explode=EXPLODE,
            within="x.at >= p.start AND x.at < p.until",
            timeless="TRUE",
            held_before="TRUE",
            held_seen="TRUE",
            chosen=GROUPED,
        )
        columns = columns_of(kind, names, without)
        selects.append(f"SELECT u.i, u.dim, u.key, {columns} FROM ({rows}) u GROUP BY u.i, u.dim, u.key")
    total = ", ".join(f"COALESCE(sum({name}), 0)" for name in names)
    united = "\nUNION ALL\n".join(selects)
    return source.put_together(
        [part for name in kinds for part in source.parts(KINDS[name])],
        f"SELECT i, dim, key, {total} FROM ({united}) AS s(i, dim, key, {', '.join(names)}) GROUP BY i, dim, key",
        segmented=True,
    )

"""What a figure is, what is asked, and how one SQL statement is put together from named parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

Number = int | float | Decimal
Text = str | Promise


class Unit(StrEnum):
    SHARE = "share"
    MONEY = "money"
    SCORE = "score"
    POINTS = "points"
    MINUTES = "minutes"
    COUNT = "count"


class Figure(NamedTuple):
    """A value is never alone: what it was divided by, what was left out, and whether it can still change."""

    unit: Unit
    value: float | None = None
    numerator: Number | None = None
    denominator: Number | None = None
    pending: int = 0
    excluded: Mapping[str, int] = MappingProxyType({})
    matured: bool = True
    bounds: tuple[float, float] | None = None
    extras: Mapping[str, float | None] = MappingProxyType({})


def ratio(
    unit: Unit,
    numerator: Number,
    denominator: Number,
    *,
    pending: int = 0,
    excluded: Mapping[str, int] | None = None,
    matured: bool = True,
    bounds: tuple[float, float] | None = None,
    extras: Mapping[str, float | None] | None = None,
) -> Figure:
    """An empty denominator is "no data", never 0 or 100 %."""
    value = _divided(numerator, denominator) if denominator else None
    return Figure(unit, value, numerator, denominator, pending, excluded or {}, matured, bounds, extras or {})


def _divided(numerator: Number, denominator: Number) -> float:
    if isinstance(numerator, int) and isinstance(denominator, int):
        return numerator / denominator
    return float(Decimal(numerator) / Decimal(denominator))


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open: ``end`` is the first day that no longer belongs to it."""

    start: date
    end: date

    def __hash__(self) -> int:
        """Cheap: pages look up hundreds of sums by their period."""
        return hash(self.start)

    @property
    def last(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def whole_months(self) -> bool:
        return self.start.day == 1 and self.end.day == 1

    @property
    def one_month(self) -> bool:
        return self.start.day == 1 and self.end == add_months(self.start, 1)


def add_months(day: date, months: int) -> date:
    """The first day of the month that lies ``months`` further; figures count in whole months."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, 1)


def months_of(period: Period) -> list[Period]:
    """Calendar months that touch the period, whole."""
    first, result = period.start.replace(day=1), []
    while first < period.end:
        following = add_months(first, 1)
        result.append(Period(first, following))
        first = following
    return result


@dataclass(frozen=True, slots=True)
class Norms:
    """The company's own thresholds, in days; orders that make a client regular, and the days he has for them."""

    grace: int = 30
    early: int = 60
    active: int = 180
    regular_orders: int = 3
    regular_days: int = 365


@dataclass(frozen=True, slots=True)
class Segment:
    """Filters. Each means the value on the day of the event, never today's."""

    manager: int | None = None
    tier: str | None = None
    industry: int | None = None
    region: int | None = None
    product: int | None = None

    def given(self) -> dict[str, int | str]:
        values = {name: getattr(self, name) for name in ("manager", "tier", "industry", "region", "product")}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Question:
    """One or many periods, seen from one moment. ``moment`` is inclusive; ``today`` is its day at the company."""

    periods: tuple[Period, ...]
    moment: datetime
    zone: str
    norms: Norms = Norms()
    segment: Segment = Segment()
    clients: tuple[int, ...] | None = None

    @property
    def today(self) -> date:
        return self.moment.astimezone(ZoneInfo(self.zone)).date()

    def about(self, *periods: Period) -> Question:
        return replace(self, periods=periods)

    def params(self) -> dict[str, Any]:
        segment = self.segment
        return {
            "starts": [period.start for period in self.periods],
            "ends": [period.end for period in self.periods],
            "since": min((period.start for period in self.periods), default=None),
            "until": max((period.end for period in self.periods), default=None),
            "moment": self.moment,
            "today": self.today,
            "zone": self.zone,
            **asdict(self.norms),
            "manager": segment.manager,
            "tier": segment.tier,
            "industry": segment.industry,
            "region": segment.region,
            "product": segment.product,
            "clients": None if self.clients is None else list(self.clients),
        }


def end_of_day(day: date, zone: str) -> datetime:
    """The last moment of a day of the company: what ``as_of`` means when only a date is given."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone)) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A named piece of SQL (a common table expression) and the pieces that it reads. Values come as parameters only.

    An ``inline`` one is written into whoever reads it, so that only the columns and rows asked for are computed.
    """

    name: str
    sql: str
    needs: tuple[Part, ...] = ()
    inline: bool = False


def with_parts(parts: Iterable[Part], select: str, *, once: bool = False) -> str:
    """``WITH`` every part once, in the order in which they need each other; ``once`` writes nothing inline."""
    ordered: dict[str, Part] = {}

    def add(part: Part) -> None:
        if part.name not in ordered:
            for needed in part.needs:
                add(needed)
            ordered[part.name] = part

    for part in parts:
        add(part)
    if not ordered:
        return select
    body = ",\n".join(
        f"{part.name} AS {'NOT MATERIALIZED ' if part.inline and not once else ''}({part.sql})"
        for part in ordered.values()
    )
    return f"WITH RECURSIVE {body}\n{select}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of countable thing: one row per client and event (``rows``, with ``u.client_id`` and ``i``), and its sums.

    ``rows`` reads the relations ``period`` (alias p), ``unit``, ``run`` and ``trait``, whatever stands behind these
    names: common table expressions over source rows, or the derived tables. Marks in braces are filled in by
    ``reports.statements``: ``{keys}`` and ``{explode}`` (grouping), ``{within}`` (unit u lies in period p), ``{chosen}``
    (the filters, over the alias x that carries manager, tier, industry and region), and ``clients.metrics.on_day``.
    ``kept`` is what the derived tables keep where that is less than every unit: orders are kept by month.
    """

    name: str
    rows: str
    sums: Mapping[str, str]
    units: Part | None = None
    parts: tuple[Part, ...] = ()
    kept: Part | None = None
    reaching: bool = False  # of the year that ends with the period: the cube counts it by steps (``reports.reach``)


Sums = Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Counted:
    """Sums of one period, ready for the formulas."""

    period: Period
    today: date
    norms: Norms
    sums: Sums

    def __getitem__(self, name: str) -> Number:
        return self.sums.get(name, 0)

    def number(self, name: str) -> int:
        return int(self.sums.get(name, 0))


@dataclass(frozen=True, slots=True)
class Side:
    """Who is behind a number: a filter over units of one kind, and what of each unit is shown."""

    kind: str
    where: str = "TRUE"
    amount: str = "u.n"


@dataclass(frozen=True, slots=True)
class Definition:
    """The one place of a figure: name, meaning for people, unit, formula, and who is behind it."""

    key: str
    title: Text
    meaning: Text
    unit: Unit
    formula: Callable[[Counted], Figure] | None = None
    numerator: Side | None = None
    denominator: Side | None = None
    higher_is_better: bool | None = True
    source: Text = ""
    page_only: bool = False  # programs were promised a closed list of keys: this one is for people


def registry(*groups: Sequence[Definition]) -> dict[str, Definition]:
    return {definition.key: definition for group in groups for definition in group}

"""Charts drawn by the server: values in, shapes out; core.chart_markup turns them into safe SVG.

Positions across are percentages and heights are pixels, so a chart fits any width while its text keeps its size.
A chart has one scale: series of different units do not go together. A missing value is a gap, never a zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import NamedTuple
from uuid import uuid4

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy

from core import formats

Number = int | float | Decimal
Text = str | Promise
TOP = 10
LABEL_ROW = 24
LONG_LABEL = 8  # letters; a phone writes longer ones aslant


class Unit(Enum):
    COUNT = "count"
    SHARE = "share"
    COEFFICIENT = "coefficient"
    MONEY = "money"
    SCORE = "score"

    def text(self, value: Number | None, language: str | None = None) -> str:
        """The value in full, for the table and the tip."""
        match self:
            case Unit.SHARE:
                return formats.share(value, language=language)
            case Unit.COEFFICIENT:
                return formats.share(value, formats.COEFFICIENT, language=language)
            case Unit.MONEY:
                return formats.money(value, language)
            case Unit.SCORE:
                return formats.number(value, 1, language)
            case Unit.COUNT:  # a mean of counts too: orders per client
                return formats.number(value, 0 if value is None or value == int(value) else 2, language)

    def tick(self, value: float, language: str | None = None) -> str:
        """The value beside the axis, short."""
        if self is Unit.SHARE:
            places = 0 if abs(value * 100 - round(value * 100)) < 1e-6 else 1
            return formats.share(value, places=places, language=language)
        for size, name in LARGE:
            if self is Unit.MONEY and abs(value) >= size:
                return f"{_short(value / size, language)}{formats.NBSP}{name}"
        return _short(value, language)


LARGE = (
    (1_000_000_000, pgettext_lazy("short for billion", "B")),
    (1_000_000, pgettext_lazy("short for million", "M")),
    (1_000, pgettext_lazy("short for thousand", "k")),
)


def _short(value: float, language: str | None) -> str:
    places = next((n for n in range(3) if abs(round(value, n) - value) < 1e-9), 3)
    return formats.number(value, places, language)


class Point(NamedTuple):
    """``url`` leads to who is behind the value; ``note`` is read after it («3 of 5»)."""

    label: Text
    value: Number | None
    url: str = ""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Series:
    """``tone`` is a colour of the palette: 1…5, or 0 for the quiet grey of a plan or a target."""

    name: Text
    points: Sequence[Point]
    tone: int = 1
    dashed: bool = False
    unit: Unit = Unit.COUNT


@dataclass(frozen=True, slots=True)
class Marker:
    """A vertical line at the point of that label: «department started»."""

    at: Text
    label: Text


@dataclass(frozen=True, slots=True)
class Scale:
    low: float
    high: float
    ticks: tuple[float, ...]

    def height(self, value: float, size: float) -> float:
        """Pixels from the top."""
        return TOP + (size - TOP) * (1 - (value - self.low) / (self.high - self.low))


def nice_step(span: float, wanted: int = 4) -> float:
    """The smallest of 1, 2, 2.5, 5 × 10ⁿ that needs no more than ``wanted`` steps."""
    raw = span / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1, 2, 2.5, 5, 10):
        if factor * power >= raw - 1e-12:
            return factor * power
    return 10 * power


def make_scale(values: Sequence[float], *, whole: bool = False, ceiling: float | None = None) -> Scale:
    """Starts at zero (or below, for negative values) and ends on a round number above the largest value."""
    low = min([0.0, *values])
    high = max([0.0, *values])
    if high == low:
        high = 1.0
    step = nice_step(high - low)
    if whole:
        step = max(1.0, math.ceil(step))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    if ceiling is not None and last * step > ceiling >= high:
        last = math.ceil(ceiling / step - 1e-9)
    ticks = tuple(round(index * step, 10) for index in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def _n(value: float) -> str:
    """A coordinate: no locale, no tail of digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


class Mark(NamedTuple):
    """One drawn value: a point of a line or a bar."""

    x: str
    y: str
    width: str
    height: str
    tip: str
    url: str


@dataclass(frozen=True, slots=True)
class DrawnSeries:
    name: Text
    css: str
    lines: tuple[str, ...]
    areas: tuple[str, ...]
    marks: tuple[Mark, ...]


class Label(NamedTuple):
    position: str
    text: Text
    css: str = ""
    y: str = ""


class Row(NamedTuple):
    label: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Chart:
    """``kind`` is line or bar. Every series has the same labels in the same order and the same unit."""

    title: Text
    series: Sequence[Series]
    kind: str = "line"
    description: Text = ""
    markers: Sequence[Marker] = ()
    size: int = 220
    area: bool = True
    id: str = field(default_factory=lambda: f"chart-{uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        if self.kind not in {"line", "bar"}:
            raise ValueError(f"no such chart: {self.kind}")
        if not self.series:
            raise ValueError("a chart needs a series")
        if len({series.unit for series in self.series}) > 1:
            raise ValueError("one chart, one scale: put the other unit into a chart of its own")
        if any([str(point.label) for point in series.points] != self.labels for series in self.series[1:]):
            raise ValueError("all series of a chart share their labels")

    @cached_property
    def labels(self) -> list[str]:
        return [str(point.label) for point in self.series[0].points]

    @property
    def unit(self) -> Unit:
        return self.series[0].unit

    @property
    def total_height(self) -> int:
        return self.size + LABEL_ROW

    @property
    def label_y(self) -> str:
        return str(self.size + 18)

    @property
    def has_links(self) -> bool:
        return any(point.url for series in self.series for point in series.points)

    @property
    def is_empty(self) -> bool:
        return all(point.value is None for series in self.series for point in series.points)

    @property
    def has_legend(self) -> bool:
        return len(self.series) > 1

    @cached_property
    def scale(self) -> Scale:
        values = [float(point.value) for series in self.series for point in series.points if point.value is not None]
        ceiling = 1.0 if self.unit in {Unit.SHARE, Unit.COEFFICIENT} else None
        return make_scale(values, whole=self.unit is Unit.COUNT, ceiling=ceiling)

    @cached_property
    def rules(self) -> list[Label]:
        scale, language = self.scale, get_language()
        return [
            Label(_n(scale.height(tick, self.size)), self.unit.tick(tick, language), "is-zero" if tick == 0 else "")
            for tick in scale.ticks
        ]

    @property
    def across(self) -> list[Label]:
        """Labels under the axis: all that fit on a desk; a phone shows the ones that are not minor."""
        every = max(1, math.ceil(len(self.labels) / 12))
        size = "is-long " if len(self.labels) > 2 and max(map(len, self.labels)) > LONG_LABEL else ""
        on_phone = max(1, math.ceil(len(self.labels) / 5))
        return [
            Label(
                self._middles[index],
                label,
                size + ("" if index % (every * math.ceil(on_phone / every)) == 0 else "is-minor"),
            )
            for index, label in enumerate(self.labels)
            if index % every == 0
        ]

    @property
    def notes(self) -> list[Label]:
        places = {label: index for index, label in enumerate(self.labels)}
        found = [(self._x(places[str(marker.at)]), marker) for marker in self.markers if str(marker.at) in places]
        return [
            Label(_n(x), marker.label, "is-late" if x > 60 else "", y=str(12 + index % 2 * 16))
            for index, (x, marker) in enumerate(found)
        ]

    @cached_property
    def drawn(self) -> list[DrawnSeries]:
        draw = self._draw_bars if self.kind == "bar" else self._draw_line
        return [draw(index, series) for index, series in enumerate(self.series)]

    @property
    def painted(self) -> list[DrawnSeries]:
        """The dashed ones first, so that a plan never hides the fact."""
        return sorted(self.drawn, key=lambda series: "is-dashed" not in series.css)

    @property
    def table(self) -> list[Row]:
        return [Row(label, cells) for label, *cells in zip(self.labels, *self._texts, strict=True)]

    @cached_property
    def _texts(self) -> list[list[str]]:
        """Every value in full, by series: for the table and for the tips."""
        language = get_language()
        return [[self.unit.text(point.value, language) for point in series.points] for series in self.series]

    def _x(self, index: int) -> float:
        return (index + 0.5) * 100 / len(self.labels)

    @cached_property
    def _middles(self) -> list[str]:
        """Where each label stands across."""
        return [_n(self._x(index)) for index in range(len(self.labels))]

    def _tips(self, index: int, series: Series) -> Iterator[str]:
        """What each point says when it is pointed at."""
        name = f"{series.name}, " if self.has_legend else ""
        for label, point, text in zip(self.labels, series.points, self._texts[index], strict=True):
            yield f"{name}{label}: {text} ({point.note})" if point.note else f"{name}{label}: {text}"

    def _draw_line(self, index: int, series: Series) -> DrawnSeries:
        scale = self.scale
        runs: list[list[Mark]] = [[]]
        for x, point, tip in zip(self._middles, series.points, self._tips(index, series), strict=True):
            if point.value is None:
                runs.append([])
            else:
                y = _n(scale.height(float(point.value), self.size))
                runs[-1].append(Mark(x, y, "", "", tip, point.url))
        drawn = [run for run in runs if len(run) > 1]
        lines = tuple(" ".join([f"{mark.x},{mark.y}" for mark in run]) for run in drawn)
        floor = _n(scale.height(max(0.0, scale.low), self.size))
        filled = self.area and not series.dashed and len(self.series) == 1
        areas = tuple(
            f"{run[0].x},{floor} {line} {run[-1].x},{floor}" for run, line in zip(drawn, lines, strict=True) if filled
        )
        css = f"tone-line-{series.tone}{' is-dashed' if series.dashed else ''}"
        return DrawnSeries(series.name, css, lines, areas, tuple(chain.from_iterable(runs)))

    def _draw_bars(self, index: int, series: Series) -> DrawnSeries:
        scale = self.scale
        room = 100 / len(self.labels)
        width = room * 0.68 / len(self.series)
        zero, broad = scale.height(0.0, self.size), _n(width * 0.94)
        marks = []
        for place, (point, tip) in enumerate(zip(series.points, self._tips(index, series), strict=True)):
            if point.value is None:
                continue
            y = scale.height(float(point.value), self.size)
            left = place * room + room * 0.16 + index * width
            marks.append(Mark(_n(left), _n(min(y, zero)), broad, _n(abs(zero - y)), tip, point.url))
        return DrawnSeries(series.name, f"tone-bar-{series.tone}", (), (), tuple(marks))


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A trend without axes; ``label`` says in words what it shows."""

    values: Sequence[Number | None]
    label: Text
    tone: int = 1

    @property
    def lines(self) -> tuple[str, ...]:
        known = [float(value) for value in self.values if value is not None]
        if len(known) < 2:
            return ()
        low, high = min(known), max(known)
        span = (high - low) or 1.0
        step = 96 / (len(self.values) - 1)
        runs: list[list[str]] = [[]]
        for index, value in enumerate(self.values):
            if value is None:
                runs.append([])
            else:
                runs[-1].append(f"{_n(2 + index * step)},{_n(28 - 26 * (float(value) - low) / span + 1)}")
        return tuple(" ".join(run) for run in runs if len(run) > 1)

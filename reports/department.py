"""The head's one screen: tiles against plan and last year, charts with what happened, flows, roubles, who needs a look.

The page, its files and its wall are drawn from the same ``Board``, so that their numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formats
from core.charts import Marker, Point, Series, Sparkline
from core.charts import Unit as ChartUnit
from core.figures import Counted, Definition, Figure, Period, Segment, Unit, months_of
from reports import queries, rules
from reports.periods import a_year_before, previous_period, shown_months
from reports.registry import FIGURES
from reports.shelf import Event, Shelf
from reports.wording import Links, Wording, fraction, meaning_of, month_label, title_of, tone, trend_title

TILES = (
    "repeat_contact_rate",
    "refusal_rate",
    "renewal_rate",
    "churn_rate",
    "repeat_order_share",
    "average_check",
    "revenue",
    "active_clients",
    "stop_30d_rate",
    "nrr",
    "nps",
    "csat10",
)
#: What a plan of the department also asks of each manager: rates, not amounts.
RATES = frozenset({Unit.SHARE, Unit.SCORE, Unit.POINTS})
#: Whose plans of months add up to that of a longer period, and which of them tell a state and not what happened.
ADDS, STATES = frozenset({"revenue"}), frozenset({"active_clients"})
PUBLISHED = gettext_lazy("Refusals, win-backs inside")


@dataclass(frozen=True, slots=True)
class Found:
    """What the statements brought: the period, the one before, the same a year ago, and the months."""

    period: Period
    today: date
    counted: Mapping[Period, Counted]
    months: Sequence[Period]
    figures: dict[tuple[str, Period], Figure] = field(default_factory=dict)

    def figure(self, key: str, period: Period) -> Figure:
        """Tiles, trends and charts ask for the same months."""
        place = (key, period)
        found = self.figures.get(place)
        if found is None:
            found = self.figures[place] = queries.figure(key, self.counted[period])
        return found

    @property
    def before(self) -> Period:
        return previous_period(self.period)

    @property
    def year_ago(self) -> Period:
        return a_year_before(self.period)


def find(view: queries.View, *further: Period) -> Found:
    """One question for all periods of the page; ``further`` months are counted along."""
    [period] = view.asked.periods
    months = shown_months(period)
    every = tuple(dict.fromkeys((*months, period, previous_period(period), a_year_before(period), *further)))
    counted = queries.sums(view.asked.about(*every), source=view.source)
    return Found(period, view.asked.today, {one.period: one for one in counted}, months)


@dataclass(frozen=True, slots=True)
class Against:
    """The plan and how the value stands to it."""

    text: str
    met: bool | None
    gap: str
    number: float


@dataclass(frozen=True, slots=True)
class Tile:
    key: str
    title: str
    meaning: str
    value: str
    fraction: str
    note: str
    change: str
    tone: str
    year_ago: str
    year_change: str
    plan: Against | None
    out: bool  # outside its corridor
    trend: Sparkline
    url: str
    base_url: str
    compare_url: str
    raw: float | None
    before: float | None
    ago: float | None


class Board:
    """Everything the page shows, ready to be drawn."""

    def __init__(self, found: Found, kept: Shelf, *, segment: Segment, mode: str, filters: Mapping[str, str]) -> None:
        self.found, self.kept, self.segment = found, kept, segment
        self.words, self.links = Wording(mode), Links(filters)
        self.labels = [self.month(month.start) for month in found.months]
        self.planned = {plan.metric for plan in kept.plans}

    @property
    def is_empty(self) -> bool:
        return all(tile.raw is None or (tile.raw == 0 and not tile.fraction) for tile in self.tiles)

    # --- tiles

    @cached_property
    def tiles(self) -> list[Tile]:
        return [self._tile(FIGURES[key]) for key in TILES if FIGURES[key].denominator is not None]

    @property
    def shown_tiles(self) -> list[Tile]:
        """For the wall: what has nothing to say takes no room."""
        return [] if self.is_empty else [tile for tile in self.tiles if tile.raw is not None]

    def _tile(self, definition: Definition) -> Tile:
        key, found = definition.key, self.found
        now, before, ago = (found.figure(key, one) for one in (found.period, found.before, found.year_ago))
        change = self.words.change(now.unit, now.value, before.value)
        low, high = self.kept.corridors.get(key, (None, None))
        language = self.words.language
        return Tile(
            key=key,
            title=title_of(key, language),
            meaning=meaning_of(key, language),
            value=self.words.value(now.unit, now.value),
            fraction=fraction(now, language),
            note=self.note(now),
            change=change,
            tone=tone(definition, now.value, before.value) if change else "neutral",
            year_ago=self.words.value(now.unit, ago.value) if ago.value is not None else "",
            year_change=self.words.change(now.unit, now.value, ago.value),
            plan=self._against(definition, now),
            out=rules.limit_left(now.value, low=low, high=high) is not None,
            trend=Sparkline(
                [found.figure(key, month).value for month in found.months],
                trend_title(key, language),
            ),
            url=self.links.who(key, found.period),
            base_url=self.links.who(key, found.period, "denominator"),
            compare_url=self.links.compare(key, found.before, found.period),
            raw=now.value,
            before=before.value,
            ago=ago.value,
        )

    def _against(self, definition: Definition, now: Figure) -> Against | None:
        plan = self.plan(definition)
        if plan is None:
            return None
        text = self.words.value(definition.unit, plan)
        if now.value is None or definition.higher_is_better is None:
            return Against(text, None, "", plan)
        met = now.value >= plan if definition.higher_is_better else now.value <= plan
        return Against(text, met, self.words.change(definition.unit, now.value, plan), plan)

    def plan(self, definition: Definition) -> float | None:
        """Of the months of the period that have begun: sums add up, of a state the last one counts, of a rate the mean
        by what each month has to divide by.
        """
        if definition.key not in self.planned:
            return None
        months = [month for month in months_of(self.found.period) if month.start <= self.found.today]
        levels = [self.level(definition.key, month.start) for month in months]
        if definition.key in ADDS:
            whole = self.found.period.whole_months and None not in levels
            return sum(level for level in levels if level is not None) if whole and levels else None
        if definition.key in STATES:
            return levels[-1] if levels else None
        return rules.mean_level(levels, [self._weight(definition.key, month) for month in months])

    def level(self, key: str, month: date) -> float | None:
        """The plan of a month: of this manager; a rate that only the department has a plan for is asked of each as well."""
        asked = rules.plan_for(self.kept.plans, key, manager=self.segment.manager, month=month)
        if asked is None and FIGURES[key].unit in RATES:
            asked = rules.plan_for(self.kept.plans, key, manager=None, month=month)
        return None if asked is None else asked.value

    def _weight(self, key: str, month: Period) -> float:
        counted = self.found.counted.get(month)
        return 0.0 if counted is None else float(queries.figure(key, counted).denominator or 0)

    def note(self, figure: Figure) -> str:
        """What of the value can still move."""
        return self.words.unsettled(figure)

    # --- charts

    @cached_property
    def numbered(self) -> list[tuple[int, Event]]:
        """What happened, each with the number under which it stands on every chart."""
        return list(enumerate(self.kept.events, 1))

    def month(self, day: date) -> str:
        return month_label(day, self.words.language)

    def marks(self, label: Callable[[date], str]) -> list[Marker]:
        """The numbers at their place of the chart."""
        numbers: dict[str, list[str]] = {}
        for number, event in self.numbered:
            numbers.setdefault(label(event.day), []).append(str(number))
        return [Marker(place, ", ".join(found)) for place, found in numbers.items()]

    def unit(self, key: str) -> ChartUnit:
        return self.words.chart_unit(FIGURES[key].unit)

    def points(self, key: str) -> list[Point]:
        result = []
        for label, month in zip(self.labels, self.found.months, strict=True):
            figure = self.found.figure(key, month)
            note = ", ".join(filter(None, (fraction(figure, self.words.language), self.note(figure))))
            result.append(Point(label, figure.value, self.links.who(key, month), note))
        return result

    def series(self, key: str, tone: int) -> Series:
        return Series(title_of(key, self.words.language), self.points(key), tone=tone, unit=self.unit(key))

    def published(self) -> Series:
        """Refusals as a department publishes them: clients won back in the month among those renewed."""
        points, said, language = [], _("%(count)s won back"), self.words.language
        for label, month in zip(self.labels, self.found.months, strict=True):
            value, back = published(self.found.figure("refusal_rate", month))
            note = said % {"count": formats.number(back, 0, language)}
            points.append(Point(label, value, self.links.flow("back", month) if back else "", note))
        return Series(str(PUBLISHED), points, tone=2, dashed=True, unit=self.unit("refusal_rate"))

    def plan_series(self, key: str) -> list[Series]:
        """A level line, month by month where a month has a plan of its own."""
        levels = [self.level(key, month.start) for month in self.found.months] if key in self.planned else []
        if all(level is None for level in levels):
            return []
        points = [Point(label, level) for label, level in zip(self.labels, levels, strict=True)]
        return [Series(_("plan"), points, tone=0, dashed=True, unit=self.unit(key))]

    def rates_series(self, key: str) -> list[Series]:
        """Rates from before the system: a series of their own, and only where nobody asks for a part of the clients."""
        if self.segment.given() or key not in self.kept.rates:
            return []
        told = {rate.month: rate for rate in self.kept.rates[key]}
        if not any(month.start in told for month in self.found.months):
            return []
        points = []
        for label, month in zip(self.labels, self.found.months, strict=True):
            rate = told.get(month.start)
            points.append(Point(label, rate.value if rate else None, "", rate.note if rate else ""))
        return [Series(_("before the system, as told"), points, tone=4, dashed=True, unit=self.unit(key))]


def published(figure: Figure) -> tuple[float | None, int]:
    """Refusals with those won back among the renewed, and how many these are."""
    back = int(figure.extras.get("winbacks") or 0)
    refused, decided = float(figure.numerator or 0), float(figure.denominator or 0)
    return rules.with_winbacks(refused=refused, decided=decided, winbacks=back), back

"""Two periods side by side: both values, how far apart in points and in per cent, and whether that is more than noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formats
from core.figures import Definition, Figure, Period, Question, Text, Unit, add_months
from core.intervals import Z95, Interval
from reports import facts, queries, rules
from reports.page import TO_DATE
from reports.periods import SHORTLY, YEAR, a_year_before, around
from reports.registry import FIGURES
from reports.rules import Spread, Verdict
from reports.shelf import Event
from reports.spreads import APART, RATIOS, TERMS, name_of
from reports.statements import Source
from reports.wording import Links, Wording, tone

WORDS: Mapping[Verdict, tuple[Text, str]] = {
    Verdict.MOVED: (gettext_lazy("more than noise"), "accent"),
    Verdict.NOISE: (gettext_lazy("within noise"), "warn"),
    Verdict.FEW: (gettext_lazy("few cases"), "warn"),
    Verdict.UNMEASURED: (gettext_lazy("no interval"), "neutral"),
    Verdict.NOTHING: (gettext_lazy("no data"), "neutral"),
}
ADVICE: Mapping[Verdict, Text] = {
    Verdict.NOISE: gettext_lazy("A difference of this size comes about by chance as well: draw no conclusion from it."),
    Verdict.FEW: gettext_lazy("Fewer than thirty cases on one side: look at the clients rather than at the rate."),
    Verdict.UNMEASURED: gettext_lazy("A sum, a count or a median of everything: there is no sample to judge by."),
    Verdict.NOTHING: gettext_lazy("One of the periods has nothing to divide by."),
}


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    title: Text
    meaning: Text
    before: str
    before_of: str
    before_url: str
    after: str
    after_of: str
    after_url: str
    difference: str
    relative: str
    interval: str
    verdict: Verdict
    tone: str
    numbers: tuple[float | None, float | None, Interval | None]

    @property
    def word(self) -> Text:
        return WORDS[self.verdict][0]

    @property
    def word_tone(self) -> str:
        return WORDS[self.verdict][1]

    @property
    def advice(self) -> Text:
        return ADVICE.get(self.verdict, "")


def spreads(asked: Question, source: Source) -> dict[tuple[str, Period], Spread]:
    """Of single months from the cube; of other periods by one statement over every ratio."""
    found: dict[tuple[str, Period], Spread] = {}
    in_cube = [period for period in asked.periods if period.one_month] if source.stored and facts.fits(asked) else []
    if in_cube:
        by_start = facts.cube_sums(asked.about(*in_cube), apart=APART)
        for period in in_cube:
            sums = by_start[period.start]
            for key in RATIOS:
                count, *terms = (sums.get(name_of(key, term), 0) for term in TERMS)
                if count:
                    found[key, period] = Spread(int(count), *map(float, terms))
    others = asked.about(*(period for period in asked.periods if period not in in_cube))
    if others.periods:
        keys = list(RATIOS)
        for number, i, *values in queries.spread(others, tuple(RATIOS.values()), source=source):
            found[keys[number], others.periods[int(i) - 1]] = Spread(*values)
    return found


def compare(view: queries.View, *, mode: str, filters: Mapping[str, str]) -> list[Row]:
    before, after = view.asked.periods
    counted = {}
    for one in queries.sums(view.asked, source=view.source):
        counted[one.period] = queries.with_median(view.asked, one, source=view.source)
    apart = spreads(view.asked, view.source)
    words, links = Wording(mode), Links(filters)
    result = []
    for key, definition in FIGURES.items():
        if definition.denominator is None or key in TO_DATE:
            continue
        figures = queries.figure(key, counted[before]), queries.figure(key, counted[after])
        spread = apart.get((key, before)), apart.get((key, after))
        result.append(_row(definition, figures, spread, words, links, (before, after)))
    return result


def interval_of(
    key: str, unit: Unit, before: Figure, after: Figure, spread: tuple[Spread | None, Spread | None]
) -> Interval | None:
    """Of the second value minus the first; none for what is no sample."""
    if before.value is None or after.value is None:
        return None
    if key in RATIOS:
        errors = [one.error for one in spread if one is not None]
        known = [error for error in errors if error is not None]
        return rules.apart(after.value - before.value, *known) if len(known) == 2 else None
    if unit is Unit.SHARE:
        parts = [float(part or 0) for one in (before, after) for part in (one.numerator, one.denominator)]
        return rules.newcombe(*parts)
    halves = [one.extras.get("half_width") for one in (before, after)]
    if unit is Unit.POINTS and None not in halves:
        return rules.apart(after.value - before.value, *[float(half or 0) / Z95 for half in halves])
    return None


def _row(
    definition: Definition,
    figures: tuple[Figure, Figure],
    spread: tuple[Spread | None, Spread | None],
    words: Wording,
    links: Links,
    periods: tuple[Period, Period],
) -> Row:
    (before, after), key, unit = figures, definition.key, definition.unit
    interval = interval_of(key, unit, before, after, spread)
    known = before.value is not None and after.value is not None
    cases = [float(one.denominator or 0) if one.denominator != 1 else float("inf") for one in figures]
    if key in RATIOS:
        cases = [float(one.n) if one else 0.0 for one in spread]
    said = rules.verdict(interval, cases=cases, known=known)
    ratio = rules.relative(before.value, after.value)
    return Row(
        key=key,
        title=definition.title,
        meaning=definition.meaning,
        before=words.value(unit, before.value),
        before_of=words.of(before),
        before_url=links.who(key, periods[0]),
        after=words.value(unit, after.value),
        after_of=words.of(after),
        after_url=links.who(key, periods[1]),
        difference=_points(words, unit, (after.value or 0) - (before.value or 0)) if known else formats.NOTHING,
        relative=f"{formats.change(ratio * 100)}{formats.NBSP}%"
        if ratio is not None and unit is not Unit.POINTS
        else "",
        interval=_("%(low)s … %(high)s")
        % {"low": _points(words, unit, interval[0]), "high": _points(words, unit, interval[1])}
        if interval
        else "",
        verdict=said,
        tone=tone(definition, after.value, before.value) if said is Verdict.MOVED else "neutral",
        numbers=(before.value, after.value, interval),
    )


def _points(words: Wording, unit: Unit, difference: float) -> str:
    """A difference in the unit's own words: percentage points of a share, roubles of money."""
    if unit is Unit.SHARE and words.mode == formats.COEFFICIENT:
        return formats.change(difference, 3)
    if unit is Unit.SHARE:
        return _("%(points)s pp") % {"points": formats.change(difference * 100)}
    if unit is Unit.MONEY:
        sign = "+" if difference > 0 else ""
        return f"{sign}{formats.money(round(difference))}"
    return formats.change(difference, 0 if unit is Unit.COUNT and difference == int(difference) else 2)


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    before: Period
    after: Period


def presets(*, today: date, started: date | None, events: Sequence[Event]) -> list[Preset]:
    month = add_months(today.replace(day=1), -1)
    latest, previous = Period(month, add_months(month, 1)), Period(add_months(month, -1), month)
    found = [
        Preset(_("Last month and the one before"), previous, latest),
        Preset(_("Same month a year ago"), a_year_before(latest), latest),
    ]
    if started:
        found.append(Preset(_("Year before and after the department"), *around(started, YEAR)))
    for event in reversed(events[-6:]):
        label = _("2 months around: %(text)s") % {"text": Truncator(event.text).chars(40)}
        found.append(Preset(label, *around(event.day, SHORTLY)))
    return found

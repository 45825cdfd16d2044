"""How figures read on every page, file and letter: values, changes, fractions, what can still move, and the addresses
of who is behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.charts import Unit as ChartUnit
from core.figures import Definition, Figure, Period, Unit
from reports.registry import FIGURES

SAME = 1e-9


@lru_cache(maxsize=8)
def _patterns(_language: str | None) -> dict[str, str]:
    """What a page says hundreds of times, looked up once per language."""
    return {
        "of": _("%(a)s of %(b)s"),
        "points": _("%(points)s pp"),
        "answers": _("answers: %(count)s"),
        "undecided": _("%(count)s not decided yet"),
        "moves": _("may still change"),
        "by_month": _("%(title)s by month"),
    }


@lru_cache(maxsize=512)
def _title(key: str, _language: str | None) -> str:
    return str(FIGURES[key].title)


def title_of(key: str, language: str | None = None) -> str:
    return _title(key, language or get_language())


@lru_cache(maxsize=512)
def _meaning(key: str, _language: str | None) -> str:
    return str(FIGURES[key].meaning)


def meaning_of(key: str, language: str | None = None) -> str:
    return _meaning(key, language or get_language())


def trend_title(key: str, language: str | None = None) -> str:
    language = language or get_language()
    return _patterns(language)["by_month"] % {"title": _title(key, language)}


@dataclass(frozen=True, slots=True)
class Wording:
    """How values read: as per cent or as coefficients. Without a language it is asked for at each value."""

    mode: str
    language: str | None = field(default_factory=get_language)

    def value(self, unit: Unit, value: float | None) -> str:
        match unit:
            case Unit.SHARE:
                return formats.share(value, self.mode, language=self.language)
            case Unit.MONEY:
                rounded = round(value) if value is not None and abs(value) >= 1000 else value
                return formats.money(rounded, self.language)
            case Unit.COUNT:
                return formats.number(value, 0 if value is None or value == int(value) else 2, self.language)
            case _:
                return formats.number(value, 1, self.language)

    def change(self, unit: Unit, now: float | None, before: float | None) -> str:
        """Empty when there is nothing to compare, or when the difference reads as nought."""
        if now is None or before is None:
            return ""
        text = self._difference(unit, now, before)
        return text if any(digit in text for digit in "123456789") else ""

    def _difference(self, unit: Unit, now: float, before: float) -> str:
        if unit is Unit.SHARE and self.mode == formats.COEFFICIENT:
            return formats.change(now - before, 3, self.language)
        if unit is Unit.SHARE:
            points = formats.change((now - before) * 100, 1, self.language)
            return _patterns(self.language or get_language())["points"] % {"points": points}
        if unit in {Unit.MONEY, Unit.COUNT} and before:
            return f"{formats.change((now / before - 1) * 100, 1, self.language)}{formats.NBSP}%"
        if unit in {Unit.MONEY, Unit.COUNT}:  # nothing to take a per cent of
            return f"{'+' if now > 0 else ''}{self.value(unit, now)}"
        return formats.change(now - before, 1, self.language)

    def note(self, figure: Figure) -> str:
        """What of the value is not decided yet."""
        if figure.pending and figure.bounds:
            low, high = (self.value(figure.unit, value) for value in figure.bounds)
            return _("not matured: %(low)s to %(high)s") % {"low": low, "high": high}
        if not figure.pending:
            return ""
        language = self.language or get_language()
        return _patterns(language)["undecided"] % {"count": formats.number(figure.pending, 0, language)}

    def unsettled(self, figure: Figure) -> str:
        """The same, or that the value can still move."""
        return self.note(figure) or ("" if figure.matured else _patterns(self.language or get_language())["moves"])

    def of(self, figure: Figure) -> str:
        """Of how many it is, and what can still move: a young month never stands there as if it were over."""
        return ", ".join(filter(None, (fraction(figure, self.language), self.unsettled(figure))))

    def chart_unit(self, unit: Unit) -> ChartUnit:
        if unit is Unit.SHARE:
            return ChartUnit.COEFFICIENT if self.mode == formats.COEFFICIENT else ChartUnit.SHARE
        return {Unit.MONEY: ChartUnit.MONEY, Unit.SCORE: ChartUnit.SCORE, Unit.POINTS: ChartUnit.SCORE}.get(
            unit, ChartUnit.COUNT
        )


def fraction(figure: Figure, language: str | None = None) -> str:
    """«3 of 5», «1 200 ₽ / 4», of a mean of answers their number, and where NPS may truly lie; nothing where there is
    nothing to divide by.
    """
    if not figure.denominator or (figure.denominator == 1 and figure.unit in {Unit.MONEY, Unit.COUNT}):
        return ""
    language = language or get_language()
    a, b = (formats.number(value, 0, language) for value in (figure.numerator, figure.denominator))
    match figure.unit:
        case Unit.SHARE:
            return _patterns(language)["of"] % {"a": a, "b": b}
        case Unit.SCORE | Unit.POINTS:
            said = _patterns(language)["answers"] % {"count": b}
            low, high = (formats.number(value, 1, language) for value in figure.bounds or (None, None))
            return f"{said}; {low} … {high}" if figure.bounds else said
        case _ if figure.numerator == figure.value:  # a median is no quotient
            return f"n = {b}"
        case Unit.MONEY:
            return f"{formats.money(round(figure.numerator or 0), language)} / {b}"
    return f"{a} / {b}"


def tone(definition: Definition, now: float | None, before: float | None) -> str:
    """Good or bad news, where the figure knows which way is better."""
    if now is None or before is None or definition.higher_is_better is None or abs(now - before) < SAME:
        return "neutral"
    return "good" if (now > before) == definition.higher_is_better else "bad"


def month_label(month: date, language: str | None = None) -> str:
    return _month_label(month, language or get_language())


@lru_cache(maxsize=2048)
def _month_label(month: date, _language: str | None) -> str:
    return f"{formats.dated(month, 'b')} {month:%y}"


def period_label(period: Period) -> str:
    """«January 2026», or the first and the last day."""
    if period.one_month:
        return date_format(period.start, "F Y")
    return f"{formats.dated(period.start, 'j b Y')} — {formats.dated(period.last, 'j b Y')}"


@lru_cache(maxsize=512)
def _address(route: str, _urlconf: str | None, _prefix: str, *args: str) -> str:
    return reverse(route, args=args)


def address(route: str, *args: str) -> str:
    """A page of figures has hundreds of them, and few are different."""
    return _address(route, get_urlconf(), get_script_prefix(), *args)


class Links:
    """Addresses of who is behind; the filters and the way rates are shown go along."""

    def __init__(self, filters: Mapping[str, str], beside: Links | None = None) -> None:
        """``beside`` knows the same addresses already, under other filters."""
        kept = {name: value for name, value in filters.items() if value}
        self.tail = f"&{urlencode(kept)}" if kept else ""
        self.roots: dict[str, str] = beside.roots if beside else {}

    def who(self, key: str, period: Period, side: str = "numerator") -> str:
        if getattr(FIGURES[key], side) is None:
            return ""
        return f"{self._root(key, 'reports:who', key)}?from={period.start}&to={period.end}{self.tail}&side={side}"

    def flow(self, name: str, period: Period) -> str:
        return f"{self._root(name, 'reports:flow', name)}?from={period.start}&to={period.end}{self.tail}"

    def compare(self, key: str, before: Period, after: Period) -> str:
        days = f"from={after.start}&to={after.end}&before_from={before.start}&before_to={before.end}"
        return f"{self._root('', 'reports:compare')}?{days}{self.tail}{f'#{key}' if key else ''}"

    def _root(self, name: str, route: str, *args: str) -> str:
        found = self.roots.get(name)
        if found is None:
            found = self.roots[name] = address(route, *args)
        return found

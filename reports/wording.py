"""How figures read on every page, file and letter: values, changes, fractions, what can still move, and the addresses
of who is behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core import formats
from core.charts import Unit as ChartUnit
from core.figures import Definition, Figure, Period, Unit
from reports.registry import FIGURES

SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Wording:
    """How values read: as per cent or as coefficients."""

    mode: str

    def value(self, unit: Unit, value: float | None) -> str:
        match unit:
            case Unit.SHARE:
                return formats.share(value, self.mode)
            case Unit.MONEY:
                return formats.money(round(value) if value is not None and abs(value) >= 1000 else value)
            case Unit.COUNT:
                return formats.number(value, 0 if value is None or value == int(value) else 2)
            case _:
                return formats.number(value, 1)

    def change(self, unit: Unit, now: float | None, before: float | None) -> str:
        """Empty when there is nothing to compare, or when the difference reads as nought."""
        if now is None or before is None:
            return ""
        text = self._difference(unit, now, before)
        return text if any(digit in text for digit in "123456789") else ""

    def _difference(self, unit: Unit, now: float, before: float) -> str:
        if unit is Unit.SHARE and self.mode == formats.COEFFICIENT:
            return formats.change(now - before, 3)
        if unit is Unit.SHARE:
            return _("%(points)s pp") % {"points": formats.change((now - before) * 100)}
        if unit in {Unit.MONEY, Unit.COUNT} and before:
            return f"{formats.change((now / before - 1) * 100)}{formats.NBSP}%"
        return formats.change(now - before)

    def note(self, figure: Figure) -> str:
        """What of the value is not decided yet."""
        if figure.pending and figure.bounds:
            low, high = (self.value(figure.unit, value) for value in figure.bounds)
            return _("not matured: %(low)s to %(high)s") % {"low": low, "high": high}
        return _("%(count)s not decided yet") % {"count": formats.number(figure.pending)} if figure.pending else ""

    def chart_unit(self, unit: Unit) -> ChartUnit:
        if unit is Unit.SHARE:
            return ChartUnit.COEFFICIENT if self.mode == formats.COEFFICIENT else ChartUnit.SHARE
        return {Unit.MONEY: ChartUnit.MONEY, Unit.SCORE: ChartUnit.SCORE}.get(unit, ChartUnit.COUNT)


def fraction(figure: Figure) -> str:
    """«3 of 5», «1 200 / 4»; nothing where there is nothing to divide by."""
    if not figure.denominator or (figure.denominator == 1 and figure.unit is not Unit.SHARE):
        return ""
    parts = {name: formats.number(value) for name, value in (("a", figure.numerator), ("b", figure.denominator))}
    return _("%(a)s of %(b)s") % parts if figure.unit is Unit.SHARE else f"{parts['a']} / {parts['b']}"


def tone(definition: Definition, now: float | None, before: float | None) -> str:
    """Good or bad news, where the figure knows which way is better."""
    if now is None or before is None or definition.higher_is_better is None or abs(now - before) < SAME:
        return "neutral"
    return "good" if (now > before) == definition.higher_is_better else "bad"


def month_label(month: date) -> str:
    return f"{date_format(month, 'b')} {month:%y}"


def period_label(period: Period) -> str:
    """«January 2026», or the first and the last day."""
    if period.one_month:
        return date_format(period.start, "F Y")
    return f"{date_format(period.start, 'j b Y')} — {date_format(period.last, 'j b Y')}"


class Links:
    """Addresses of who is behind; the filters and the way rates are shown go along."""

    def __init__(self, filters: Mapping[str, str]) -> None:
        kept = {name: value for name, value in filters.items() if value}
        self.tail = f"&{urlencode(kept)}" if kept else ""
        self.roots: dict[str, str] = {}

    def who(self, key: str, period: Period, side: str = "numerator") -> str:
        if getattr(FIGURES[key], side) is None:
            return ""
        if key not in self.roots:
            self.roots[key] = reverse("reports:who", args=[key])
        return f"{self.roots[key]}?from={period.start}&to={period.end}{self.tail}&side={side}"

    def flow(self, name: str, period: Period) -> str:
        return f"{reverse('reports:flow', args=[name])}?from={period.start}&to={period.end}{self.tail}"

    def compare(self, key: str, before: Period, after: Period) -> str:
        days = (("from", after.start), ("to", after.end), ("before_from", before.start), ("before_to", before.end))
        asked = {name: day.isoformat() for name, day in days}
        return f"{reverse('reports:compare')}?{urlencode(asked)}{self.tail}{f'#{key}' if key else ''}"

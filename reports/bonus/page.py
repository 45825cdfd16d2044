"""How bonuses read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core import formats
from core.figures import Unit, add_months
from reports.bonus.forms import is_share
from reports.bonus.rules import Earned, Line, Step, total_of
from reports.enums import BonusPays
from reports.models import BonusStatement
from reports.registry import FIGURES
from reports.wording import Wording
from staff.models import User

WORDS = Wording(formats.PERCENT, language=None)


@dataclass(frozen=True, slots=True)
class LineRow:
    figure: str
    title: str
    tier: str
    value: str
    exact: float | None
    fraction: str
    note: str
    rule: str
    reached: str
    sum: Decimal
    again: str  # the sum as worked out anew, where it is another one
    url: str


def line_rows(statement: BonusStatement, lines: Sequence[Earned], again: Sequence[Earned] | None) -> list[LineRow]:
    others = again or lines
    return [_row(statement, line, other) for line, other in zip(lines, others, strict=True)]


def _row(statement: BonusStatement, earned: Earned, other: Earned) -> LineRow:
    definition = FIGURES[earned.line.figure]
    unit = definition.unit
    address = {
        "from": str(statement.month),
        "to": str(add_months(statement.month, 1)),
        "manager": statement.manager.username,
        "side": "denominator",
        "as_of": statement.as_of.isoformat(),
        **({"tier": earned.line.tier} if earned.line.tier else {}),
    }
    fraction = ""
    if earned.value is not None and earned.denominator not in {None, Decimal(1)}:
        fraction = f"{formats.number(earned.numerator)} / {formats.number(earned.denominator)}"
    pending = _("%(count)s not decided yet") % {"count": earned.pending} if earned.pending else ""
    differs = (earned.sum, earned.value) != (other.sum, other.value)
    exact = None if earned.value is None else float(earned.value)
    value = WORDS.value(unit, exact)
    new_value = WORDS.value(unit, None if other.value is None else float(other.value))
    return LineRow(
        figure=earned.line.figure,
        title=str(definition.title),
        tier=earned.line.tier,
        value=value,
        exact=exact,
        fraction=fraction,
        note=pending,
        rule=rule_text(earned.line),
        reached=_threshold(earned.line, earned.threshold),
        sum=earned.sum,
        again=f"{new_value} → {formats.money(other.sum)}" if differs else "",
        url=f"{reverse('reports:who', args=[earned.line.figure])}?{urlencode(address)}",
    )


def rule_text(line: Line) -> str:
    """«from 85 % — 5 000 ₽; from 90 % — 8 000 ₽»."""
    steps = "; ".join(f"{_threshold(line, step.threshold)} — {_pays(line, step)}" for step in line.steps)
    weight = "" if line.weight == 1 else _(", weight %(weight)s") % {"weight": formats.number(line.weight, 2)}
    return steps + weight


def _threshold(line: Line, threshold: Decimal | None) -> str:
    if threshold is None:
        return ""
    value = formats.share(threshold, places=1) if is_share(line.figure) else _plain(threshold)
    if FIGURES[line.figure].unit is Unit.MONEY:
        value = formats.money(threshold)
    low = FIGURES[line.figure].higher_is_better is False
    return (_("up to %(value)s") if low else _("from %(value)s")) % {"value": value}


def _plain(number: Decimal) -> str:
    whole = number == number.to_integral_value()
    return formats.number(number, 0 if whole else 2)


def _pays(line: Line, step: Step) -> str:
    return formats.money(step.pays) if line.pays is BonusPays.MONEY else f"{_plain(step.pays)}{formats.NBSP}%"


@dataclass(frozen=True, slots=True)
class StatementRow:
    manager: User
    statement: BonusStatement | None
    url: str


def statement_url(statement: BonusStatement, route: str = "bonus_statement") -> str:
    month = statement.month
    return reverse(f"reports:{route}", args=[statement.manager.username, month.year, month.month])


def difference(stored: Decimal, again: Sequence[Earned] | None) -> Decimal | None:
    return None if again is None else total_of(again) - stored


def month_after(month: date, months: int) -> str:
    return f"{add_months(month, months):%Y-%m}"


def rule_line(line: Line) -> tuple[str, str]:
    """A line of the rules: which figure of whom, and what it pays."""
    title = str(FIGURES[line.figure].title)
    return (_("%(figure)s, tier %(tier)s") % {"figure": title, "tier": line.tier} if line.tier else title), rule_text(
        line
    )

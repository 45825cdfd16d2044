"""What a figure pays: steps, weights and sums; and how a statement is told from any other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from reports.enums import BonusPays

KOPECK = Decimal("0.01")
MOST_STEPS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """From this value on (or, where less is better, up to it) the line pays so much."""

    threshold: Decimal  # shares as 0–1, as figures tell them
    pays: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    figure: str
    tier: str  # empty: clients of all tiers
    pays: BonusPays
    weight: Decimal
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        steps = [[str(step.threshold), str(step.pays)] for step in self.steps]
        return {
            "figure": self.figure,
            "tier": self.tier,
            "pays": self.pays.value,
            "weight": str(self.weight),
            "steps": steps,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Line:
        steps = tuple(Step(Decimal(threshold), Decimal(pays)) for threshold, pays in row["steps"])
        return cls(row["figure"], row["tier"], BonusPays(row["pays"]), Decimal(row["weight"]), steps)


@dataclass(frozen=True, slots=True)
class Earned:
    """One line of a statement: the figure as it stood, the step it reached, and the sum."""

    line: Line
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    pending: int
    threshold: Decimal | None
    sum: Decimal

    def as_json(self) -> dict[str, Any]:
        numbers = {name: _text(getattr(self, name)) for name in ("value", "numerator", "denominator", "threshold")}
        return {**numbers, "line": self.line.as_json(), "pending": self.pending, "sum": str(self.sum)}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Earned:
        value, numerator, denominator, threshold = (
            None if row[name] is None else Decimal(row[name])
            for name in ("value", "numerator", "denominator", "threshold")
        )
        line = Line.from_json(row["line"])
        return cls(line, value, numerator, denominator, row["pending"], threshold, Decimal(row["sum"]))


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def reached(line: Line, value: Decimal | None, *, higher_is_better: bool) -> Step | None:
    """The best step that the value has passed; a figure without data passes none."""
    if value is None:
        return None
    if higher_is_better:
        return max((s for s in line.steps if s.threshold <= value), key=lambda s: s.threshold, default=None)
    return min((s for s in line.steps if s.threshold >= value), key=lambda s: s.threshold, default=None)


def sum_of(line: Line, step: Step | None, *, base: Decimal) -> Decimal:
    if step is None:
        return Decimal("0.00")
    pays = step.pays if line.pays is BonusPays.MONEY else base * step.pays / 100
    return (pays * line.weight).quantize(KOPECK, ROUND_HALF_UP)


def earn(
    line: Line,
    *,
    base: Decimal,
    higher_is_better: bool,
    value: Decimal | None,
    numerator: Decimal | None,
    denominator: Decimal | None,
    pending: int,
) -> Earned:
    step = reached(line, value, higher_is_better=higher_is_better)
    sum_ = sum_of(line, step, base=base)
    return Earned(line, value, numerator, denominator, pending, step.threshold if step else None, sum_)


def total_of(lines: Iterable[Earned]) -> Decimal:
    return sum((line.sum for line in lines), Decimal("0.00"))


def digest_of(
    *, manager: int, month: date, version: int, base: Decimal, as_of: datetime, lines: Sequence[Earned]
) -> str:
    """One text for one content: whoever has the statement on paper can see whether it is still the same."""
    content = {
        "manager": manager,
        "month": month.isoformat(),
        "rules": version,
        "base": str(base.quantize(KOPECK)),
        "as_of": as_of.astimezone(UTC).isoformat(),
        "lines": [line.as_json() for line in lines],
    }
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class WrongStepsError(ValueError):
    """Steps that can't be read; the text is the line that is wrong."""


def read_steps(text: str, *, is_share: bool) -> tuple[Step, ...]:
    """«85 = 5000» in each line: the threshold (per cent for shares) and what it pays."""
    steps = []
    for row in filter(None, (line.strip() for line in text.splitlines())):
        threshold, equals, pays = row.replace("%", "").replace(",", ".").partition("=")
        try:
            step = Step(_number(threshold) / (100 if is_share else 1), _number(pays))
        except InvalidOperation as error:
            raise WrongStepsError(row) from error
        if not equals or step.pays < 0:
            raise WrongStepsError(row)
        steps.append(step)
    if not 0 < len(steps) <= MOST_STEPS or len({step.threshold for step in steps}) < len(steps):
        raise WrongStepsError(text.strip())
    return tuple(sorted(steps, key=lambda step: step.threshold))


def _number(text: str) -> Decimal:
    number = Decimal("".join(text.split()))
    if not number.is_finite() or abs(number) > 10**9:
        raise InvalidOperation
    return number


def write_steps(steps: Sequence[Step], *, is_share: bool) -> str:
    scale = 100 if is_share else 1
    return "\n".join(f"{_plain(step.threshold * scale)} = {_plain(step.pays)}" for step in steps)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"

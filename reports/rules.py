"""What may be said of two values of one figure, of a value beside its plan, and of a value outside its corridor.

Shares: Wilson's interval of each, and Newcombe's of their difference (his method 10, square-and-add).
Ratios of sums (average check, orders per client, mean scores, shares of money): each client brings a numerator a and a
denominator b; with R = Σa/Σb the standard error is √(n/(n−1) · Σ(a − R·b)²) / Σb, and the difference of two is normal
with √(e₁² + e₂²). Where every b is 1 that is Welch's interval of two means with the normal quantile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import sqrt

from core.intervals import FEW, Z95, Interval, wilson


class Verdict(StrEnum):
    MOVED = "moved"
    NOISE = "noise"
    FEW = "few"  # beyond noise by the interval, on very few cases
    UNMEASURED = "unmeasured"  # a sum, a count or a median: no interval belongs to it
    NOTHING = "nothing"  # one of the values is missing


def _wilson(hits: float, total: float) -> Interval:
    """Of a total above nought."""
    found = wilson(hits, total)
    assert found is not None
    return found


def newcombe(hits_before: float, before: float, hits_after: float, after: float) -> Interval:
    """95 % of the second share minus the first."""
    one, two = hits_before / before, hits_after / after
    (low_one, high_one), (low_two, high_two) = _wilson(hits_before, before), _wilson(hits_after, after)
    difference = two - one
    return (
        difference - sqrt((two - low_two) ** 2 + (high_one - one) ** 2),
        difference + sqrt((high_two - two) ** 2 + (one - low_one) ** 2),
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Of n clients: Σa, Σb, Σa², Σab, Σb²."""

    n: int
    a: float
    b: float
    aa: float
    ab: float
    bb: float

    @property
    def error(self) -> float | None:
        """Standard error of Σa/Σb; nothing can be said of fewer than two clients."""
        if self.n < 2 or not self.b:
            return None
        ratio = self.a / self.b
        left = max(0.0, self.aa - 2 * ratio * self.ab + ratio**2 * self.bb)
        return sqrt(self.n / (self.n - 1) * left) / abs(self.b)


def apart(difference: float, error_before: float, error_after: float) -> Interval:
    half = Z95 * sqrt(error_before**2 + error_after**2)
    return difference - half, difference + half


def verdict(interval: Interval | None, *, cases: Iterable[float], known: bool = True) -> Verdict:
    """``cases`` are the denominators of both periods."""
    if not known:
        return Verdict.NOTHING
    if interval is None:
        return Verdict.UNMEASURED
    if interval[0] <= 0 <= interval[1]:
        return Verdict.NOISE
    return Verdict.FEW if min(cases) < FEW else Verdict.MOVED


def relative(before: float | None, after: float | None) -> float | None:
    """How much of the first value the second is more or less; of nought nothing can be told."""
    return None if before is None or after is None or before == 0 else after / before - 1


def limit_left(value: float | None, *, low: float | None, high: float | None) -> float | None:
    """The side of the corridor that the value has passed."""
    if value is None:
        return None
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else None


#: Of a mean from 1 to 10; on the short scale the same part of it.
DROP, DROP_OF_FIVE = 0.5, 0.25
LATEST_ANSWERS, EARLIER_ANSWERS = 3, 5


def scores_dropped(
    *, latest: float, latest_answers: int, earlier: float, earlier_answers: int, by: float = DROP
) -> bool:
    """The mean of seven days against that of the four weeks before: half a point, and enough answers on both sides."""
    enough = latest_answers >= LATEST_ANSWERS and earlier_answers >= EARLIER_ANSWERS
    return enough and earlier - latest >= by


@dataclass(frozen=True, slots=True)
class Plan:
    """A target as its table has it; ``id`` for its page."""

    id: int
    metric: str
    manager: int | None
    month: date | None
    value: float


def plan_for(plans: Iterable[Plan], metric: str, *, manager: int | None, month: date | None) -> Plan | None:
    """Of this manager alone or of the department alone; that of the month goes before the standing one."""
    found = [one for one in plans if one.metric == metric and one.manager == manager and one.month in {None, month}]
    return max(found, key=lambda one: one.month is not None, default=None)


def mean_level(levels: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """Of a rate over several months: each month's plan by how much it is asked of; months without a plan ask nothing."""
    asked = [(level, weight) for level, weight in zip(levels, weights, strict=True) if level is not None]
    if not asked:
        return None
    total = sum(weight for _level, weight in asked)
    if not total:
        return sum(level for level, _weight in asked) / len(asked)
    return sum(level * weight for level, weight in asked) / total


def with_winbacks(*, refused: float, decided: float, winbacks: float) -> float | None:
    """The refusal rate as departments publish it: clients won back within the month stand among those renewed.

    It is shown beside the refusal rate and never instead of it.
    """
    total = decided + winbacks
    return refused / total if total else None

"""How a manager's figures are compared: with the same kind of clients, and with his own past."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

#: So few cases prove nothing, whatever they say.
FEWEST_CASES = 10
#: A mean on the scale 1–10 moves by this much at least, before somebody is told.
SCORE_DROP = 0.5
Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Stratum:
    """One kind of clients: how many cases the manager has, and what the whole department makes of such cases."""

    cases: float
    department_sum: float
    department_cases: float


def expected(strata: Iterable[Stratum]) -> float | None:
    """Indirect standardisation: the manager's value if his clients had behaved as the department's of the same kind.

    The department's rate of every kind is weighted with the manager's own cases. No cases, no value.
    """
    total = cases = 0.0
    for stratum in strata:
        if stratum.cases and stratum.department_cases:
            total += stratum.cases * stratum.department_sum / stratum.department_cases
            cases += stratum.cases
    return total / cases if cases else None


@dataclass(frozen=True, slots=True)
class Sample:
    """A share or a mean as what it was made of."""

    total: float
    cases: float

    @property
    def value(self) -> float | None:
        return self.total / self.cases if self.cases else None


def share_dropped(now: Sample, before: Sample, *, higher_is_better: bool) -> bool:
    """The share got worse by more than chance explains (two proportions, 95 %)."""
    if now.cases < FEWEST_CASES or before.cases < FEWEST_CASES:
        return False
    pooled = (now.total + before.total) / (now.cases + before.cases)
    noise = sqrt(pooled * (1 - pooled) * (1 / now.cases + 1 / before.cases))
    difference = before.total / before.cases - now.total / now.cases
    return (difference if higher_is_better else -difference) > Z95 * noise


def score_dropped(now: Sample, before: Sample) -> bool:
    """The mean fell by half a point or more, with enough answers on both sides."""
    if now.cases < FEWEST_CASES or before.cases < FEWEST_CASES:
        return False
    return before.total / before.cases - now.total / now.cases >= SCORE_DROP

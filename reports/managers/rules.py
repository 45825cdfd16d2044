"""How a manager's figures are compared: with the same kind of clients, and with his own past."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from reports.rules import newcombe, scores_dropped

#: So few cases prove nothing, whatever they say.
FEWEST_CASES = 10


class Stratum(NamedTuple):
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


def has_dropped(now: Sample, before: Sample, *, higher_is_better: bool, score: bool = False) -> bool:
    """Worse than his own past: a mean score by the rule of scores, a share by more than its interval explains."""
    if not now.cases or not before.cases:
        return False
    if score:
        return scores_dropped(
            latest=now.total / now.cases,
            latest_answers=int(now.cases),
            earlier=before.total / before.cases,
            earlier_answers=int(before.cases),
        )
    if min(now.cases, before.cases) < FEWEST_CASES:
        return False
    low, high = newcombe(before.total, before.cases, now.total, now.cases)
    return high < 0 if higher_is_better else low > 0

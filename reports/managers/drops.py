"""Managers who do worse than their own year before: for the table of all, and for an alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.figures import Figure, Period, Unit, add_months
from reports.managers.queries import Groups
from reports.managers.rules import Sample, has_dropped
from reports.registry import FIGURES

#: What is watched, and the sums that it is made of.
WATCHED: Mapping[str, Sequence[str]] = {
    "churn_rate": ("base", "kept"),
    "repeat_order_share": ("orders", "again"),
    "csat10": ("csat", "csat_score"),
}
LATE_MONTHS, EARLIER_MONTHS = 3, 12


@dataclass(frozen=True, slots=True)
class Dropped:
    manager: int
    figure: str
    now: float
    before: float


def trailing(today: date) -> tuple[Period, Period]:
    """The latest whole months, and those before them."""
    this_month = today.replace(day=1)
    middle, first = add_months(this_month, -LATE_MONTHS), add_months(this_month, -LATE_MONTHS - EARLIER_MONTHS)
    return Period(middle, this_month), Period(first, middle)


def find_drops(groups: Groups, managers: Iterable[int], today: date) -> list[Dropped]:
    """``groups`` holds the spans of ``trailing``, month by month."""
    late, earlier = trailing(today)
    found = []
    for manager in managers:
        for definition in (FIGURES[key] for key in WATCHED):
            now, before = (_sample(groups.manager_figure(definition.key, span, manager)) for span in (late, earlier))
            score = definition.unit is Unit.SCORE
            if has_dropped(now, before, higher_is_better=bool(definition.higher_is_better), score=score):
                found.append(Dropped(manager, definition.key, now.total / now.cases, before.total / before.cases))
    return found


def _sample(answer: Figure) -> Sample:
    return Sample(float(answer.numerator or 0), float(answer.denominator or 0))

"""Whose clients are behind a figure: its value with each manager, most of the numerator first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.figures import Figure
from reports.managers.queries import KINDS_READ, MANAGER, manager_sums
from reports.queries import View, figure, kinds_of
from reports.wording import Wording
from staff.models import User


@dataclass(frozen=True, slots=True)
class Share:
    """What one manager has of it."""

    manager: User
    value: str
    fraction: str


def by_manager(view: View, key: str, managers: Iterable[User], words: Wording) -> list[Share]:
    """From the facts, of everybody's clients; nothing of a figure that is not kept by manager."""
    if not view.source.stored or view.asked.segment.given() or not set(kinds_of([key])) <= set(KINDS_READ):
        return []
    [period] = view.asked.periods
    groups = manager_sums(view.asked, source=view.source, keys=(key,), dims=(MANAGER,))
    found = [(one, figure(key, groups.of_manager(period, one.pk))) for one in managers]
    known = sorted((row for row in found if row[1].denominator), key=_most_first)
    return [Share(one, words.value(answer.unit, answer.value), words.of(answer)) for one, answer in known]


def _most_first(row: tuple[User, Figure]) -> tuple[float, str]:
    return -float(row[1].numerator or 0), row[0].name

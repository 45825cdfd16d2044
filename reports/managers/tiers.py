"""A manager's clients of each tier beside the department's of that tier: like with like (row E4)."""

from __future__ import annotations

from dataclasses import dataclass

from core.enums import TIERS
from core.figures import Definition, Period
from reports.managers.queries import TIER, Groups
from reports.registry import FIGURES
from reports.wording import Links, Wording, title_of, tone
from staff.models import User

COMPARED = ("retention_rate", "renewal_rate", "repeat_order_share", "csat10")


@dataclass(frozen=True, slots=True)
class TierCell:
    key: str
    title: str
    value: str
    fraction: str
    department: str
    tone: str
    url: str
    numbers: tuple[float | None, float | None]  # the manager's, the department's


def headers() -> list[Definition]:
    return [FIGURES[key] for key in COMPARED]


def tier_rows(groups: Groups, period: Period, manager: User, words: Wording) -> list[tuple[str, list[TierCell]]]:
    """A tier of which the manager has no case is left out."""
    rows, links = [], Links({"manager": manager.username})
    for tier in TIERS:
        cells = [_cell(FIGURES[key], groups, period, manager, tier, words, links) for key in COMPARED]
        if any(cell.url for cell in cells):
            rows.append((tier, cells))
    return rows


def _cell(
    definition: Definition, groups: Groups, period: Period, manager: User, tier: str, words: Wording, links: Links
) -> TierCell:
    own = groups.manager_figure(definition.key, period, manager.pk, tier)
    department = groups.figure(definition.key, period, TIER, tier)
    return TierCell(
        definition.key,
        title_of(definition.key, words.language),
        words.value(own.unit, own.value),
        words.of(own),
        words.value(own.unit, department.value),
        tone(definition, own.value, department.value),
        f"{links.who(definition.key, period, 'denominator')}&tier={tier}" if own.denominator else "",
        (own.value, department.value),
    )

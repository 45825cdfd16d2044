"""What became of clients whom a manager took over from somebody else (row C15)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from reports.bands import Change
from reports.registry import FIGURES
from reports.wording import Wording, tone


@dataclass(frozen=True, slots=True)
class Around:
    """One thing 90 days before and after the manager took clients over."""

    title: str
    before: str
    after: str
    tone: str


def around(change: Change, words: Wording) -> dict[str, Any] | None:
    """Nothing where he has taken over nobody."""
    if not change.changes:
        return None
    score, revenue = FIGURES["csat10"], FIGURES["revenue"]
    lines = [
        (_("Mean score"), score, change.score_before, change.score_after),
        (_("Revenue of a client"), revenue, change.revenue_before, change.revenue_after),
    ]
    return {
        "count": change.changes - change.pending,
        "pending": change.pending,
        "lines": [
            Around(
                title,
                words.value(one.unit, before.value),
                words.value(one.unit, after.value),
                tone(one, after.value, before.value),
            )
            for title, one, before, after in lines
        ],
    }

"""What becomes of clients whose project stopped: how many are saved, how many really leave, and why they stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from core.figures import Figure, Unit, ratio
from core.intervals import FEW, wilson
from retention.enums import FreezeOutcome, StopReason
from retention.models import Freeze

#: Share of stops after which the client really wants to leave, as the literature tells it.
REALLY_LEAVE = 0.2


@dataclass(frozen=True, slots=True)
class StopsOfReason:
    reason: StopReason
    total: int
    resumed: int
    left: int

    @property
    def waiting(self) -> int:
        return self.total - self.resumed - self.left


@dataclass(frozen=True, slots=True)
class StopFigures:
    reasons: Sequence[StopsOfReason]

    @property
    def total(self) -> int:
        return sum(row.total for row in self.reasons)

    @property
    def resumed(self) -> int:
        return sum(row.resumed for row in self.reasons)

    @property
    def left(self) -> int:
        return sum(row.left for row in self.reasons)

    @property
    def decided(self) -> int:
        return self.resumed + self.left

    @property
    def waiting(self) -> int:
        return self.total - self.decided

    @property
    def is_few(self) -> bool:
        return self.decided < FEW

    @property
    def save_rate(self) -> Figure:
        """Resumed out of those decided; whoever still stands is in neither."""
        return self._of_decided(self.resumed)

    @property
    def leave_rate(self) -> Figure:
        return self._of_decided(self.left)

    def _of_decided(self, part: int) -> Figure:
        return ratio(
            Unit.SHARE,
            part,
            self.decided,
            pending=self.waiting,
            matured=not self.waiting,
            bounds=wilson(part, self.decided),
        )


def stop_figures(rows: QuerySet[Freeze]) -> StopFigures:
    """One query; the commonest reason first."""
    counted = (
        rows.order_by()
        .values_list("reason")
        .annotate(
            total=Count("pk"),
            resumed=Count("pk", filter=Q(outcome=FreezeOutcome.RESUMED)),
            left=Count("pk", filter=Q(outcome=FreezeOutcome.LEFT)),
        )
    )
    found = [StopsOfReason(StopReason(reason), *numbers) for reason, *numbers in counted]
    return StopFigures(sorted(found, key=lambda row: (-row.total, row.reason)))

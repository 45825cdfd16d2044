"""Why clients leave: what they say beside what turns out to be so, counted once and read in three ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from core.intervals import FEW, wilson
from retention.enums import ReasonKind
from retention.queries.reason_tallies import Pair
from retention.queries.refusal_list import Reason, all_reasons

#: Clients leave so many times more often for the service than for product and terms together, says the literature.
SERVICE_TIMES = 4


@dataclass(slots=True)
class ReasonCount:
    """One reason: how often it is said, how often it is true, and the monthly value that goes with the truth."""

    reason: Reason
    stated: int = 0
    established: int = 0
    stated_value: Decimal = Decimal(0)
    established_value: Decimal = Decimal(0)
    stated_reached: float = 0.0  # share of all that this reason and those before it make
    established_reached: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceShare:
    """Service against product and terms; what lies outside of the company is counted beside."""

    service: int
    others: int
    external: int

    @property
    def times(self) -> float | None:
        return self.service / self.others if self.others else None

    @property
    def share(self) -> float | None:
        whole = self.service + self.others
        return self.service / whole if whole else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        return wilson(self.service, self.service + self.others)

    @property
    def is_few(self) -> bool:
        return self.service + self.others < FEW

    @property
    def agrees(self) -> bool | None:
        """Could the literature's share be ours? Nothing to say while nobody has left."""
        wanted = SERVICE_TIMES / (SERVICE_TIMES + 1)
        return None if self.bounds is None else self.bounds[0] <= wanted <= self.bounds[1]


@dataclass(frozen=True, slots=True)
class Cell:
    stated: ReasonKind
    established: ReasonKind | None
    count: int

    @property
    def is_same(self) -> bool:
        return self.stated == self.established


@dataclass(slots=True)
class Reasons:
    total: int = 0
    established: int = 0
    value: Decimal = Decimal(0)
    rows: Sequence[ReasonCount] = ()
    pairs: dict[tuple[ReasonKind, ReasonKind | None], int] = field(default_factory=dict)

    @property
    def whole_value(self) -> Decimal:
        """Without kopecks, for a tile."""
        return round(self.value, 0)

    @property
    def differing(self) -> int:
        """Established reasons of another kind than what was said."""
        return sum(number for (said, true), number in self.pairs.items() if true is not None and said != true)

    @property
    def by_words(self) -> ServiceShare:
        return _service(((said, number) for (said, _true), number in self.pairs.items()))

    @property
    def by_truth(self) -> ServiceShare:
        return _service(((true, number) for (_said, true), number in self.pairs.items() if true is not None))

    @property
    def matrix(self) -> list[tuple[ReasonKind, list[Cell], int]]:
        """A line per kind that was said; the last cell is what nobody has found out yet."""
        columns: list[ReasonKind | None] = [*ReasonKind, None]
        lines = []
        for said in ReasonKind:
            cells = [Cell(said, true, self.pairs.get((said, true), 0)) for true in columns]
            lines.append((said, cells, sum(cell.count for cell in cells)))
        return lines


def _service(counted: Iterable[tuple[ReasonKind, int]]) -> ServiceShare:
    sums: dict[ReasonKind, int] = defaultdict(int)
    for kind, number in counted:
        sums[kind] += number
    others = sums[ReasonKind.PRODUCT] + sums[ReasonKind.TERMS]
    return ServiceShare(sums[ReasonKind.SERVICE], others, sums[ReasonKind.EXTERNAL])


def count_reasons(pairs: Iterable[Pair]) -> Reasons:
    """One query for the names. The commonest true reason comes first."""
    names = {row.id: row for row in all_reasons()}
    found: dict[int, ReasonCount] = {}
    result = Reasons(pairs=defaultdict(int))
    for said, true, number, value in pairs:
        stated = found.setdefault(said, ReasonCount(names[said]))
        stated.stated += number
        stated.stated_value += value
        result.total += number
        result.value += value
        if true is not None:
            real = found.setdefault(true, ReasonCount(names[true]))
            real.established += number
            real.established_value += value
            result.established += number
        kind = ReasonKind(names[true].kind) if true is not None else None
        result.pairs[ReasonKind(names[said].kind), kind] += number
    result.rows = sorted(found.values(), key=lambda row: (-row.established, -row.stated, row.reason.name))
    _add_up(result)
    return result


def _add_up(result: Reasons) -> None:
    said = true = 0
    for row in result.rows:
        said += row.stated
        true += row.established
        row.stated_reached = said / result.total
        row.established_reached = true / result.established if result.established else 0.0

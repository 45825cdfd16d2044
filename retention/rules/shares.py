"""How much a share of few cases may be trusted."""

from __future__ import annotations

from math import sqrt

Z = 1.959964  # 95 %
FEW = 30  # below it a share of cases is told with a warning


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """The interval in which the true share lies, 95 times of 100; nothing for nobody."""
    if not whole:
        return None
    share, square = part / whole, Z * Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    spread = Z / (1 + square / whole) * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    return max(0.0, middle - spread), min(1.0, middle + spread)

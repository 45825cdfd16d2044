"""How far a share may be trusted. Pure; every room takes its intervals from here."""

from __future__ import annotations

from math import sqrt

Z95 = 1.959964
FEW = 30  # cases: below, an interval promises more than it holds

Interval = tuple[float, float]


def wilson(part: float, whole: float) -> Interval | None:
    """The interval in which the true share lies, 95 times of 100; nothing for nobody."""
    if not whole:
        return None
    share, square = part / whole, Z95**2
    centre = (share + square / (2 * whole)) / (1 + square / whole)
    half = Z95 * sqrt(share * (1 - share) / whole + square / (4 * whole**2)) / (1 + square / whole)
    return max(0.0, centre - half), min(1.0, centre + half)

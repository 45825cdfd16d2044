"""A sweep looks for facts that lack their consequence and creates what is missing.

Running one twice, on two hosts at once or after a week of outage changes nothing that is right already.
The table of all of them is ``accounting_crm.beat.SWEEPS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class SweepFunction(Protocol):
    def __call__(self, *, now: datetime) -> Mapping[str, int]:
        """Does what is due as of ``now``; answers how many of what it made."""
        ...


@dataclass(frozen=True, slots=True)
class Sweep:
    """``path`` names a function of a services module: it is imported when it runs."""

    name: str
    path: str
    every: timedelta

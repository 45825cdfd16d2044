"""A sweep looks for facts that lack their consequence and creates what is missing.

Running one twice, on two hosts at once or after a week of outage changes nothing that is right already.
The table of all of them is ``accounting_crm.beat.SWEEPS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


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

    def slot(self, now: datetime) -> datetime:
        """Start of the stretch of ``every`` that ``now`` is in; the same on every host."""
        seconds = self.every.total_seconds()
        return datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=UTC)

    def function(self) -> SweepFunction:
        return cast("SweepFunction", import_string(self.path))


def sweep_table() -> tuple[Sweep, ...]:
    """All sweeps of the product, in the order of a run. Read by name: this room knows nothing above it."""
    return cast("tuple[Sweep, ...]", import_string(settings.SWEEPS))


def sweep_named(name: str) -> Sweep:
    for sweep in sweep_table():
        if sweep.name == name:
            return sweep
    raise LookupError(f"no sweep is called {name!r}")

"""CPU of this process and of its PostgreSQL backend, taken alternately; wall times of a shared machine say little."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

Run = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds of one call."""

    app: float
    database: float

    @property
    def total(self) -> float:
        return self.app + self.database

    def __str__(self) -> str:
        return f"{self.app:.1f}+{self.database:.1f} ms"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table. ``ratio`` is measured ÷ limit; above 1 the limit is missed."""

    what: str
    measured: str
    limit: str
    ratio: float
    broke: bool = False

    @property
    def ok(self) -> bool:
        return self.ratio <= 1


def at_most(what: str, value: float, limit: float, measured: str = "", unit: str = "") -> Line:
    return Line(what, measured or f"{value:.2f}{unit}", f"≤ {limit:g}{unit}", value / limit)


def at_least(what: str, value: float, limit: float, measured: str = "") -> Line:
    return Line(what, measured or f"{value:.2f}×", f"≥ {limit:g}×", limit / value if value else float("inf"))


def broken(part: str, error: Exception) -> Line:
    return Line(part, f"broke: {type(error).__name__}", "–", float("inf"), broke=True)


def _backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def backend_ms(pid: int) -> float:
    """CPU time of the database's process; on another machine it cannot be read and counts as nothing."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    except (OSError, ValueError):
        return 0.0


def cost_of(run: Run, times: int = 1) -> Cost:
    pid = _backend()
    database, app = backend_ms(pid), time.process_time()
    for _ in range(times):
        run()
    app = (time.process_time() - app) * 1000
    return Cost(app / times, (backend_ms(pid) - database) / times)


def compare(runs: Mapping[str, Run], *, rounds: int = 9, times: int = 4) -> dict[str, Cost]:
    """The median of rounds in which everything has its turn."""
    for run in runs.values():
        run()
        run()
    found: dict[str, list[Cost]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(cost_of(run, times))
    return {name: median_of(costs) for name, costs in found.items()}


def median_of(costs: Sequence[Cost]) -> Cost:
    return Cost(median(cost.app for cost in costs), median(cost.database for cost in costs))


def count_queries(run: Run) -> int:
    number = 0

    def counted(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal number
        number += 1
        return execute(*arguments)

    with connection.execute_wrapper(counted):
        run()
    return number

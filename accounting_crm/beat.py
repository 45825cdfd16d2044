"""The one schedule table: what is looked after, by which function, how often. Order is the order of a run."""

from __future__ import annotations

from core.sweeps import Sweep

SWEEPS: tuple[Sweep, ...] = ()

"""The one schedule table: what is looked after, by which function, how often. Order is the order of a run."""

from __future__ import annotations

from datetime import timedelta

from core.sweeps import Sweep

SWEEPS: tuple[Sweep, ...] = (Sweep("follow_ups", "work.services.plan_follow_ups", timedelta(seconds=30)),)

"""Writes of the shared kernel."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from core.models import SweepRun
from core.sweeps import Sweep

_LOCK_SPACE = 5_217
_RUNS_KEPT_FOR = timedelta(days=3)


@contextmanager
def _sweep_lock(name: str, *, wait: bool) -> Iterator[bool]:
    """One run of a sweep at a time in the whole system; a killed process gives the lock back with its connection."""
    keys = [_LOCK_SPACE, zlib.crc32(name.encode()) - 2**31]
    function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", keys)
        taken = wait or cursor.fetchone() == (True,)
    try:
        yield taken
    finally:
        if taken and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", keys)


def run_sweep(sweep: Sweep, *, now: datetime, slot: datetime | None) -> Mapping[str, int] | None:
    """Runs it as of ``now``; None when that slot is done already, or another process is at it.

    Without a slot it waits for its turn, always runs and leaves no record: a person asked for it.
    The function owns its transactions; its error is recorded and raised.
    """
    with _sweep_lock(sweep.name, wait=slot is None) as taken:
        if not taken:
            return None
        if slot is None:
            return sweep.function()(now=now)
        run, created = SweepRun.objects.get_or_create(
            name=sweep.name, slot=slot, defaults={"started_at": timezone.now()}
        )
        return _run_recorded(sweep, run, now=now) if created else None


def _run_recorded(sweep: Sweep, run: SweepRun, *, now: datetime) -> Mapping[str, int]:
    try:
        result = sweep.function()(now=now)
    except Exception as error:
        _finish(run, result={}, error=type(error).__name__)
        raise
    _finish(run, result=result, error="")
    return result


def _finish(run: SweepRun, *, result: Mapping[str, int], error: str) -> None:
    SweepRun.objects.filter(pk=run.pk).update(finished_at=timezone.now(), result=dict(result), error=error)


def forget_sweep_runs(*, now: datetime) -> Mapping[str, int]:
    """A record of a run is of use for a few days only."""
    deleted, _ = SweepRun.objects.filter(slot__lt=now - _RUNS_KEPT_FOR).delete()
    return {"forgotten": deleted}

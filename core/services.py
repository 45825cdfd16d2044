"""Writes of the shared kernel."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.concurrency import decide, snapshot, update_versioned
from core.errors import DomainError
from core.models import Company, SubmittedForm, SweepRun, WorkdayOverride, WorkingPeriod
from core.sweeps import Sweep

_LOCK_SPACE = 5_217
_RUNS_KEPT_FOR = timedelta(days=3)
_FORMS_KEPT_FOR = timedelta(days=7)


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
    deleted, _rows = SweepRun.objects.filter(slot__lt=now - _RUNS_KEPT_FOR).delete()
    return {"forgotten": deleted}


def forget_submitted_forms(*, now: datetime) -> Mapping[str, int]:
    """Nobody sends a form a second time after a week."""
    deleted, _rows = SubmittedForm.objects.filter(created_at__lt=now - _FORMS_KEPT_FOR).delete()
    return {"forgotten": deleted}


@transaction.atomic
def update_company(*, original: Mapping[str, Any], mine: Mapping[str, Any]) -> Company:
    """Different settings changed by two people merge; the same one raises ``EditConflictError``."""
    stored = Company.objects.select_for_update().get_or_create(pk=1)[0]
    changed = decide(theirs=snapshot(stored, mine), original=original, mine=mine)
    for field in changed:
        setattr(stored, field, mine[field])
    if stored.low_score >= stored.high_score:
        text = _("A low score must be below a high one.")
        raise DomainError(text, fields={"low_score": [text]})
    if changed:
        update_versioned(stored, fields=changed, expected_version=stored.version)
    return stored


@transaction.atomic
def set_working_hours(*, periods: Iterable[tuple[int, time, time]]) -> None:
    """Replaces the company's week; rows that stay are not touched, so the audit shows only what changed."""
    wanted = sorted(set(periods))
    if not wanted:
        raise DomainError(_("The company must work at some time of the week."))
    for earlier, later in pairwise(wanted):
        if earlier[0] == later[0] and later[1] < earlier[2]:
            raise DomainError(_("Two periods of one day overlap."))
    if any(starts >= ends for _weekday, starts, ends in wanted):
        raise DomainError(_("A period ends before it begins."))
    present = {(row.weekday, row.starts, row.ends): row for row in WorkingPeriod.objects.select_for_update()}
    gone = [row.pk for key, row in present.items() if key not in wanted]
    WorkingPeriod.objects.filter(pk__in=gone).delete()
    WorkingPeriod.objects.bulk_create(
        [WorkingPeriod(weekday=key[0], starts=key[1], ends=key[2]) for key in wanted if key not in present]
    )


def set_override(*, day: date, is_working: bool, note: str) -> None:
    WorkdayOverride.objects.update_or_create(day=day, defaults={"is_working": is_working, "note": note})


def remove_override(*, day: date) -> None:
    WorkdayOverride.objects.filter(day=day).delete()

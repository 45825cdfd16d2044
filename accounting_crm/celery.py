"""Celery only wakes code up; what must happen is always derived from PostgreSQL."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery
from celery.schedules import BaseSchedule, schedstate
from celery.signals import setup_logging, worker_init, worker_ready, worker_shutting_down

from core.sweeps import Sweep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class EverySlot(BaseSchedule):
    """Fires once in each slot of a sweep, soon after it begins, so that two beats name the same slots."""

    def __init__(self, every: timedelta) -> None:
        super().__init__()
        self.every = every

    def is_due(self, last_run_at: datetime) -> schedstate:
        seconds = self.every.total_seconds()
        moment = self.now().timestamp()
        until_next = (moment // seconds + 1) * seconds - moment
        return schedstate(
            is_due=last_run_at.timestamp() // seconds < moment // seconds,
            next=max(until_next, 0.05),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EverySlot) and other.every == self.every

    def __hash__(self) -> int:
        return hash(self.every)

    def __reduce__(self) -> tuple[type[EverySlot], tuple[timedelta]]:
        return type(self), (self.every,)


def beat_schedule(sweeps: tuple[Sweep, ...]) -> dict[str, dict[str, Any]]:
    """Every sweep also fires when a beat starts: what was missed while none ran is caught up at once."""
    return {
        sweep.name: {
            "task": "core.sweep",
            "args": (sweep.name,),
            "schedule": EverySlot(sweep.every),
            "options": {"expires": max(sweep.every.total_seconds(), 60)},
            "last_run_at": _LONG_AGO,
        }
        for sweep in sweeps
    }


app = Celery("accounting_crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def _read_schedule(sender: Celery, **_kwargs: object) -> None:
    from accounting_crm.beat import SWEEPS

    sender.conf.beat_schedule = beat_schedule(SWEEPS)


@setup_logging.connect
def _log_like_the_rest(**_kwargs: object) -> None:
    """Celery would bring formats of its own; Django's settings have configured everything already."""


@worker_init.connect
def _speak_as_the_log_does(**_kwargs: object) -> None:
    """That it was told to stop, a worker writes past the logging: its signal handlers may take no locks."""
    from celery.apps import worker

    def say(text: str, _file: object = None) -> None:
        line = {"event": text, "level": "info", "timestamp": datetime.now(UTC).isoformat()}
        os.write(2, json.dumps(line).encode() + b"\n")

    vars(worker)["safe_say"] = say


_ready = False


@worker_ready.connect
def _has_begun(**_kwargs: object) -> None:
    global _ready  # noqa: PLW0603  # of this process
    _ready = True


@worker_shutting_down.connect
def _leave_at_once_while_starting(**_kwargs: object) -> None:
    """A worker looks for the wish to stop only once it runs; before that it has no task that could suffer."""
    if not _ready:
        os._exit(0)

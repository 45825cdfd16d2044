"""Asks the worker to look now instead of at the next tick. Correctness never depends on it."""

from __future__ import annotations

import time
from functools import partial

import structlog
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.sweeps import sweep_named

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 30.0
_OFTEN = 0.5
_silent_until = 0.0
_asked: dict[str, float] = {}


def wake(sweep_name: str) -> None:
    """After commit, once per transaction and twice a second at most: a program that writes a hundred rows a second
    need not fill the queue. Never raises when the broker is away: the periodic run does the work.
    """
    sweep_named(sweep_name)
    asked = any(
        isinstance(call[1], partial) and call[1].func is _publish and call[1].args == (sweep_name,)
        for call in connection.run_on_commit
    )
    if not asked:
        transaction.on_commit(partial(_publish, sweep_name))


def _publish(sweep_name: str) -> None:
    global _silent_until  # noqa: PLW0603  # one small memory per process
    moment = time.monotonic()
    if moment < _silent_until or moment - _asked.get(sweep_name, -_OFTEN) < _OFTEN:
        return
    _asked[sweep_name] = moment
    try:
        current_app.send_task("core.sweep", args=[sweep_name, timezone.now().isoformat()], expires=300)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + _PAUSE_SECONDS
        log.warning("broker_away", error=type(error).__name__)

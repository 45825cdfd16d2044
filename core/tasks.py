"""What the worker can be asked for. The broker only wakes: whether there is anything to do is read from PostgreSQL."""

from __future__ import annotations

from datetime import datetime

import structlog
from celery import Task, shared_task
from django.utils import timezone

from core.models import SweepRun
from core.services import run_sweep
from core.sweeps import sweep_named

log = structlog.get_logger(__name__)


@shared_task(name="core.sweep", bind=True, max_retries=20, default_retry_delay=1)
def sweep(task: Task[..., None], name: str, asked_at: str | None = None) -> None:
    """By the clock (``asked_at`` empty) it runs once per slot; when woken, unless a run began since it was asked."""
    entry, now = sweep_named(name), timezone.now()
    if asked_at is None:
        slot = entry.slot(now)
    else:
        slot = now
        if SweepRun.objects.filter(name=name, started_at__gte=datetime.fromisoformat(asked_at)).exists():
            return
    result = run_sweep(entry, now=now, slot=slot)
    if result is None and asked_at is not None:
        raise task.retry()
    if result and any(result.values()):
        log.info("sweep_done", sweep=name, counts=dict(result))

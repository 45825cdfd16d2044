"""For those who watch over the product: is it alive, can it serve, what does it count."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

import prometheus_client
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus import exports
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from accounting_crm.pending import pending_migrations
from core.models import SweepRun

SWEEP_LATE_SECONDS = 300
BROKER_ANSWERS_WITHIN = 0.5
_PROXY_HEADERS = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")

_sweep_age = prometheus_client.Gauge(
    "crm_sweep_age_seconds", "Since a sweep last finished", ["sweep"], multiprocess_mode="mostrecent"
)


@never_cache
@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """The process answers; asks nobody else."""
    return HttpResponse("ok", content_type="text/plain")


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    pending = pending_migrations()
    return f"{pending} to apply" if pending else "ok"


def _broker() -> str:
    """A broker that hangs is away too: who asks takes no answer for a dead host."""
    hurry = {"socket_connect_timeout": BROKER_ANSWERS_WITHIN, "socket_timeout": BROKER_ANSWERS_WITHIN}
    try:
        with current_app.connection_for_write(transport_options=hurry) as broker:
            broker.ensure_connection(max_retries=1, timeout=1, interval_start=0)
    except (BrokerError, RedisError, OSError):
        return "away"
    return "ok"


def sweep_ages(now: datetime) -> dict[str, float]:
    finished = SweepRun.objects.filter(finished_at__isnull=False).values_list("name").annotate(Max("finished_at"))
    return {name: (now - moment).total_seconds() for name, moment in finished}


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """503 when requests can't be served. A broker that is away or late sweeps are told, but pages work without."""
    try:
        checks: dict[str, object] = {"database": _database(), "migrations": _migrations()}
        age = min(sweep_ages(datetime.now(UTC)).values(), default=None) if checks["migrations"] == "ok" else None
    except (DatabaseError, InterfaceError):
        checks, age = {"database": "away", "migrations": "unknown"}, None
    can_serve = all(value == "ok" for value in checks.values())
    checks["broker"] = _broker()
    checks["last_sweep_seconds"] = None if age is None else round(age, 1)
    in_order = checks["broker"] == "ok" and age is not None and age < SWEEP_LATE_SECONDS
    status = "unavailable" if not can_serve else "ok" if in_order else "degraded"
    return JsonResponse({"status": status, "checks": checks}, status=200 if can_serve else 503)


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    is_local = request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1", ""}
    return is_local and not any(name in request.headers for name in _PROXY_HEADERS)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus. For holders of ``METRICS_TOKEN``; without one, for this machine alone."""
    if not _may_read_metrics(request):
        raise Http404
    for name, age in sweep_ages(datetime.now(UTC)).items():
        _sweep_age.labels(name).set(age)
    response: HttpResponse = exports.ExportToDjangoView(request)
    return response

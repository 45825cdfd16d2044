from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from accounting_crm import health
from core.models import SweepRun


def _finish_sweep(*, ago: timedelta) -> None:
    now = datetime.now(UTC)
    SweepRun.objects.create(name="tests.count", slot=now, started_at=now - ago, finished_at=now - ago)


def test_livez_asks_nobody(client: Client) -> None:
    response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_readyz_tells_that_all_is_in_order(client: Client) -> None:
    _finish_sweep(ago=timedelta(seconds=5))
    body = client.get("/readyz").json()
    assert body["status"] == "ok"
    assert body["checks"].items() >= {"database": "ok", "migrations": "ok", "broker": "ok"}.items()
    assert 5 <= body["checks"]["last_sweep_seconds"] < 60


@pytest.mark.django_db
@pytest.mark.parametrize("ago", [None, timedelta(minutes=6)])
def test_readyz_serves_on_when_sweeps_are_late(client: Client, ago: timedelta | None) -> None:
    if ago:
        _finish_sweep(ago=ago)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")


@pytest.mark.django_db
def test_readyz_serves_on_without_a_broker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_options: object) -> None:
        raise OSError

    monkeypatch.setattr(current_app, "connection_for_write", refuse)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["checks"]["broker"]) == (200, "away")


@pytest.mark.django_db
def test_readyz_does_not_wait_for_a_broker_that_hangs(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a hurry of its own it would wait for ten minutes, which is longer than any test may take."""
    monkeypatch.setattr(health, "BROKER_ANSWERS_WITHIN", 0.05)
    monkeypatch.setitem(current_app.conf.broker_transport_options, "socket_timeout", 600)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connect = partial(current_app.connection_for_write, url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        monkeypatch.setattr(current_app, "connection_for_write", connect)
        response = client.get("/readyz")
    assert (response.status_code, response.json()["checks"]["broker"]) == (200, "away")


def test_readyz_is_unavailable_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise OperationalError

    monkeypatch.setattr(health, "_database", refuse)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "unavailable")


@pytest.mark.django_db
def test_readyz_is_unavailable_before_migrations(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "pending_migrations", lambda: 2)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["checks"]["migrations"]) == (503, "2 to apply")


@pytest.mark.django_db
def test_metrics_tell_the_age_of_sweeps_to_this_machine(client: Client) -> None:
    _finish_sweep(ago=timedelta(seconds=5))
    assert b'crm_sweep_age_seconds{sweep="tests.count"}' in client.get("/metrics").content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "extra", "status"),
    [
        ("", {"REMOTE_ADDR": "192.0.2.7"}, 404),
        ("", {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, 404),
        ("s3cret", {}, 404),
        ("s3cret", {"HTTP_AUTHORIZATION": "Bearer wrong"}, 404),
        ("s3cret", {"HTTP_AUTHORIZATION": "Bearer s3cret", "REMOTE_ADDR": "192.0.2.7"}, 200),
    ],
)
def test_metrics_are_not_public(client: Client, settings: Any, token: str, extra: dict[str, str], status: int) -> None:
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", **extra).status_code == status  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_health_is_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_health_needs_few_queries(rf: RequestFactory, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(5):
        health.readyz(rf.get("/readyz"))
    assert connection.vendor == "postgresql"

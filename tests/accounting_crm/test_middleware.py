from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from accounting_crm import failures, logs
from accounting_crm.middleware import begin_session
from tests.factories import make_user

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def no_database(_request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection to Иван refused")


def mistake(_request: HttpRequest) -> HttpResponse:
    raise ValueError("Иван Петров")


urlpatterns = [
    path("gone", no_database),
    path("api/v1/gone", no_database),
    path("bad", mistake),
    path("api/bad", mistake),
]
handler500 = "accounting_crm.failures.failed"


@pytest.fixture
def quiet(client: Client) -> Client:
    client.raise_request_exception = False
    return client


@pytest.mark.urls(__name__)
def test_a_database_that_is_away_is_503_with_a_time_to_come_again(quiet: Client) -> None:
    response = quiet.get("/gone")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Иван" not in response.content.decode()


@pytest.mark.urls(__name__)
def test_programs_get_their_503_and_500_as_json(quiet: Client) -> None:
    answers = [quiet.get(address) for address in ("/api/v1/gone", "/api/bad")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "unavailable"), (500, "error")]


@pytest.mark.urls(__name__)
def test_any_other_error_is_500(quiet: Client) -> None:
    assert quiet.get("/bad").status_code == 500


def test_request_keeps_the_id_it_brings(client: Client) -> None:
    assert client.get("/livez", headers={"X-Request-ID": "proxy-12345678"})["X-Request-ID"] == "proxy-12345678"


@pytest.mark.parametrize("given", ["", "short", "with space and more", "x" * 65, "line\nbreak-12345"])
def test_request_gets_an_id_of_its_own(client: Client, given: str) -> None:
    assert len(client.get("/livez", headers={"X-Request-ID": given})["X-Request-ID"]) == 32


@pytest.mark.django_db
def test_log_line_names_the_route_not_the_path(client: Client, log_lines: Any) -> None:
    client.get("/nowhere/ivan@example.ru/?phone=79130000000", headers={"X-Request-ID": "abcdefgh"})
    client.get("/livez")
    assert [
        (line["event"], line["route"], line["status"], line["method"]) for line in log_lines() if "route" in line
    ] == [("request", "(none)", 404, "GET")]
    assert all("ivan" not in json.dumps(line) and "7913" not in json.dumps(line) for line in log_lines())


@pytest.fixture
def log_lines(caplog: pytest.LogCaptureFixture) -> Any:
    formatter = logs.configure("INFO")["formatters"]["json"]
    made = structlog.stdlib.ProcessorFormatter(
        processors=formatter["processors"], foreign_pre_chain=formatter["foreign_pre_chain"]
    )
    caplog.set_level(logging.INFO)
    return lambda: [json.loads(made.format(record)) for record in caplog.records]


@pytest.mark.urls(__name__)
def test_log_of_an_error_has_its_type_and_place_but_no_text(quiet: Client, log_lines: Any) -> None:
    quiet.get("/bad", headers={"X-Request-ID": "abcdefgh"})
    line = next(line for line in log_lines() if "error" in line)
    assert line["error"] == "ValueError"
    assert line["at"][-1].endswith("mistake")
    assert line["event"] == "%s: %s"
    assert "Иван" not in json.dumps(log_lines(), ensure_ascii=False)


def test_error_without_an_exception_is_left_out() -> None:
    assert logs.describe_error(None, "", {"event": "a", "exc_info": True}) == {"event": "a"}
    assert logs.forget_texts(None, "", {"event": "a"}) == {"event": "a"}
    assert logs.describe_error(None, "", {"exc_info": ValueError("x")})["error"] == "ValueError"


@pytest.fixture
def visitor(client: Client, time_machine: Any) -> Client:
    time_machine.move_to(START, tick=False)
    client.force_login(make_user())
    return client


def _stored(client: Client) -> dict[str, Any]:
    return dict(client.session.items())


@pytest.mark.django_db
def test_use_of_a_session_is_written_down_every_five_minutes(visitor: Client, time_machine: Any) -> None:
    for minutes, seen in ((4, 0), (6, 6)):
        time_machine.move_to(START + timedelta(minutes=minutes), tick=False)
        visitor.get("/livez")
        assert _stored(visitor)["seen"] == (START + timedelta(minutes=seen)).timestamp()


@pytest.mark.django_db
def test_session_ends_after_its_absolute_age(visitor: Client, time_machine: Any) -> None:
    time_machine.move_to(START + timedelta(days=31), tick=False)
    visitor.get("/livez")
    assert "_auth_user_id" not in _stored(visitor)


def test_log_in_without_a_session_is_none_of_our_business(rf: RequestFactory) -> None:
    begin_session(None, None)
    begin_session(None, rf.get("/"))


def test_sentry_gets_types_and_places_only(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("sentry_sdk.init", lambda **values: given.update(values))
    logs.send_errors_to("https://key@sentry.example.com/1")
    event = {"request": {"url": "/s/token/"}, "user": {"id": 1}, "exception": {"values": [{"value": "Иван"}]}}
    assert given["before_send"](event, {}) == {"exception": {"values": [{"value": ""}]}}
    assert (given["send_default_pii"], given["include_local_variables"]) == (False, False)


def test_retry_is_soon() -> None:
    assert failures.RETRY_AFTER_SECONDS <= 10

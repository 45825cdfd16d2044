"""What a program gets when it asks wrongly: always JSON of one shape, never a page, never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client as Browser
from django.test import override_settings
from django.utils.timezone import now
from rest_framework.test import APIClient

from api import throttling
from staff.enums import Role, Scope
from staff.services.tokens import issue_token
from tests.api.conftest import CallAs
from tests.factories import make_user
from tests.handoff_factories import make_body

pytestmark = pytest.mark.django_db
URL = "/api/v1/handoffs"


@pytest.fixture
def program(call_as: CallAs) -> APIClient:
    make_user(Role.AM)
    return call_as(make_user(Role.ADMIN), *Scope)


def send(program: APIClient, raw: bytes, kind: str = "application/json") -> Any:
    return program.generic("POST", URL, raw, content_type=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "invalid"),
        (b"{", 400, "parse_error"),
        (b"\xff\xfe", 400, "parse_error"),
        (b'{"amount": NaN}', 400, "parse_error"),
        (b'{"goal": ' + b"9" * 5000 + b"}", 400, "parse_error"),
        (b"[" * 20_000 + b"]" * 20_000, 400, "parse_error"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, 400, "parse_error"),
        (b"[1, 2]", 400, "invalid"),
        (b'"text"', 400, "invalid"),
        (b"null", 400, "invalid"),
        (b'{"goal": "\\ud800"}', 400, "invalid"),
        (b" " * (2 * 1024 * 1024), 413, "too_large"),
    ],
)
def test_body_that_is_no_use_is_refused(program: APIClient, raw: bytes, status: int, code: str) -> None:
    response = send(program, raw)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert set(response.json()) == {"code", "detail", "fields"}


def test_body_without_a_declared_length_is_measured_while_reading(program: APIClient) -> None:
    response = program.generic("POST", URL, b" " * (1024 * 1024 + 1), CONTENT_LENGTH="")  # type: ignore[arg-type]
    assert response.status_code in {400, 413, 415}


def test_body_of_another_kind_is_unsupported(program: APIClient) -> None:
    response = send(program, b"a=1", "application/x-www-form-urlencoded")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_other_method_is_not_allowed(program: APIClient) -> None:
    for method in (program.get, program.delete, program.put, program.options):
        response = method(URL)
        assert (response.status_code, response.json()["code"]) in [
            (405, "method_not_allowed"),
            (403, "permission_denied"),
        ]


def test_other_format_is_not_acceptable(program: APIClient) -> None:
    response = program.get("/api/v1/clients", headers={"accept": "text/html"})
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


def test_unknown_address_is_json_too(program: APIClient) -> None:
    for method in (program.get, program.post, APIClient().delete):
        response = method("/api/v1/nothing/here")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_thousands_of_parameters_are_refused(program: APIClient) -> None:
    query = "&".join(f"p{number}=1" for number in range(10_000))
    response = program.get(f"/api/v1/clients?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer wrong", "Bearer \x00", "Basic YTpi"])
def test_wrong_token_is_not_let_in(header: str) -> None:
    response = APIClient().get("/api/v1/clients", headers={"authorization": header})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")


def test_too_many_requests_are_told_to_wait(program: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "PER_SECOND", 0.0)
    monkeypatch.setattr(throttling, "BURST", 1.0)
    monkeypatch.setattr(throttling, "_buckets", {})
    assert program.get("/api/v1/clients").status_code == 200
    response = program.get("/api/v1/clients")
    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (429, "throttled", "1")


def test_buckets_do_not_pile_up(program: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "_KEPT", 1)
    monkeypatch.setattr(throttling, "_buckets", {})
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        APIClient().get("/api/v1/clients", REMOTE_ADDR=address)
    assert len(throttling._buckets) <= 2


def test_error_of_ours_is_json(program: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_values: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("api.handoffs.offer_handoff", fail)
    program.raise_request_exception = False
    response = program.post(URL, make_body())
    assert (response.status_code, response.json()["code"]) == (500, "error")
    assert "secret" not in response.content.decode()


def test_database_away_asks_to_repeat(program: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_values: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("api.handoffs.offer_handoff", fail)
    program.raise_request_exception = False
    response = program.post(URL, make_body())
    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (503, "unavailable", "5")


def test_dead_token_of_a_deactivated_person_is_refused(call_as: CallAs) -> None:
    user = make_user(Role.AM)
    _row, bare = issue_token(user=user, scopes=[Scope.CLIENTS_READ], actor=None, now=now())
    user.is_active = False
    user.save()
    response = APIClient().get("/api/v1/clients", headers={"authorization": f"Bearer {bare}"})
    assert response.status_code == 401


@override_settings(STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}})
def test_docs_are_ours_and_strict(client: Browser) -> None:
    response = client.get("/api/v1/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_schema_describes_what_is_there(client: Browser) -> None:
    schema = json.loads(client.get("/api/v1/schema").content)
    assert {"/api/v1/handoffs", "/api/v1/orders/{external_id}", "/api/v1/clients"} <= set(schema["paths"])
    assert client.get("/api/v1/schema", headers={"accept": "application/vnd.oai.openapi"}).status_code == 200

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponseNotAllowed
from django.test import RequestFactory

from core.error_pages import RefusalMiddleware, bad_request, error_page
from core.errors import ConflictError
from core.htmx import go_to, is_partial, render_page, trigger

PAGE, PIECE = "error.html", "components/_toast.html"


def asked(**headers: str) -> HttpRequest:
    request = RequestFactory().get("/", headers=headers)
    request.user = AnonymousUser()
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


@pytest.mark.parametrize(
    ("headers", "partial"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_is_partial(headers: dict[str, str], *, partial: bool) -> None:
    assert is_partial(asked(**headers)) is partial


@pytest.mark.parametrize(
    ("options", "is_page"),
    [
        ({"fragment": PIECE}, False),
        ({"fragments": {"rows": PIECE}}, False),
        ({"fragments": {"other": PIECE}}, True),
        ({}, True),
    ],
)
def test_render_page_answers_what_was_asked(options: dict[str, Any], *, is_page: bool) -> None:
    request = asked(**{"HX-Request": "true", "HX-Target": "rows"})

    response = render_page(request, PAGE, {"text": "x"}, **options)

    assert ("<html" in response.content.decode()) is is_page
    assert "HX-Request" in response["Vary"]


def test_fragment_brings_waiting_messages_along() -> None:
    request = asked(**{"HX-Request": "true"})
    messages.success(request, "Записано")

    text = render_page(request, PAGE, fragment=PIECE).content.decode()

    assert "Записано" in text
    assert "hx-swap-oob" in text


def test_go_to_tells_htmx_and_redirects_others() -> None:
    assert go_to(asked(**{"HX-Request": "true"}), "/x/", "Готово")["HX-Redirect"] == "/x/"
    assert go_to(asked(), "/x/").status_code == 302


def test_triggers_add_up() -> None:
    response = go_to(asked(), "/x/")
    trigger(response, "one", id=1)
    trigger(response, "two")

    assert response["HX-Trigger"] == '{"one": {"id": 1}, "two": {}}'


def test_refusal_of_a_service_becomes_a_page_and_others_pass() -> None:
    middleware = RefusalMiddleware(lambda request: error_page(request, 500))

    refused = middleware.process_exception(asked(), ConflictError("Изменила Анна Ким"))

    assert refused is not None
    assert refused.status_code == 409
    assert "Изменила Анна Ким" in refused.content.decode()
    assert middleware.process_exception(asked(), KeyError()) is None
    assert middleware(asked()).status_code == 500


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 429, 500])
def test_every_error_has_its_page(status: int) -> None:
    response = error_page(asked(), status)

    assert response.status_code == status
    assert f'<p class="error-code">{status}</p>' in response.content.decode()


def test_form_that_is_asked_for_as_a_page_says_where_to_go() -> None:
    """Whoever logs in anew after pressing a button is led to the button's address."""
    middleware = RefusalMiddleware(lambda _request: HttpResponseNotAllowed(["POST"]))

    page, program = middleware(asked()), middleware(RequestFactory().get("/api/v1/nothing"))

    assert (page.status_code, page.headers["Allow"]) == (405, "POST")
    assert 'href="/"' in page.content.decode()
    assert program.content == b""


def test_error_comes_to_htmx_as_a_toast() -> None:
    response = error_page(asked(**{"HX-Request": "true"}), 403)

    assert response["HX-Retarget"] == "#toasts"
    assert "<html" not in response.content.decode()


def test_bad_request_tells_too_big_from_senseless() -> None:
    from django.core.exceptions import RequestDataTooBig, SuspiciousOperation

    assert bad_request(asked(), RequestDataTooBig()).status_code == 413
    assert bad_request(asked(), SuspiciousOperation()).status_code == 400


def test_error_comes_to_a_program_as_json() -> None:
    response = error_page(RequestFactory().get("/api/v1/nothing"), 404)

    assert response["Content-Type"] == "application/json"
    assert b'"not_found"' in response.content

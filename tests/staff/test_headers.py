from __future__ import annotations

import pytest
from django.test import Client
from django.utils.timezone import now

from staff.enums import Role
from staff.services import issue_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/account/login/", "/account/", "/staff/users/", "/settings/", "/nowhere/"])
def test_every_page_has_a_strict_policy(client: Client, path: str) -> None:
    client.force_login(make_user(Role.ADMIN))

    headers = client.get(path, follow=True).headers

    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for directive in ("default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'"):
        assert directive in policy
    assert "frame-ancestors" in policy
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer", "strict-origin-when-cross-origin"}
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "localhost:80@evil.test"])
def test_forged_host_is_refused(client: Client, host: str) -> None:
    assert client.get("/account/login/", headers={"Host": host}).status_code == 400


def test_token_is_shown_once_and_its_page_is_not_kept(client: Client) -> None:
    user = make_user(Role.ADMIN)
    client.force_login(user)

    response = client.post("/account/tokens/", {"name": "1С", "scopes": ["clients:read"]})

    assert response.status_code == 201
    assert "no-store" in response.headers["Cache-Control"]
    assert response.context["bare"].encode() in response.content
    assert response.context["bare"].encode() not in client.get("/account/tokens/").content


@pytest.mark.parametrize(
    "path", ["/clients/", "/account/", "/counts/", "/nowhere/", "/api/v1/clients", "/settings/company/", "/s/wrong/"]
)
def test_no_answer_is_kept_by_browser_or_proxy(client: Client, path: str) -> None:
    client.force_login(make_user(Role.ADMIN))

    assert client.get(path).headers["Cache-Control"] == "private, no-store"


def test_no_answer_to_a_program_is_kept(client: Client) -> None:
    _token, bare = issue_token(user=make_user(Role.ADMIN), scopes=["clients:read"], actor=None, now=now())

    response = client.get("/api/v1/clients", headers={"Authorization": f"Bearer {bare}"})

    assert (response.status_code, response.headers["Cache-Control"]) == (200, "private, no-store")


def test_static_files_are_kept(client: Client) -> None:
    response = client.get("/static/css/base.css")

    assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert response.status_code == 200
    assert "no-store" not in response.headers["Cache-Control"]

from __future__ import annotations

import pytest
from django.test import Client

from staff.enums import Role
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

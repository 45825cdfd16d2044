"""A person's browser against the product, and one against the lean pages, in this process."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.test.utils import override_settings

from bench import middleware as kinds
from staff.models import User


def _browser(own: dict[str, Any]) -> Client:
    browser = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="ru")
    with override_settings(**own):
        browser.handler.load_middleware()
    return browser


def product_browser(user: User) -> Client:
    browser = _browser({})
    browser.force_login(user)
    return browser


def program() -> Client:
    """Another program: no session."""
    return _browser({})


def lean_browser(user: User) -> Client:
    browser = _browser(kinds.LEAN)
    browser.force_login(user, kinds.LEAN_BACKEND)
    return browser


def bare_browser() -> Client:
    return _browser(kinds.BARE)


def page(browser: Client, address: str, **headers: str) -> bytes:
    answer: Any = browser.get(address, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    content: bytes = answer.content
    return content

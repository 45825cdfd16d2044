"""A real browser against a live server: ``site``, ``log_in`` and ``assert_clean`` for every room's walks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client as Visitor
from playwright.sync_api import BrowserContext, Page, ViewportSize
from pytest_django.live_server_helper import LiveServer

from staff.models import User

# Playwright keeps an event loop in this thread; the tests around it are synchronous all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), "")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
PHONE: ViewportSize = {"width": 360, "height": 740}

Check = Callable[..., None]
LogIn = Callable[[User], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium where there is one, else the one Playwright has installed."""
    found = {"executable_path": CHROMIUM} if CHROMIUM else {}
    return {"headless": True, "args": FLAGS.split(), **found}


@pytest.fixture
def browser_context_args() -> dict[str, Any]:
    return {"locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": {"width": 1440, "height": 1080}}


@pytest.fixture
def site(django_db_serialized_rollback: None, live_server: LiveServer) -> str:
    """Address of the product; rows made by migrations are there in every test."""
    return str(live_server.url)


@pytest.fixture
def log_in(site: str, context: BrowserContext) -> LogIn:
    def enter(user: User) -> None:
        visitor = Visitor()
        visitor.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": visitor.cookies[name].value, "url": site}])

    return enter


@pytest.fixture
def assert_clean(context: BrowserContext) -> Check:
    """Nothing axe objects to, no complaint of the browser, no sideways scroll.

    Ask for the fixture before opening a page. ``expected`` names complaints that belong to the case («404»).
    """
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    axe = Axe()

    def check(page: Page, *, expected: str = "") -> None:
        page.wait_for_load_state("networkidle")  # pieces are pale while htmx asks for them
        report = axe.run(page)
        assert report.violations_count == 0, f"{page.url}\n{report.generate_report()}"
        assert [text for text in complaints if not expected or expected not in text] == []
        complaints.clear()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"

    return check

"""A real browser against a live server: ``site``, ``log_in`` and ``assert_clean`` for every room's walks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
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
DESK: ViewportSize = {"width": 1440, "height": 1080}
LOOKS: tuple[tuple[str, int, list[str] | None], ...] = (
    ("light", 1440, None),
    ("dark", 1440, ["color-contrast"]),
    ("dark", 360, None),
    ("light", 360, ["color-contrast"]),
)
#: Pieces are pale while htmx asks for them.
SETTLED = """() => document.readyState === 'complete'
  && !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')
  && !document.getAnimations().some(one => one instanceof CSSTransition && one.playState === 'running')"""
#: Two frames later every colour is the new one.
REPAINT = """theme => {
  document.documentElement.dataset.bsTheme = theme;
  return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
PICTURES = os.environ.get("PICTURES", "")

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
    return {"locale": "ru-RU", "timezone_id": "Europe/Moscow", "viewport": DESK, "reduced_motion": "reduce"}


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

    Ask for the fixture before opening a page. ``expected`` names complaints that belong to the case («404»); ``rules``
    asks axe about these alone.
    """
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))

    def check(page: Page, *, expected: str = "", rules: list[str] | None = None) -> None:
        page.wait_for_function(SETTLED)
        report = ask_axe(page, rules)
        assert report.violations_count == 0, f"{page.url}\n{report.generate_report()}"
        assert [text for text in complaints if not expected or expected not in text] == []
        complaints.clear()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"

    return check


@pytest.fixture
def assert_clean_in_every_look(assert_clean: Check) -> Check:
    """The open page, light and dark, on a desk and on a phone: the markup is one, so it is loaded once.

    Either width and either theme is asked about everything; what else a theme changes is contrast.
    """

    def check(page: Page, name: str, *, expected: str = "") -> None:
        for theme, width, rules in LOOKS:
            page.set_viewport_size(PHONE if width == PHONE["width"] else DESK)
            page.evaluate(REPAINT, theme)
            picture(page, f"{name}-{theme}-{width}")
            assert_clean(page, expected=expected, rules=rules)
        page.set_viewport_size(DESK)

    return check


def ask_axe(page: Page, rules: list[str] | None) -> AxeResults:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    options: dict[str, Any] = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    return AxeResults(page.evaluate("options => axe.run(options)", options))


def picture(page: Page, name: str) -> None:
    """Kept only when somebody wants to look: PICTURES=folder pytest tests/browser."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=f"{PICTURES}/{name}.png")
        page.screenshot(path=f"{PICTURES}/{name}-full.png", full_page=True)

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from staff.enums import Role, Theme
from tests.browser.conftest import PHONE, Check, LogIn
from tests.factories import make_user

PICTURES = os.environ.get("PICTURES", "")


def picture(page: Page, name: str) -> None:
    """Kept only when somebody wants to look: PICTURES=folder pytest tests/browser."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=f"{PICTURES}/{name}.png")
        page.screenshot(path=f"{PICTURES}/{name}-full.png", full_page=True)


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
@pytest.mark.parametrize("width", [1440, 360])
def test_styleguide_is_clean(
    site: str, log_in: LogIn, page: Page, assert_clean: Check, theme: Theme, width: int
) -> None:
    log_in(make_user(Role.HEAD, name="Анна Ким", theme=theme))
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{site}/styleguide/")

    picture(page, f"styleguide-{theme}-{width}")
    assert_clean(page)


def test_missing_page_is_friendly(site: str, page: Page, assert_clean: Check) -> None:
    page.set_viewport_size(PHONE)

    page.goto(f"{site}/nowhere/")

    picture(page, "404")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_clean(page, expected="404")

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from staff.enums import Role
from staff.models import User
from tests.browser.conftest import PHONE, PICTURES, Check, LogIn, picture
from tests.factories import make_user


@pytest.fixture
def head(site: str) -> User:
    return make_user(Role.HEAD, Role.AM, name="Анна Ким")


def test_styleguide_is_clean(
    site: str, head: User, log_in: LogIn, page: Page, assert_clean_in_every_look: Check
) -> None:
    log_in(head)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))

    page.goto(f"{site}/styleguide/")

    assert_clean_in_every_look(page, "styleguide")
    assert len([url for url in requests if not url.startswith("data:")]) <= 6


def test_missing_page_is_friendly(site: str, page: Page, assert_clean: Check) -> None:
    page.set_viewport_size(PHONE)

    page.goto(f"{site}/nowhere/")

    picture(page, "404")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_clean(page, expected="404")


def test_keys_work_in_the_russian_layout_and_can_be_switched_off(
    site: str, head: User, log_in: LogIn, page: Page, assert_clean: Check
) -> None:
    log_in(head)
    page.goto(f"{site}/styleguide/")
    page.wait_for_load_state("load")
    page.evaluate("document.activeElement.blur()")

    page.keyboard.press("Slash")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift+Slash")
    expect(page.locator("#help")).to_be_visible()
    picture(page, "help")
    assert_clean(page)
    page.locator("[data-shortcuts]").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    press = "document.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyN', key: 'т', bubbles: true}))"
    page.evaluate(f"document.body.{press.removeprefix('document.')}")
    expect(page.locator("#sample-dialog")).to_be_hidden()
    page.evaluate("localStorage.clear()")
    page.evaluate(f"document.body.{press.removeprefix('document.')}")
    expect(page.locator("#sample-dialog")).to_be_visible()


def test_theme_changes_at_once_and_stays(site: str, head: User, log_in: LogIn, page: Page) -> None:
    log_in(head)
    page.goto(f"{site}/styleguide/")
    page.locator(".topbar summary").click()
    picture(page, "menu")

    with page.expect_response(re.compile("/theme/")):
        page.locator(".topbar [name=theme][value=dark]").click()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


@pytest.mark.parametrize("scripts", [True, False])
def test_menu_and_dialogs_of_a_phone_open_with_and_without_javascript(
    site: str, head: User, log_in: LogIn, browser: Browser, page: Page, *, scripts: bool
) -> None:
    log_in(head)
    context = browser.new_context(java_script_enabled=scripts, viewport=PHONE, locale="ru-RU", reduced_motion="reduce")
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    phone = context.new_page()
    phone.goto(f"{site}/styleguide/")

    expect(phone.locator("#menu")).not_to_be_in_viewport()
    phone.locator(".bottombar [data-menu]").click()
    expect(phone.locator("#menu")).to_be_in_viewport()
    if PICTURES:
        phone.screenshot(path=f"{PICTURES}/drawer-{scripts}.png")
    phone.locator(".sidebar-close").click()
    expect(phone.locator("#menu")).not_to_be_in_viewport()
    phone.locator("a[href='#archive']").click()
    expect(phone.locator("#archive form")).to_be_visible()
    phone.locator("#archive [data-close]").click()
    expect(phone.locator("#archive form")).to_be_hidden()
    context.close()


def test_touch_targets_on_a_phone_are_44_pixels(site: str, head: User, log_in: LogIn, page: Page) -> None:
    log_in(head)
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/styleguide/")

    small = page.eval_on_selector_all(
        "button, .btn, .tabs a, .bottombar a, summary, select, input:not([type=hidden], [type=radio], [type=checkbox])",
        """all => all.filter(e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().height < 43.5)
                      .map(e => e.outerHTML.slice(0, 80))""",
    )

    assert small == []

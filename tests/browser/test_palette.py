"""The palette in a real browser: by keys alone, on either keyboard layout."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from staff.enums import Role
from tests.browser.conftest import Check, LogIn
from tests.factories import make_client, make_user


def test_keys_lead_to_a_client_and_to_a_page(site: str, page: Page, log_in: LogIn, assert_clean: Check) -> None:
    owner = make_user(Role.AM)
    client = make_client(owner, name="ООО «Северный ветер»")
    log_in(owner)
    page.goto(f"{site}/clients/")
    page.keyboard.press("Control+KeyK")
    palette = page.get_by_role("dialog", name="Клиент, страница или действие")
    expect(palette.get_by_role("link", name="Продления")).to_be_visible()
    assert_clean(page)
    page.keyboard.type("ctdth")  # «север», typed on the other layout
    expect(palette.get_by_role("link", name="Северный ветер")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/clients/{client.pk}/")
    page.keyboard.press("Control+KeyK")
    page.keyboard.type("прод")
    expect(palette.get_by_role("link")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(palette.get_by_role("link", name="Продления")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/renewals/$"))


def test_escape_closes_it_and_gives_the_focus_back(site: str, page: Page, log_in: LogIn) -> None:
    log_in(make_user(Role.AM))
    page.goto(f"{site}/clients/")
    search = page.get_by_label("Найти клиента")
    search.focus()
    page.keyboard.press("Control+KeyK")
    expect(page.get_by_role("dialog", name="Клиент, страница или действие")).to_be_visible()
    page.keyboard.press("Escape")
    expect(search).to_be_focused()

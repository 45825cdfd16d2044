"""Sales write a hand-off, the manager accepts it with one key; every page on the way is clean in both themes."""

from __future__ import annotations

from django.utils.timezone import now
from playwright.sync_api import Page, expect

from clients.models import Handoff
from staff.enums import Role
from tests.browser.conftest import PHONE, Check, LogIn
from tests.factories import make_user
from tests.handoff_factories import make_body, offer


def test_form_shows_mistakes_at_their_places_and_keeps_the_rest(
    site: str, log_in: LogIn, page: Page, assert_clean: Check
) -> None:
    log_in(make_user(Role.SALES))
    page.goto(f"{site}/handoffs/new/")
    assert_clean(page)
    page.fill("[name=client-name]", "ООО «Ромашка»")
    page.locator("button[name=action][value=add_contact]").click()
    expect(page.locator("[name=contacts-1-name]")).to_be_visible()
    expect(page.locator("[name=client-name]")).to_have_value("ООО «Ромашка»")
    page.locator("button[name=action][value=offer]").click()
    expect(page.locator("[name=contract-amount].is-invalid")).to_be_visible()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size(PHONE)
    assert_clean(page, expected="422")


def test_manager_accepts_with_one_key(site: str, log_in: LogIn, page: Page, assert_clean_in_every_look: Check) -> None:
    manager = make_user(Role.AM)
    handoff = offer(make_body(), by=make_user(Role.SALES), now=now())
    log_in(manager)
    page.goto(f"{site}/handoffs/")
    assert_clean_in_every_look(page, "handoffs")
    page.goto(f"{site}/handoffs/{handoff.pk}/")
    assert_clean_in_every_look(page, "handoff")
    page.keyboard.press("a")
    expect(page.locator("main .tag-good")).to_be_visible(timeout=30_000)
    assert Handoff.objects.get().status == "accepted"
    assert_clean_in_every_look(page, "handoff-accepted")

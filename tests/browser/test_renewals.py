"""The board of renewals in a real browser: by mouse, by keys, and without objections of axe."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from retention.models import Renewal
from retention.services.renewals import open_renewals, refresh_signals
from staff.enums import Role
from staff.models import User
from tests.browser.conftest import Check, LogIn
from tests.factories import make_client, make_contract, make_user


def fill(owner: User) -> Renewal:
    today = timezone.localdate()
    for left in (-3, 20, 50, 80, 110):
        make_contract(
            make_client(owner), today - timedelta(days=200), ends_on=today + timedelta(days=left), number="Д-1"
        )
    open_renewals(now=timezone.now())
    refresh_signals(now=timezone.now())
    return Renewal.objects.order_by("due_on")[0]


def test_card_is_moved_by_mouse_and_by_keys_and_back_only_with_a_reason(
    site: str, page: Page, log_in: LogIn, assert_clean: Check
) -> None:
    owner = make_user(Role.HEAD, Role.AM)
    renewal = fill(owner)
    log_in(owner)
    page.goto(f"{site}/renewals/stages/")
    card = page.locator(f"#card-{renewal.pk}")
    card.drag_to(page.locator("[data-column=talking]"))
    expect(page.locator(f"[data-column=talking] #card-{renewal.pk}")).to_be_visible()
    card.drag_to(page.locator("[data-column=planned]"))
    question = page.get_by_role("dialog")
    expect(question.get_by_label("Скажите, почему")).to_be_focused()
    assert_clean(page, expected="422")
    page.keyboard.type("Директор взял паузу")
    question.get_by_role("button", name="Перенести").click()
    expect(page.locator(f"[data-column=planned] #card-{renewal.pk}")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(f"[data-column=talking] #card-{renewal.pk}")).to_be_focused()
    page.keyboard.press("Alt+ArrowLeft")
    expect(question.get_by_label("Скажите, почему")).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    renewal.refresh_from_db()
    assert renewal.stage == "talking"


def test_pages_are_clean(site: str, page: Page, log_in: LogIn, assert_clean_in_every_look: Check) -> None:
    head = make_user(Role.HEAD, Role.AM)
    log_in(head)
    page.goto(f"{site}/renewals/list/")
    assert_clean_in_every_look(page, "renewals-empty")
    renewal = fill(head)
    Renewal.objects.filter(pk=renewal.pk).update(disputed_at=timezone.now(), signal="likely", opinion="unlikely")
    paths = ("", "stages/", "list/", "calendar/", "forecast/", "disagreements/", "settings/", f"{renewal.pk}/")
    for path in paths:
        page.goto(f"{site}/renewals/{path}")
        assert_clean_in_every_look(page, f"renewals-{path.strip('/') or 'board'}")

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import BrowserContext, Page, expect

from gateways.models import OutboxMessage
from staff.enums import Role
from tests.browser.conftest import Check
from tests.factories import make_user

PASSWORD = "Снежный барс 71"


@pytest.fixture
def key(page: Page, context: BrowserContext) -> None:
    """A key inside the machine that knows its owner by a finger and remembers who he is."""
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.usefixtures("key")
def test_passkey_is_added_and_opens_the_account_without_a_password(site: str, page: Page, assert_clean: Check) -> None:
    anna = make_user(Role.AM, password=PASSWORD)
    page.goto(f"{site}/account/login/?next=/account/second-factor/keys/add/")
    page.locator("[name=login]").fill(anna.username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/account/reauthenticate/**")  # a key of one's own wants the password just typed
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.locator("[name=name]").fill("Рабочий ноутбук")
    page.locator("[name=passwordless]").check()
    assert_clean(page)
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda address: not address.endswith("/keys/add/"))
    page.goto(f"{site}/account/second-factor/keys/")
    expect(page.get_by_role("row").filter(has_text="Рабочий ноутбук")).to_be_visible()
    assert_clean(page)
    page.goto(f"{site}/account/logout/")
    page.locator("main form button:not([name])").first.click()
    page.wait_for_url("**/account/login/")

    page.goto(f"{site}/account/login/?next=/account/second-factor/")
    page.locator("#passkey_login").click()

    page.wait_for_url(f"{site}/account/second-factor/")
    assert_clean(page)
    keys = Authenticator.objects.filter(user=anna, type=Authenticator.Type.WEBAUTHN)
    assert [row.last_used_at is not None for row in keys] == [True]
    assert OutboxMessage.objects.filter(to_address=anna.email).exists()  # told that a key was added

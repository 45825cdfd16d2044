from __future__ import annotations

import pytest
from django.test import Client as Browser

from staff.enums import Role, Theme
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def logged_in(*roles: Role, **values: object) -> Browser:
    browser = Browser()
    browser.force_login(make_user(*roles, **values), backend="staff.backends.PasswordBackend")
    return browser


def test_styleguide_opens_for_the_head_only() -> None:
    assert logged_in(Role.HEAD).get("/styleguide/").status_code == 200
    assert logged_in(Role.AM).get("/styleguide/").status_code == 403
    assert Browser().get("/styleguide/").status_code == 302


def test_theme_comes_with_the_page_so_nothing_flashes() -> None:
    browser = logged_in(Role.HEAD, theme=Theme.DARK)

    assert 'data-bs-theme="dark"' in browser.get("/styleguide/").content.decode()

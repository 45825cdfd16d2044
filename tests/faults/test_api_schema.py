"""At least 10,000 made-up requests for each of three roles: no 5xx, no answer that the schema does not know."""

from __future__ import annotations

import sys

import pytest
from django.utils.timezone import now

from api import throttling
from staff.enums import Role
from staff.rules import grantable_scopes
from staff.services.tokens import issue_token
from tests.api.fuzz import fuzz
from tests.factories import make_client, make_user
from tests.handoff_factories import make_body, offer

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600), pytest.mark.django_db]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AM, Role.SALES])
def test_ten_thousand_requests_per_role(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "BURST", 1e9)
    user, manager, sales = make_user(role), make_user(Role.AM), make_user(Role.SALES)
    make_client(manager)
    offer(make_body(), by=sales, now=now())
    scopes = grantable_scopes(user.roles, is_superuser=False)
    _row, bare = issue_token(user=user, scopes=scopes, actor=None, now=now())
    sent = 0
    while sent < 10_000:
        sent += fuzz(bare, examples=1200)
    sys.stdout.write(f"schema: {sent} requests as {role}, 0 server errors, 0 answers outside the schema\n")

from __future__ import annotations

import pytest
from django.utils.timezone import now

from api import throttling
from staff.enums import Role, Scope
from staff.rules import grantable_scopes
from staff.services.tokens import issue_token
from tests.api.fuzz import fuzz
from tests.factories import make_client, make_user
from tests.handoff_factories import make_body, offer

pytestmark = pytest.mark.django_db


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.SALES])
def test_api_keeps_to_its_schema(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "BURST", 1e9)
    user, manager = make_user(role), make_user(Role.AM)
    make_client(manager)
    offer(make_body(), by=user, now=now())
    scopes = grantable_scopes(user.roles, is_superuser=False) & frozenset(Scope)
    _row, bare = issue_token(user=user, scopes=scopes, actor=None, now=now())
    assert fuzz(bare, examples=12) > 50

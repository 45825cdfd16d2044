from __future__ import annotations

import pytest

from api import throttling
from staff.enums import Role, Scope
from tests.api.bodies import send_any_bodies
from tests.api.conftest import CallAs
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_any_body_is_answered_politely(call_as: CallAs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "BURST", 1e9)
    make_user(Role.AM)

    assert send_any_bodies(call_as(make_user(Role.ADMIN), *Scope), examples=25) > 50

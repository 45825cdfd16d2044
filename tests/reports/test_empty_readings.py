"""Pages of tiles and tables where nothing has happened yet: they say so instead of drawing dashes and noughts."""

from __future__ import annotations

import pytest
from django.utils.timezone import now

from staff.enums import Role
from tests.factories import make_client, make_order, make_user
from tests.reports.test_views import enter

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["money", "voice", "lifecycle"])
def test_nothing_is_said_as_nothing(name: str) -> None:
    visitor = enter(make_user(Role.HEAD))
    answer = visitor.get(f"/reports/{name}/")
    assert not answer.context["reading"].sections
    assert "ничего не было" in answer.content.decode()
    for kind in ("xlsx", "pdf"):
        assert visitor.get(f"/reports/{name}/{name}.{kind}").status_code == 200


def test_money_is_told_as_soon_as_anybody_buys() -> None:
    make_order(make_client(make_user(Role.AM)), now())
    answer = enter(make_user(Role.HEAD)).get("/reports/money/")
    assert len(answer.context["reading"].sections) == 3

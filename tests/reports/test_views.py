from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Visitor
from django.utils.timezone import now

from clients.models import Client
from reports import services
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from tests.reports.worked_example import build

pytestmark = pytest.mark.django_db

DECEMBER = {"from": "2025-12-01", "to": "2026-01-01", "as_of": "2026-04-15"}


@pytest.fixture
def clients() -> dict[str, Client]:
    return build()


def enter(user: User) -> Visitor:
    visitor = Visitor()
    visitor.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return visitor


def test_pages_ask_a_constant_number_of_queries(clients: dict[str, Client], django_assert_num_queries: Any) -> None:
    head = enter(make_user(Role.HEAD))
    longer = {**DECEMBER, "from": "2025-10-01", "show": "coefficient"}
    # Of today: are the facts in force. One more takes back settings, because a test is one transaction.
    for params, count in ((DECEMBER, 8 + 1), (longer, 8 + 1), ({}, 9 + 1)):
        with django_assert_num_queries(count):
            answer = head.get("/reports/kpi/", params)
        assert answer.status_code == 200
    text = head.get("/reports/kpi/", DECEMBER).content.decode()
    assert "60,0" in text
    assert "3 из 5" in text or "3 of 5" in text


@pytest.mark.usefixtures("clients")
def test_page_over_facts_asks_few_queries(django_assert_num_queries: Any) -> None:
    services.rebuild_facts(now=now())
    head = enter(make_user(Role.HEAD))
    with django_assert_num_queries(7):
        assert head.get("/reports/kpi/").status_code == 200


@pytest.mark.usefixtures("clients")
def test_a_number_opens_the_list_of_who() -> None:
    head = enter(make_user(Role.HEAD))
    answer = head.get("/reports/kpi/refusal_rate/clients/", {**DECEMBER, "side": "numerator"})
    assert [client.name for client, _row in answer.context["rows"]] == ["C", "D"]
    assert head.get("/reports/kpi/nonsense/clients/", DECEMBER).status_code == 404
    assert head.get("/reports/kpi/grr/clients/").status_code == 400


@pytest.mark.usefixtures("clients")
def test_cohort_page_and_wrong_input() -> None:
    head = enter(make_user(Role.HEAD))
    rows = head.get("/reports/cohorts/", {**DECEMBER, "from": "2025-01-01"}).context["rows"]
    assert (rows[0]["size"], rows[0]["cells"][0]["shade"]) == (6, 10)
    assert head.get("/reports/cohorts/").status_code == 200
    for path in ("/reports/kpi/", "/reports/cohorts/"):
        assert head.get(path, {"from": "2026-02-01", "to": "2026-01-01"}).status_code == 400
        assert head.get(path, {**DECEMBER, "manager": "nobody"}).status_code == 400


def test_manager_sees_own_and_others_nothing(clients: dict[str, Client]) -> None:
    owner = clients["A"].assignments.get().user
    path = "/reports/kpi/renewal_rate/clients/"
    assert len(enter(owner).get(path, DECEMBER).context["rows"]) == 5
    assert enter(make_user(Role.AM)).get(path, DECEMBER).context["rows"] == []
    assert enter(make_user(Role.AM)).get(path, {**DECEMBER, "manager": owner.username}).status_code == 403
    for page in ("/reports/kpi/", path, "/reports/cohorts/"):
        assert enter(make_user(Role.SALES)).get(page, DECEMBER).status_code == 403
        assert Visitor().get(page, DECEMBER).status_code == 302

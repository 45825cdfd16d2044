from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Visitor
from django.utils.timezone import localdate, now

from clients.models import Client
from reports import queries, services
from reports.models import FactState
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
    # Of today: are there facts, and if not, is it much. One more takes back settings, because a test is one transaction.
    for params, count in ((DECEMBER, 8 + 1), (longer, 8 + 1), ({}, 10 + 1)):
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
    assert answer.context["people"] == []  # of another moment than today's
    assert head.get("/reports/kpi/nonsense/clients/", DECEMBER).status_code == 404
    assert head.get("/reports/kpi/grr/clients/").status_code == 400


def test_a_list_of_who_tells_whose_clients_they_are_and_why(clients: dict[str, Client]) -> None:
    services.rebuild_facts(now=now())
    owner, head = clients["A"].assignments.get().user, enter(make_user(Role.HEAD))
    path, month = "/reports/kpi/refusal_rate/clients/", {"from": "2025-12-01", "to": "2026-01-01"}
    answer = head.get(path, {**month, "side": "numerator"})
    [(one, url)] = answer.context["people"]
    assert (one.manager, one.value, one.fraction) == (owner, "40,0\xa0%", "2 из 5")
    own = head.get(path + url.partition("/clients/")[2])
    assert [client.name for client, _row in own.context["rows"]] == ["C", "D"]
    assert own.context["people"] == []
    assert own.context["reasons_url"] == f"/refusals/reasons/?since=2025-12-01&until=2025-12-31&manager={owner.pk}"
    other = head.get("/reports/kpi/csat5/clients/", month)
    assert (other.context["people"], other.context["reasons_url"]) == ([], "")
    assert enter(owner).get(path, month).context["people"] == []


@pytest.mark.usefixtures("clients")
@pytest.mark.parametrize("number", [1, 3])
def test_a_list_of_who_asks_a_constant_number_of_queries(django_assert_num_queries: Any, number: int) -> None:
    for _each in range(number):
        make_user(Role.AM)
    services.rebuild_facts(now=now())
    head = enter(make_user(Role.HEAD))
    with django_assert_num_queries(9):
        head.get("/reports/kpi/refusal_rate/clients/", {"from": "2025-12-01", "to": "2026-01-01"})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"from": "2026-01-01", "to": "2025-12-01"}, "День после последнего:"),
        ({"from": "2026-01-01", "last": "2025-12-01"}, "По (включительно):"),
        ({"manager": "nobody", "region": "zzz", "product": "zzz"}, "Менеджер:"),
        ({"before_from": "2026-01-01"}, "Прежний период: с:"),
    ],
)
def test_what_is_wrong_is_named_in_the_language_of_the_page(asked: dict[str, str], said: str) -> None:
    page = enter(make_user(Role.HEAD)).get("/reports/compare/", asked).content.decode()
    errors = re.findall(r"<li>\s*(.+?)\s*</li>", page[page.index("На этот запрос нельзя ответить") :], re.DOTALL)[:3]
    assert errors[0].startswith(said)
    assert not any(re.match("[A-Z][a-z]", text) for text in errors if ":" in text)


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


@pytest.mark.usefixtures("clients")
def test_the_form_takes_the_last_day_and_the_address_the_day_after() -> None:
    head = enter(make_user(Role.HEAD))
    for path in ("/reports/kpi/", "/reports/cohorts/"):
        answer = head.get(path, {"from": "2025-12-01", "last": "2025-12-31", "tier": "A"})
        assert answer.status_code == 302
        assert answer["Location"] == f"{path}?from=2025-12-01&tier=A&to=2026-01-01"
        shown = head.get(answer["Location"]).context["days"]
        assert [(field.name, field.value) for field in shown] == [("from", "2025-12-01"), ("last", "2025-12-31")]


@pytest.mark.usefixtures("clients")
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "2025-12-02", "last": "2025-12-01"}, "last"),
        ({"from": "2025-12-02", "last": "soon"}, "last"),
        ({"from": "1900-01-01", "last": "2025-12-01"}, "last"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "last"),
        ({"from": "2026-02-01", "to": "0000-01-01"}, "last"),
        ({"from": "9999-02-01"}, "from"),
        ({"tier": "Z"}, "tier"),
    ],
)
def test_what_is_wrong_stands_at_its_field(asked: dict[str, str], field: str) -> None:
    answer = enter(make_user(Role.HEAD)).get("/reports/kpi/", asked)
    assert answer.status_code == 400
    wrong = [one.name for one in (*answer.context["days"], *answer.context["choices"]) if one.error]
    assert wrong == [field]
    assert f'id="wrong_{field}"' in answer.content.decode()


@pytest.mark.usefixtures("clients")
def test_an_empty_period_leads_to_where_something_is() -> None:
    head = enter(make_user(Role.HEAD))
    answer = head.get("/reports/kpi/", {"from": "2010-01-01", "to": "2011-01-01"})
    assert answer.context["board"].is_empty
    assert "from=2026-" in answer.context["known"]["url"]
    assert "figure-tile" not in answer.content.decode()


def test_without_any_rows_the_page_says_how_figures_come_about() -> None:
    answer = enter(make_user(Role.HEAD)).get("/reports/kpi/")
    assert answer.context["known"] is None
    assert answer.status_code == 200


@pytest.mark.usefixtures("clients")
def test_page_shows_the_facts_as_they_stand_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    head = enter(make_user(Role.HEAD))
    yesterday, pages = (
        now() - timedelta(days=1),
        ("/reports/kpi/", "/reports/kpi/renewal_rate/clients/?from=2025-12-01&to=2026-01-01"),
    )
    services.rebuild_facts(now=yesterday)
    for page in pages:
        view = head.get(page).context["view"]
        assert (view.behind.day, view.asked.today) == (localdate(yesterday), localdate(yesterday))
    FactState.objects.all().delete()
    for page in pages:
        assert head.get(page).context["view"].behind is None
    monkeypatch.setattr(queries, "MANY_ORDERS", 1)
    for page in pages:
        assert head.get(page).context["view"].absent

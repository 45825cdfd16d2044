"""Money: what clients are worth and cost, for those who lead, on the page, in files, and who is behind."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.utils.timezone import now

from clients.models import Client
from core.models import Company
from reports import queries, services
from reports.models import FactState
from retention.models import KeepingPolicy
from staff.enums import Role
from staff.models import HourlyCost, User
from tests.factories import make_client, make_order, make_user
from tests.reports.test_views import enter
from tests.reports.test_worth import buyer, talk
from tests.reports.worked_example import build

pytestmark = pytest.mark.django_db
PAGE = "/reports/money/"
MARCH = {"from": "2026-03-01", "to": "2026-04-01", "as_of": "2026-04-15"}


@pytest.fixture
def owner() -> User:
    user = make_user(Role.AM, name="Анна Ким")
    HourlyCost.objects.create(user=user, from_on=date(2026, 1, 1), amount=600)
    return user


@pytest.fixture
def clients(owner: User) -> list[Client]:
    """800, 150 and 50 roubles; half an hour with the first cost 300."""
    found = [buyer(owner, date(2026, 2, 5), amount=amount, cost=10) for amount in (800, 150, 50)]
    talk(found[0], owner, date(2026, 3, 2), 30)
    talk(found[1], owner, date(2026, 3, 3), None)
    Company.objects.update(acquisition_cost=500)
    KeepingPolicy.objects.filter(tier=found[0].tier).update(cost_plan=80)
    return found


def rows(section: Any, table: int) -> list[list[str]]:
    return [[cell.text.replace("\u00a0", " ") for cell in row] for row in section.tables[table].rows]


@pytest.mark.usefixtures("owner")
def test_the_page_tells_worth_costs_and_what_was_saved(clients: list[Client]) -> None:
    brought, kept, costs = enter(make_user(Role.HEAD)).get(PAGE, MARCH).context["reading"].sections
    assert brought.tiles[0].cell.number == pytest.approx(1000 / 3)
    assert rows(brought, 0)[0] == ["A", "1", "33,3 %", "800 ₽", "800 ₽", "790 ₽"]
    assert rows(brought, 1) == [["Анна Ким", "3", "333,33 ₽", "323,33 ₽", "—", "0 ₽"]]
    assert [tile.cell.number for tile in costs.tiles] == [300, 500, 600]
    assert costs.tiles[2].cell.note == "3 × 200\u00a0₽"
    tier = clients[0].tier
    assert rows(costs, 0)["ABC".index(tier)] == [tier, "3", "100 ₽", "80 ₽", "25,0 %", "1"]
    assert rows(costs, 1)[0][1:] == [tier, "1", "30", "300 ₽"]
    assert len(kept.tiles) == 4


@pytest.mark.usefixtures("clients")
def test_whoever_holds_clients_without_being_a_manager_has_no_page_to_open() -> None:
    head = make_user(Role.HEAD, name="Ольга Волкова")
    buyer(head, date(2026, 2, 5), amount=70)
    visitor = enter(head)
    for ready in (False, True):
        if ready:
            services.rebuild_facts(now=now())
        brought, *_rest = visitor.get(PAGE, {**MARCH, "as_of": ""}).context["reading"].sections
        assert {row[0].text: bool(row[0].url) for row in brought.tables[1].rows} == {
            "Анна Ким": True,
            "Ольга Волкова": False,
        }
        assert visitor.get(brought.tables[1].rows[1][1].url).status_code == 200


def test_each_number_opens_who(clients: list[Client]) -> None:
    visitor = enter(make_user(Role.HEAD))
    brought, _kept, costs = visitor.get(PAGE, MARCH).context["reading"].sections
    url = brought.tables[0].rows[0][1].url
    [row] = visitor.get(url).context["table"].rows
    assert [cell.text for cell in row[:2]] == [clients[0].name, "A"]
    assert row[4].text == "месяц 1"
    [second] = visitor.get(url.replace("group=A", "group=B")).context["table"].rows
    assert second[4].text == "ещё нет"
    served = visitor.get(costs.tables[0].rows["ABC".index(clients[0].tier)][0].url).context["table"].rows
    assert [row[0].text for row in served] == [clients[0].name, clients[1].name]
    everybody = brought.tables[1].rows[0][1].url
    assert len(visitor.get(everybody).context["rows"]) == 3
    assert visitor.get(everybody).context["back_url"].startswith(PAGE)
    assert visitor.get(costs.tiles[2].cell.url).status_code == 200


@pytest.mark.usefixtures("clients")
def test_a_filter_narrows_everything_but_leaves_managers_out(owner: User) -> None:
    buyer(make_user(Role.AM), date(2026, 2, 5), amount=9000)
    visitor = enter(make_user(Role.HEAD))
    brought, _kept, costs = visitor.get(PAGE, {**MARCH, "manager": owner.username}).context["reading"].sections
    assert brought.tiles[0].cell.number == pytest.approx(1000 / 3)
    assert len(brought.tables) == 1
    assert f"manager={owner.username}" in costs.tables[0].rows[0][0].url


@pytest.mark.usefixtures("clients")
def test_files_tell_the_numbers_of_the_page() -> None:
    visitor = enter(make_user(Role.HEAD))
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{PAGE}money.xlsx", MARCH).content))
    found = [[cell for cell in row if cell is not None] for row in book.active.iter_rows(values_only=True)]
    assert ["A", 1, pytest.approx(1 / 3), 800, 800, 790] in found
    assert any(row[:2] == ["Сберегли, удержав", 600] for row in found)
    assert visitor.get(f"{PAGE}money.pdf", MARCH).content[:5] == b"%PDF-"
    assert visitor.get(f"{PAGE}money.pdf", {"from": "soon"}).status_code == 302


def test_nothing_is_known_of_costs_yet(owner: User) -> None:
    make_order(make_client(owner), now())
    visitor = enter(make_user(Role.HEAD))
    costs = visitor.get(PAGE).context["reading"].sections[-1]
    assert [tile.cell.text for tile in costs.tiles] == ["—"] * 3


def test_nobody_has_brought_anything_yet() -> None:
    visitor = enter(make_user(Role.HEAD))
    for path in ("clients/", "served/"):
        assert visitor.get(f"{PAGE}{path}").context["table"].rows == []


def test_wrong_questions_and_facts_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = enter(make_user(Role.HEAD))
    assert visitor.get(PAGE, {"from": "soon"}).status_code == 400
    assert visitor.get(PAGE, {"from": "2026-01-01", "last": "2026-01-31"}).status_code == 302
    assert visitor.get(f"{PAGE}clients/", {"group": "D"}).status_code == 400
    assert visitor.get(f"{PAGE}served/", {"after": "-1"}).status_code == 400
    build()
    FactState.objects.all().delete()
    monkeypatch.setattr(queries, "MANY_ORDERS", 1)
    assert visitor.get(PAGE).context["view"].absent


def test_lists_go_on(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.reading_views.PAGE", 2)
    for amount in (800, 700, 600):
        talk(buyer(owner, date(2026, 2, 5), amount=amount), owner, date(2026, 3, 2), 10)
    visitor = enter(make_user(Role.HEAD))
    for path in ("clients/", "served/"):
        first = visitor.get(f"{PAGE}{path}", MARCH)
        second = visitor.get(first.context["next_url"])
        assert (len(first.context["table"].rows), len(second.context["table"].rows)) == (2, 1)
        assert second.context["next_url"] == ""


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_same_number_of_queries(django_assert_num_queries: Any, number: int) -> None:
    for _each in range(number):
        other = make_user(Role.AM)
        talk(buyer(other, date(2026, 2, 5)), other, date(2026, 3, 2), 10)
    services.rebuild_facts(now=now())
    visitor = enter(make_user(Role.HEAD))
    visitor.get(PAGE)
    with django_assert_num_queries(9):
        assert visitor.get(PAGE).status_code == 200


def test_costs_are_for_those_who_lead(owner: User) -> None:
    for path in (PAGE, f"{PAGE}clients/", f"{PAGE}served/", f"{PAGE}money.xlsx", "/reports/standards/costs/"):
        assert enter(owner).get(path).status_code == 403
    assert "Деньги" not in enter(owner).get("/reports/department/").content.decode()
    assert "Деньги" in enter(make_user(Role.HEAD)).get("/reports/department/").content.decode()

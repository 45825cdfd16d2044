from __future__ import annotations

import pytest
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from clients.models import Client, Industry
from staff.enums import Role, Scope
from staff.models import User
from tests.api.conftest import CallAs
from tests.factories import make_client, make_user
from tests.handoff_factories import make_body, offer

pytestmark = pytest.mark.django_db
URL = "/api/v1/clients"


@pytest.fixture
def manager() -> User:
    return make_user(Role.AM)


@pytest.fixture
def program(call_as: CallAs, manager: User) -> APIClient:
    return call_as(manager, Scope.CLIENTS_READ)


def names(response: object) -> list[str]:
    return [row["name"] for row in response.json()["results"]]  # type: ignore[attr-defined]


def test_list_pages_forth_and_back(program: APIClient, manager: User) -> None:
    for number in range(5):
        make_client(manager, name=f"К{number}")
    first = program.get(URL, {"limit": 2})
    second = program.get(first.json()["next"])
    third = program.get(second.json()["next"])
    assert (names(first), names(second), names(third)) == (["К0", "К1"], ["К2", "К3"], ["К4"])
    assert (first.json()["previous"], third.json()["next"]) == (None, None)
    assert names(program.get(third.json()["previous"])) == ["К2", "К3"]


def test_list_filters(program: APIClient, manager: User) -> None:
    other, industry = make_user(Role.AM), Industry.objects.create(name="Кофе")
    make_client(manager, name="А", tier="A", industry=industry)
    make_client(other, name="Б", tier="C", kind="person")
    make_client(manager, name="В", archived_at=now())
    assert names(program.get(URL)) == ["А", "Б"]
    assert names(program.get(URL, {"tier": "A"})) == ["А"]
    assert names(program.get(URL, {"kind": "person"})) == ["Б"]
    assert names(program.get(URL, {"industry": "Кофе"})) == ["А"]
    assert names(program.get(URL, {"owner": other.username})) == ["Б"]
    assert names(program.get(URL, {"archived": "true"})) == ["В"]


def test_list_searches(program: APIClient, manager: User) -> None:
    make_client(manager, name="ООО «Ёлка»", inn="7707083893")
    make_client(manager, name="ООО «Берёза»")
    assert names(program.get(URL, {"search": "елк"})) == ["ООО «Ёлка»"]
    assert names(program.get(URL, {"search": "7707083893"})) == ["ООО «Ёлка»"]
    assert names(program.get(URL, {"search": "!!!"})) == []


@pytest.mark.parametrize("query", ["tier=D", "cursor=abc", "cursor=cD14", "archived=perhaps", "search=%00"])
def test_list_refuses_what_makes_no_sense(program: APIClient, query: str) -> None:
    assert program.get(f"{URL}?{query}").status_code == 400


def test_card_shows_contacts_contracts_and_owner(program: APIClient, manager: User) -> None:
    handoff = offer(make_body(), by=make_user(Role.SALES), now=now())
    answer = program.get(f"{URL}/{handoff.client_id}").json()
    assert answer["owner"] == {"username": manager.username, "name": manager.name}
    assert answer["contacts"][0]["phones"] == ["+79130000000"]
    assert answer["contracts"][0]["amount"] == "120000.00"


def test_sales_see_only_what_they_handed_off(call_as: CallAs, manager: User) -> None:
    foreign, sales = make_client(manager), make_user(Role.SALES)
    own = offer(make_body(), by=sales, now=now()).client
    assert isinstance(own, Client)
    program = call_as(sales, Scope.CLIENTS_READ)
    assert names(program.get(URL)) == [own.name]
    assert program.get(f"{URL}/{foreign.pk}").status_code == 404
    assert program.get(f"{URL}/{10**30}").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_a_fixed_number_of_queries(
    program: APIClient, manager: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        make_client(manager)
    program.get(URL)
    with django_assert_num_queries(3):
        program.get(URL)


@pytest.mark.parametrize("rows", [1, 3])
def test_card_takes_a_fixed_number_of_queries(
    program: APIClient, manager: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    body = make_body(contacts=[{"name": f"К{number}", "phones": ["+79130000000"]} for number in range(rows)])
    handoff = offer(body, by=make_user(Role.SALES), now=now())
    program.get(URL)
    with django_assert_num_queries(7):
        program.get(f"{URL}/{handoff.client_id}")

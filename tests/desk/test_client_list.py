from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Assignment, Client, Handoff, Industry, Product, Region
from clients.queries.listing import filter_choices
from desk import client_pages
from retention.models import Freeze
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_contract, make_order, make_user
from work.models import Touch

pytestmark = pytest.mark.django_db
URL = "/clients/"


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Анна Ким")


@pytest.fixture
def web(client: Browser, owner: User) -> Browser:
    client.force_login(owner)
    return client


def names(web: Browser, query: str = "") -> list[str]:
    response = web.get(URL + query)
    assert response.status_code == 200
    return [row.name for row in response.context["rows"]]


def plan(client: Client, owner: User, days: int = 1) -> Touch:
    day = timezone.localdate() + timedelta(days=days)
    return Touch.objects.create(client=client, kind="planned", assignee=owner, due_from=day, due_on=day)


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_seven_queries(web: Browser, owner: User, django_assert_num_queries: Any, number: int) -> None:
    for _ in range(number):
        row = make_client(owner, industry=Industry.objects.create(name=f"О{_}"))
        plan(row, owner)
        make_order(row, timezone.now())
        make_contract(row, timezone.localdate())
    web.get(URL)
    with django_assert_num_queries(7):
        assert len(names(web)) == number


def test_list_is_found_by_name_inn_phone_email_and_wrong_layout(web: Browser, owner: User) -> None:
    north = make_client(owner, name="ООО «Северный ёж»", inn="7707083893")
    make_contact(north, "+79130001122", name="Максим Орлов", email="max@north.ru")
    make_client(owner, name="ООО «Юг»", inn="7736050003")

    for text in (
        "север", "ёж", "еж", "северного", "ООО Северный", "7707083893", "770708", "8 913 000-11-22", "+7 913 000 11 22",
        "9130001122", "0001122", "max@north.ru", "MAX@NORTH", "north.ru", "орлов", "ctdthysq", "ьфч@тщкер",
    ):  # fmt: skip
        assert names(web, f"?q={text.replace('+', '%2B')}") == [north.name], text
    for text in ("запад", "7707083890", "a & b | !c", "север юг", "{{ 1 }}"):
        assert names(web, f"?q={text.replace('&', '%26')}") == [], text
    for text in ("ооо", "'", "\\", ":*", "%00", "()", " "):
        assert len(names(web, f"?q={text}")) == 2, text


def test_list_filters_narrow_together(web: Browser, owner: User) -> None:
    region, industry = Region.objects.create(name="Р"), Industry.objects.create(name="О")
    product = Product.objects.create(code="ads", name="Реклама")
    other = make_user(Role.AM)
    wanted = make_client(owner, name="Да", tier="A", kind="person", region=region, industry=industry)
    make_contract(wanted, timezone.localdate()).products.add(product)
    spare = make_client(other, name="Нет")
    Assignment.objects.filter(client=spare).update(to_distribute=True)
    archived = make_client(owner, name="Архив", archived_at=timezone.now())
    plan(wanted, owner)

    for query in (
        "owner=me", f"owner={owner.pk}", "tier=A", "kind=person", f"region={region.pk}", f"industry={industry.pk}",
        f"product={product.pk}", f"owner=me&tier=A&region={region.pk}",
    ):  # fmt: skip
        assert names(web, f"?{query}") == ["Да"], query
    assert names(web, "?distribute=1") == ["Нет"]
    assert names(web, "?touch=none") == ["Нет"]
    assert names(web, "?state=archived") == [archived.name]
    assert names(web, "?state=all") == ["Архив", "Да", "Нет"]
    assert names(web, "?tier=A&region=999") == []
    for nonsense in ("owner=x", "tier=Z", "region=-1", "region=9999999999999999999", "sort=drop", "after=xx", "q=%FF"):
        web.get(f"{URL}?{nonsense}")


def test_owners_to_choose_from_have_clients_or_may_get_some(web: Browser, owner: User) -> None:
    gone, coordinator = make_user(Role.AM, name="Ушёл"), make_user(Role.COORDINATOR, name="Катя")
    for person in (gone, coordinator):
        make_client(person)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    make_user(Role.ADMIN), make_user(Role.SALES), make_user(Role.HEAD)
    make_user(Role.AM, is_active=False)
    idle = make_user(Role.AM, name="Новая")
    assert {pk for pk, _name in filter_choices()["owner"]} == {owner.pk, gone.pk, coordinator.pk, idle.pk}


def test_list_sorts_up_and_down(web: Browser) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    first, second = make_client(make_user(name="Яна"), name="ёж"), make_client(make_user(name="Ада"), name="Жук")
    make_order(first, now)
    make_order(second, now - timedelta(days=5))
    make_contract(first, now.date(), ends_on=now.date())
    make_contract(second, now.date())
    expected = {"name": ["ёж", "Жук"], "owner": ["Жук", "ёж"], "order": ["Жук", "ёж"], "contract": ["ёж", "Жук"]}
    for sort, order in expected.items():
        assert names(web, f"?sort={sort}") == order
        assert names(web, f"?sort=-{sort}") == order[::-1]


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(client_pages, "SIZE", 2)
    client_pages._rows.cache_clear()
    yield
    client_pages._rows.cache_clear()


@pytest.mark.usefixtures("two_a_page")
def test_list_pages_forth_and_back_by_every_order(web: Browser, owner: User) -> None:
    for number in range(5):
        make_client(owner, name=f"К{number}")
    for query in ("?sort=name", "?sort=-name", "?sort=order", "?sort=-owner", "?sort=name&owner=me"):
        whole = names(web, query + "&q=")
        seen, url, response = [], query, web.get(URL + query)
        while url:
            response = web.get(URL + url)
            seen += [row.name for row in response.context["rows"]]
            url = response.context["next_url"]
        assert len(seen) == 5
        assert seen[:2] == whole
        assert len(set(seen)) == 5
        back = web.get(URL + response.context["previous_url"])
        assert [row.name for row in back.context["rows"]] == seen[2:4]
        assert back.context["next_url"]
        start = web.get(URL + back.context["previous_url"])
        assert [row.name for row in start.context["rows"]] == seen[:2]
        assert start.context["previous_url"] == ""


def test_list_answers_htmx_with_the_rows_alone(web: Browser, owner: User) -> None:
    make_client(owner)
    response = web.get(URL, headers={"HX-Target": "client-rows", "HX-Request": "true"})
    assert b"<html" not in response.content
    assert b"cell-main" in response.content
    assert "HX-Target" in response["Vary"]


def test_list_shows_what_is_wrong_in_a_row(web: Browser, owner: User) -> None:
    row = make_client(owner)
    plan(row, owner, days=-2)
    make_contract(row, timezone.localdate() - timedelta(days=90), ends_on=timezone.localdate() - timedelta(days=1))
    soon = make_client(owner)
    make_contract(soon, timezone.localdate(), ends_on=timezone.localdate() + timedelta(days=30))
    shown = {item.name: item for item in web.get(URL).context["rows"]}
    assert (shown[row.name].touch_tone, shown[row.name].until_tone) == ("bad", "bad")
    assert shown[soon.name].until_tone == "warn"


def test_whoever_buys_on_after_the_contract_is_listed(web: Browser, owner: User) -> None:
    now, names_of = (
        timezone.now(),
        ("покупает", "ушёл", "давно", "под договором", "продлевается", "вернули", "без договора"),
    )
    clients = {name: make_client(owner, name=name) for name in names_of}
    today = timezone.localdate()
    over = {"ends_on": today - timedelta(days=10)}
    terms: dict[str, dict[str, Any]] = dict.fromkeys(names_of[:3], over)
    terms |= {"под договором": {"ends_on": today}, "продлевается": {**over, "prolongation_months": 12}, "вернули": over}
    for name, values in terms.items():
        make_contract(clients[name], today - timedelta(days=400), **values)
    for name, days in {"покупает": 9, "ушёл": 10, "под договором": 5, "продлевается": 5, "без договора": 5}.items():
        make_order(clients[name], now - timedelta(days=days))
    make_order(clients["вернули"], now - timedelta(days=5), refunded_amount=1000)
    clients["давно"].contracts.update(ends_on=today - timedelta(days=300))
    make_order(clients["давно"], now - timedelta(days=180))
    assert names(web, "?lapsed=1") == ["покупает"]
    assert names(web, "?lapsed=1&q=ушёл") == []
    assert 'name="lapsed" value="1" checked' in " ".join(web.get(f"{URL}?lapsed=1").content.decode().split())
    tabs = {tab["url"]: tab["active"] for tab in web.get(f"{URL}?lapsed=1").context["tabs"]}
    assert [url for url, active in tabs.items() if active] == ["?lapsed=1"]


def test_list_empty_states_differ(web: Browser) -> None:
    assert web.get(f"{URL}?q=x").context["narrowed"]
    assert not web.get(URL).context["narrowed"]


def test_salesperson_sees_only_handed_off_clients_and_strangers_none(client: Browser, owner: User) -> None:
    make_client(owner)
    sales = make_user(Role.SALES)
    client.force_login(sales)
    assert names(client) == []
    given = make_client(owner, name="Отдан")
    plan(given, owner)
    Freeze.objects.create(client=given, stopped_on=timezone.localdate(), kind="frozen", reason="season")
    Handoff.objects.create(salesperson=sales, client=given, proposed_owner=owner)
    [row] = client.get(f"{URL}?touch=none&frozen=1").context["rows"]
    assert (row.name, row.touch, row.marks) == ("Отдан", "", "")
    client.force_login(make_user())
    assert client.get(URL).status_code == 404
    client.logout()
    assert client.get(URL).status_code == 302
    client.force_login(owner)
    assert client.post(URL).status_code == 405

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clients.models import Client
from clients.permissions import visible_client, visible_clients
from clients.queries.listing import ClientFilter, count_clients, filter_clients
from clients.queries.search import find
from core.pagination import Count
from staff.enums import Role
from tests.factories import make_client, make_user
from tests.handoff_factories import make_body, offer

pytestmark = pytest.mark.django_db


def test_somebody_of_no_role_sees_no_client() -> None:
    make_client(make_user(Role.AM))
    assert not visible_clients(make_user()).exists()


def test_key_names_the_client_to_those_alone_who_see_it() -> None:
    sales, manager = make_user(Role.SALES), make_user(Role.AM)
    offer(make_body(client__external_id="c-1"), by=sales, now=datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert [visible_client(user, "c-1") is not None for user in (manager, sales, make_user(Role.SALES))] == [
        True, True, False,
    ]  # fmt: skip
    assert (visible_client(manager, "c-2"), visible_client(make_user(), "c-1")) == (None, None)


def test_a_sign_alone_finds_nobody() -> None:
    make_client(make_user(Role.AM), name="Север @ Юг")
    hits = find("@")
    assert hits is not None
    assert (hits.ids, hits.number, hits.more) == ("{}", 0, False)


def count_found(*, archived: int) -> Count:
    """How many clients not archived the word finds, once ``archived`` of those named are."""
    wanted, hits = ClientFilter(text="север"), find("север")
    assert hits is not None
    assert hits.more
    named = Client.objects.filter(hits.named).values_list("pk")[:archived]
    Client.objects.filter(pk__in=named).update(archived_at="2026-11-20T09:00Z")
    return count_clients(filter_clients(Client.objects.all(), wanted), hits)


@pytest.fixture
def four_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """More are found than are named one by one: three of four are."""
    monkeypatch.setattr("clients.queries.search.FEW", 2)
    owner = make_user(Role.AM)
    for number in range(4):
        make_client(owner, name=f"Север {number}")


@pytest.mark.usefixtures("four_found")
def test_count_of_many_found_stops_at_those_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.queries.listing.COUNTED", 2)
    assert count_found(archived=0) == Count(number=2, more=True)


@pytest.mark.usefixtures("four_found")
def test_count_of_many_found_goes_on_when_those_named_are_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.queries.listing.COUNTED", 2)
    assert count_found(archived=2) == Count(number=2, more=False)


def named(text: str) -> set[str]:
    hits = find(text)
    assert hits is not None
    return set(Client.objects.filter(hits.condition).values_list("name", flat=True))


def test_rare_word_decides_beside_one_that_too_many_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.queries.search.FEW", 1)
    owner = make_user(Role.AM)
    for name in ("Север Альфа", "Север Бета", "Север Гамма", "Север Дельта", "Юг Дельта"):
        make_client(owner, name=name)
    assert named("сев дельт") == named("дельт сев") == {"Север Дельта"}
    assert named("сев эпсилон") == set()


def test_words_that_too_many_share_are_found_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.queries.search.FEW", 1)
    owner = make_user(Role.AM)
    for name in ("Север Мост 1", "Север Мост 2", "Север 3", "Север 4", "Мост 5", "Мост 6"):
        make_client(owner, name=name)
    hits = find("север мост")
    assert hits is not None
    assert (hits.number, hits.more) == (2, True)
    assert named("мос сев") == {"Север Мост 1", "Север Мост 2"}


def test_one_word_that_too_many_share_is_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.queries.search.FEW", 1)
    owner = make_user(Role.AM)
    for number in range(4):
        make_client(owner, name=f"Север {number}")
    assert named("се") == {f"Север {number}" for number in range(4)}


def test_word_in_another_form_is_found_by_its_stem() -> None:
    make_client(make_user(Role.AM), name="Кофейни Юга")
    assert named("кофейня") == named("кофейнями юг") == {"Кофейни Юга"}


@pytest.mark.parametrize(("text", "found"), [("м² юг", {"Юг м²"}), ("м²", {"Юг м²", "Мост"}), ("²", set())])
def test_word_that_the_database_reads_otherwise_is_found_as_it_reads_it(text: str, found: set[str]) -> None:
    for name in ("Юг м²", "Юг", "Мост"):
        make_client(make_user(Role.AM), name=name)
    assert named(text) == found

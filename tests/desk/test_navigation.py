from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import NoReverseMatch
from django.utils.translation import override

from desk import navigation
from desk.navigation import Entry, counts_for, navigation_for, start_url
from staff.enums import Role
from staff.models import User
from staff.permissions import in_department
from tests.factories import make_user

ROUTES = {entry.route: f"/{entry.route.replace(':', '/')}/" for entry in navigation.ENTRIES}


def fake_reverse(route: str) -> str:
    if route not in ROUTES:
        raise NoReverseMatch
    return ROUTES[route]


@pytest.fixture(autouse=True)
def all_routes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(navigation, "reverse", fake_reverse)
    _forget()
    yield
    _forget()


def _forget() -> None:
    navigation._addresses.cache_clear()
    navigation._drawn_up.cache_clear()


def person(*roles: Role) -> User:
    return User(username="p", roles=list(roles))


def routes(*roles: Role) -> set[str]:
    return {link.route for link in navigation_for(person(*roles), "/").links}


def test_each_role_sees_its_own_menu() -> None:
    daily = {"calls:queue", "clients:list", "handoffs:list", "complaints:list", "surveys:list", "scripts:list"}
    daily |= {"renewals:board", "refusals:list", "freezes:list", "attention:list", "winbacks:segments"}
    figures = {"reports:kpi", "reports:department", "reports:compare", "reports:managers"}

    assert routes(Role.AM) == daily | figures
    assert routes(Role.FEEDBACK) == daily
    assert routes(Role.SALES) == {"clients:list", "handoffs:list"}
    assert routes(Role.HEAD) == set(ROUTES)
    assert routes() == set()
    assert navigation_for(AnonymousUser(), "/").links == ()


def test_groups_have_their_headings_and_none_is_empty() -> None:
    def headings(*roles: Role) -> list[str]:
        return [link.heading for link in navigation_for(person(*roles), "/").work if link.heading]

    with override("en"):
        assert headings(Role.FEEDBACK) == ["Keeping", "What clients say"]
        assert headings(Role.AM) == ["Keeping", "What clients say", "Results"]
        assert headings(Role.SALES) == []


def test_menus_of_several_roles_merge_without_doubles() -> None:
    links = navigation_for(person(Role.AM, Role.SALES, Role.HEAD), "/").links

    assert len(links) == len(ROUTES)


def test_entry_without_a_route_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ROUTES, "calls:queue")

    assert "calls:queue" not in routes(Role.AM)


def test_entry_of_the_present_page_is_marked() -> None:
    found = navigation_for(person(Role.AM), "/clients/list/17/").links

    assert [link.route for link in found if link.active] == ["clients:list"]


@pytest.mark.parametrize(
    ("roles", "start"),
    [
        ([Role.AM], "/calls/queue/"),
        ([Role.FEEDBACK], "/calls/queue/"),
        ([Role.HEAD], "/reports/kpi/"),
        ([Role.HEAD, Role.AM], "/reports/kpi/"),
        ([Role.SALES], "/handoffs/list/"),
        ([Role.ADMIN], "/staff/users/"),
        ([Role.ADMIN, Role.AM], "/calls/queue/"),
        ([], None),
    ],
)
def test_day_begins_where_the_role_works(roles: list[Role], start: str | None) -> None:
    assert start_url(person(*roles)) == start


def test_day_begins_elsewhere_while_a_route_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ROUTES, "calls:queue")

    assert start_url(person(Role.AM)) == "/clients/list/"


def test_counts_are_asked_only_for_what_the_person_sees() -> None:
    counted = Entry(
        navigation.ENTRIES[0].label, "calls:queue", "phone", in_department, count=lambda user: 7, urgent=True
    )

    with patch.object(navigation, "ENTRIES", (counted,)):
        assert counts_for(person(Role.AM)) == [("count-calls-queue", 7, True)]
        assert counts_for(person(Role.SALES)) == []
        assert navigation_for(person(Role.AM), "/").counted


@pytest.mark.django_db
def test_nobody_waits_for_an_answer_at_first() -> None:
    assert navigation.handoffs_offered(make_user(Role.AM)) == 0

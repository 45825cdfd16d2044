"""Addresses and forms filled in by nobody in his right mind are answered politely: never with an error of ours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.http import urlencode

from tests.access_matrix import PROGRAMS, ROUTES, Answer, Persona, Route, World
from tests.test_access_matrix import (
    department,
    folders,
    log_in,
    own_surroundings,
    read_out,
    undone,
    url_of,
    visitor,
    world,
)

__all__ = ["department", "folders", "own_surroundings", "world"]

pytestmark = pytest.mark.django_db
STRANGE = ["\0", "9" * 30, "-1", "ы" * 4000, "9999-12-31", "1e400"]
ASKED = [
    "q",
    "page",
    "after",
    "before",
    "owner",
    "tier",
    "kind",
    "industry",
    "region",
    "product",
    "state",
    "touch",
    "distribute",
    "from",
    "to",
    "as_of",
    "manager",
    "side",
    "show",
    "basis",
    "template",
    "contact",
    "role",
    "lang",
    "next",
    "sort",
    "state",
    "category",
    "responsible",
    "file",
    "client",
    "scope",
    "score",
]
READ = [route for route in ROUTES if route.method == "GET" and route.profile[Persona.ADMIN] == Answer.IN]
READ = [route for route in READ if not route.name.startswith("api:") or route.scope]
SENT = [route for route in ROUTES if route.method == "POST" and route.profile[Persona.ADMIN] == Answer.IN]


def asker(world: World, route: Route) -> tuple[Client, dict[str, str]]:
    client = visitor()
    if route.name.startswith("api:"):
        return client, {"Authorization": f"Bearer {world.token(route, PROGRAMS[0])}"}
    log_in(client, world, world.admin)
    return client, {}


@pytest.mark.parametrize("route", READ, ids=lambda route: route.id)
def test_strange_parameters_are_no_error(route: Route, world: World) -> None:
    client, headers = asker(world, route)
    address = url_of(route, world).partition("?")[0]
    bad: list[Any] = []

    def ask(query: str) -> None:
        with undone():
            response = read_out(client.get(f"{address}?{query}", headers=headers))
        if response.status_code >= 500:
            bad.append(query[:120])

    for text in STRANGE:
        ask(urlencode(dict.fromkeys(ASKED, text)))
    ask("&".join(f"{name}=%ED%A0%80%FF" for name in ASKED))
    ask("&".join(f"{name}=1&{name}=2" for name in ASKED))

    assert bad == []


@pytest.mark.parametrize("address", ["/clients/", "/staff/users/", "/reports/kpi/"])
def test_ten_thousand_parameters_are_refused_before_they_are_read(world: World, address: str) -> None:
    client = visitor()
    log_in(client, world, world.admin)

    response = client.get(address + "?" + "&".join(f"p{number}=1" for number in range(10_000)))

    assert response.status_code == 413


@pytest.mark.parametrize("route", SENT, ids=lambda route: route.id)
def test_strange_forms_are_no_error(route: Route, world: World) -> None:
    client, headers = asker(world, route)
    address = url_of(route, world)
    with undone():
        page = read_out(client.get(address, headers=headers))
    names = re.findall(r'name="([^"]+)"', page.content.decode()) if page.status_code == 200 else []
    bad = []
    for text in STRANGE:
        with undone():
            response = client.post(address, dict.fromkeys([*names, *ASKED, "once", "version", "text", "note"], text))
        if response.status_code >= 500:
            bad.append(text[:20])

    assert bad == []

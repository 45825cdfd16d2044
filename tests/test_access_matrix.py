"""Every route × every persona; see ``tests.access_matrix``."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template import Template
from django.test import Client
from django.test.client import ClientHandler
from django.test.utils import _TestState
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_prometheus.middleware import Metrics
from pytest_django import DjangoDbBlocker

from staff.models import User
from tests.access_matrix import PROGRAMS, ROUTES, Answer, Persona, Route, World
from tests.measuring import unmeasured

pytestmark = pytest.mark.django_db
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
#: What a look may write: the visitor's own session, when a token was last used, figures derived anew.
WRITTEN_BY_LOOKING = re.compile(r'"(django_session|usersessions_usersession|staff_apitoken)"|\breports_\w+')
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|MERGE|COPY)\b", re.IGNORECASE)
LOGIN_URL = "/account/login/"


#: One line per route where the method does not matter.
EACH = list({route.name: route for route in ROUTES}.values())
PAGES = [route for route in EACH if route.csrf and not route.name.startswith("api:")]


def names(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from names(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}"


@pytest.fixture(scope="module")
def department(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Built and logged in once, in a transaction around the whole module."""
    with django_db_blocker.unblock(), unmeasured(), undone():
        world = World()
        log_everybody_in(world)
        yield world


@pytest.fixture
def world(department: World) -> World:
    """This test's own copy; what the test does to the rows is undone after it."""
    return deepcopy(department)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders in one that exists: most tests write no file, and theirs are never made."""
    room = tmp_path_factory.mktemp("folders")
    return (room / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_surroundings(settings: Any, folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and counters of requests are this test's own."""
    settings.MEDIA_ROOT = folder = next(folders)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": folder.name}}
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400
    forget_measurements()
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)  # type: ignore[attr-defined]


def forget_measurements() -> None:
    """``/metrics`` tells of every route that was ever asked for: of thousands, after a few minutes of this."""
    for metric in vars(Metrics.get_instance()).values():
        if getattr(metric, "_labelnames", ()):
            metric.clear()


def url_of(route: Route, world: World) -> str:
    return reverse(route.name, kwargs=route.kwargs(world) or None) + route.query


def log_everybody_in(world: World) -> None:
    """As those who have typed their passwords just now."""
    for user in filter(None, map(world.user, Persona)):
        client = Client()
        client.force_login(user)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        world.sessions[user.pk] = str(session.session_key)


def log_in(client: Client, world: World, user: User) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[user.pk]


@cache
def chain_of_middleware(*, enforce_csrf_checks: bool) -> Any:
    handler = ClientHandler(enforce_csrf_checks)
    handler.load_middleware()
    return handler


def visitor(*, enforce_csrf_checks: bool = False) -> Client:
    """Somebody new, by the same middleware: building it costs more than many an answer."""
    client = Client(raise_request_exception=False)
    client.handler = chain_of_middleware(enforce_csrf_checks=enforce_csrf_checks)
    return client


def ask(route: Route, world: World, persona: Persona, method: str | None = None) -> HttpResponse:
    client = visitor()
    headers = {}
    user = world.user(persona)
    if user is not None:
        log_in(client, world, user)
    elif persona in PROGRAMS:
        headers["Authorization"] = f"Bearer {world.token(route, persona)}"
    url = url_of(route, world)
    method = method or route.method
    if method in {"GET", "HEAD"}:
        return read_out(getattr(client, method.lower())(url, headers=headers))
    as_json = route.name.startswith("api:")
    data = route.data(world)
    content: dict[str, Any] = {"content_type": "application/json"} if as_json or method != "POST" else {}
    return getattr(client, method.lower())(url, data, headers=headers, **content)  # type: ignore[no-any-return]


def read_out(response: Any) -> HttpResponse:
    """A file on its way stays open until its last byte is asked for, and after a HEAD nobody asks."""
    if response.streaming:
        list(response.streaming_content)
        for close in response._resource_closers:
            close()
    return response  # type: ignore[no-any-return]


def answer_of(response: HttpResponse) -> Answer:
    assert response.status_code < 500, response.content[:500]
    if response.status_code in {301, 302} and response.headers["Location"].partition("?")[0] == LOGIN_URL:
        return Answer.LOGIN
    return {401: Answer.UNKNOWN, 403: Answer.NO, 404: Answer.HIDDEN}.get(response.status_code, Answer.IN)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_every_route_is_listed() -> None:
    assert {route.name for route in ROUTES} == set(names(get_resolver().url_patterns))


def test_no_line_is_there_twice() -> None:
    assert len({(route.id, route.query) for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)
def test_route_answers_each_persona_as_listed(route: Route, world: World) -> None:
    url_of(route, world)
    found: dict[Persona, Answer] = {}
    for persona in Persona:
        with undone():
            found[persona] = answer_of(ask(route, world, persona))

    assert found == dict(route.profile)


@pytest.mark.parametrize("route", EACH, ids=lambda route: route.name)
def test_route_takes_no_method_that_is_not_listed(route: Route, world: World) -> None:
    url_of(route, world)
    listed = {other.method for other in ROUTES if other.name == route.name}
    for method in UNSAFE:
        if method in listed:
            continue
        for persona in [Persona.TOKEN] if route.name.startswith("api:") else [Persona.ADMIN]:
            with undone():
                status = ask(route, world, persona, method).status_code
            assert status in {302, 401, 403, 404, 405}, (method, persona, status)


def refused_for_csrf(request: HttpRequest, reason: str) -> HttpResponse:
    return HttpResponse(reason, status=418)


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.name)
def test_unsafe_request_without_csrf_token_is_refused(route: Route, world: World, settings: Any) -> None:
    """Neither without the token, nor with it from a foreign page; what the refusal looks like is tested beside it."""
    settings.CSRF_FAILURE_VIEW = f"{__name__}.{refused_for_csrf.__name__}"
    client = visitor(enforce_csrf_checks=True)
    log_in(client, world, world.admin)
    url = url_of(route, world)
    for method in UNSAFE:
        assert getattr(client, method.lower())(url).status_code == 418, method

    token = "a" * 32
    client.cookies[settings.CSRF_COOKIE_NAME] = token
    for method in UNSAFE:
        headers = {"Origin": "https://evil.test", "X-CSRFToken": token}
        assert getattr(client, method.lower())(url, headers=headers).status_code == 418, method


def test_refusal_for_want_of_a_csrf_token_is_a_403(world: World) -> None:
    client = visitor(enforce_csrf_checks=True)
    log_in(client, world, world.admin)

    assert client.post("/clients/new/").status_code == 403


@pytest.mark.parametrize("route", EACH, ids=lambda route: route.name)
def test_looking_changes_nothing(route: Route, world: World) -> None:
    url_of(route, world)
    written: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if WRITES.match(sql) and not WRITTEN_BY_LOOKING.search(sql[:120]):
            written.append(sql)
        return execute(sql, params, many, context)

    for persona in (
        [Persona.TOKEN] if route.name.startswith("api:") else [Persona.ANONYMOUS, Persona.OWNER, Persona.ADMIN]
    ):
        user = world.user(persona)
        client = visitor()
        if user is not None:
            log_in(client, world, user)
        headers = {"Authorization": f"Bearer {world.token(route, persona)}"} if persona == Persona.TOKEN else {}
        with undone(), connection.execute_wrapper(watch):
            for method in (client.get, client.head):
                response = read_out(method(url_of(route, world), headers=headers))
                assert response.status_code < 500

    assert written == []

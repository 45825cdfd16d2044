"""Endpoints for other programs against bare Django REST framework: no log-in, no scopes, no trail."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from django.test import Client as Browser
from django.utils.timezone import now

from bench.browsers import bare_browser, program
from bench.measure import Line, Run, at_least, compare
from staff.enums import Scope
from staff.models import User
from staff.services.tokens import issue_token

_NUMBERS = count(1)
CREATED, READ = {200, 201}, {200}


def _call(browser: Browser, method: str, address: str, allowed: set[int], body: Any = None) -> None:
    answer: Any = browser.generic(method, address, body or "", content_type="application/json", headers=_HEADERS)
    if answer.status_code not in allowed:
        raise RuntimeError(f"{address}: {answer.status_code} {answer.content.decode()[:500]}")


_HEADERS: dict[str, str] = {}


def _body() -> str:
    import json

    moment = now().isoformat()
    values = {"client_external_id": "b-777", "ordered_at": moment, "amount": "1500.00", "status": "new"}
    return json.dumps(values)


def measure() -> Iterator[Line]:
    user = User.objects.get(username="bench-1")
    _token, bare = issue_token(
        user=user,
        scopes=[Scope.CLIENTS_READ, Scope.ORDERS_WRITE],
        name="bench",
        actor=None,
        now=now(),
        days=1,
    )
    _HEADERS["Authorization"] = f"Bearer {bare}"
    ours, theirs = program(), bare_browser()

    def insert(browser: Browser) -> Run:
        return lambda: _call(browser, "PUT", f"/api/v1/orders/bench-{now():%s%f}-{next(_NUMBERS)}", CREATED, _body())

    def read(browser: Browser) -> Run:
        return lambda: _call(browser, "GET", "/api/v1/clients/777", READ)

    costs = compare(
        {"read": read(ours), "bare read": read(theirs), "insert": insert(ours), "bare insert": insert(theirs)}
    )
    for name, limit in (("read", 0.5), ("insert", 0.35)):
        ratio = costs[f"bare {name}"].total / costs[name].total
        yield at_least(
            f"API {name} one, rate against bare DRF",
            ratio,
            limit,
            f"{costs[f'bare {name}']} : {costs[name]} = {ratio:.2f}",
        )

"""Endpoints for other programs against bare Django REST framework: no log-in, no scopes, no trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from django.test import Client as Browser
from django.utils.timezone import localdate, now

from bench.browsers import bare_browser, program
from bench.measure import Line, Run, at_least, compare
from staff.enums import Scope
from staff.models import User
from staff.services.tokens import issue_token

_NUMBERS = count(1)
CREATED, READ = {200, 201}, {200}


def _call(
    browser: Browser, headers: dict[str, str], method: str, address: str, allowed: set[int], body: str = ""
) -> None:
    answer: Any = browser.generic(method, address, body, content_type="application/json", headers=headers)
    if answer.status_code not in allowed:
        raise RuntimeError(f"{address}: {answer.status_code} {answer.content.decode()[:500]}")


def _headers(user: User, *scopes: Scope) -> dict[str, str]:
    _token, bare = issue_token(user=user, scopes=list(scopes), name="bench", actor=None, now=now(), days=1)
    return {"Authorization": f"Bearer {bare}"}


def _body() -> str:
    moment = now().isoformat()
    values = {"client_external_id": "b-50021", "ordered_at": moment, "amount": "1500.00", "status": "new"}
    return json.dumps(values)


def _handoff() -> str:
    """A new client each time, with a contact and a contract: what the manager is asked about."""
    number = f"{now():%s%f}-{next(_NUMBERS)}"
    day = localdate()
    values = {
        "source": "bench",
        "external_id": f"deal-{number}",
        "client": {"external_id": f"bench-{number}", "name": f"ООО «Север {number}»", "tier": "A"},
        "contacts": [{"name": "Максим Орлов", "email": f"max-{number}@example.ru", "phones": ["+79130000000"]}],
        "contract": {
            "signed_on": day.isoformat(),
            "starts_on": day.isoformat(),
            "ends_on": (day + timedelta(days=364)).isoformat(),
            "amount": "120000.00",
        },
        "goal": "Вырасти",
        "promises": "Отчёт каждую неделю",
        "terms": "Предоплата",
        "pains": ["deadline"],
    }
    return json.dumps(values)


def measure() -> Iterator[Line]:
    user = User.objects.get(username="bench-1")
    headers = _headers(user, Scope.CLIENTS_READ, Scope.ORDERS_WRITE)
    sales = _headers(User.objects.get(username="bench-8"), Scope.HANDOFFS_WRITE)
    ours, theirs = program(), bare_browser()

    def insert(browser: Browser) -> Run:
        return lambda: _call(
            browser, headers, "PUT", f"/api/v1/orders/bench-{now():%s%f}-{next(_NUMBERS)}", CREATED, _body()
        )

    def read(browser: Browser) -> Run:
        return lambda: _call(browser, headers, "GET", "/api/v1/clients/777", READ)

    def hand_off() -> None:
        _call(ours, sales, "POST", "/api/v1/handoffs", CREATED, _handoff())

    costs = compare(
        {
            "read": read(ours),
            "bare read": read(theirs),
            "insert": insert(ours),
            "bare insert": insert(theirs),
            "hand-off": hand_off,
        },
        times=10,
    )
    for what, name, reference, limit in (
        ("API read one", "read", "bare read", 0.5),
        ("API insert one", "insert", "bare insert", 0.35),
        ("hand-off by the API", "hand-off", "bare insert", 0.15),
    ):
        ratio = costs[reference].total / costs[name].total
        yield at_least(
            f"{what}, rate against bare DRF", ratio, limit, f"{costs[reference]} : {costs[name]} = {ratio:.2f}"
        )

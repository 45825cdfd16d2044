"""10 threads send 200 hand-offs each over HTTP: 200 clients, 1,800 repeated answers, another body is refused."""

from __future__ import annotations

import json
import sys
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils.timezone import now
from pytest_django.live_server_helper import LiveServer

from clients.models import Assignment, Client, Contract, Handoff
from staff.enums import Role, Scope
from staff.services.tokens import issue_token
from tests.api.retries import Answer, assert_once_each, send_in_threads
from tests.factories import make_user

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_two_hundred_hand_offs_retried_by_ten_threads(live_server: LiveServer) -> None:
    for _number in range(3):
        make_user(Role.AM)
    _row, bare = issue_token(user=make_user(Role.SALES), scopes=[Scope.HANDOFFS_WRITE], actor=None, now=now())
    place = urlsplit(live_server.url).netloc
    headers = {"Authorization": f"Bearer {bare}", "Content-Type": "application/json"}

    def send(bodies: list[dict[str, Any]]) -> list[Answer]:
        answers: list[Answer] = []
        for body in bodies:
            program = HTTPConnection(place, timeout=60)
            program.request("POST", "/api/v1/handoffs", json.dumps(body), headers)
            answer = program.getresponse()
            answers.append((answer.status, json.loads(answer.read())))
            program.close()
        return answers

    bodies, answers = send_in_threads(send, threads=10, deals=200)
    assert_once_each(answers)
    counts = [model.objects.count() for model in (Client, Handoff, Contract, Assignment)]
    assert counts == [200] * 4
    changed = send([{**body, "goal": "other"} for body in bodies[:20]])
    assert [(status, body["code"]) for status, body in changed] == [(422, "idempotency_conflict")] * 20
    sys.stdout.write(
        f"hand-offs: 2,000 requests, {counts[0]} clients, 1,800 repeated answers, 20 other bodies refused\n"
    )

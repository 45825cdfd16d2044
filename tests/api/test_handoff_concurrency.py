from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.utils.timezone import now
from rest_framework.test import APIClient

from clients.models import Assignment, Client, Contact, Contract, Handoff, Order, TimelineEvent
from clients.services.handoffs import accept_handoff
from staff.enums import Role, Scope
from tests.api.conftest import CallAs
from tests.api.retries import Answer, assert_once_each, send_in_threads
from tests.factories import make_client, make_user
from tests.handoff_factories import make_body, offer

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_hand_offs_retried_by_ten_threads_are_made_once(call_as: CallAs) -> None:
    make_user(Role.AM)
    program = call_as(make_user(Role.SALES), Scope.HANDOFFS_WRITE)

    def send(bodies: list[dict[str, Any]]) -> list[Answer]:
        own = APIClient()
        own.credentials(**program._credentials)  # type: ignore[attr-defined]
        try:
            answers = [own.post("/api/v1/handoffs", body) for body in bodies]
            return [(answer.status_code, answer.json()) for answer in answers]
        finally:
            connection.close()

    _bodies, answers = send_in_threads(send, threads=10, deals=3)
    assert_once_each(answers)
    assert [model.objects.count() for model in (Client, Handoff, Contract, Contact, Assignment)] == [3] * 5


def test_two_deals_of_one_new_client_at_once_make_one_client(call_as: CallAs) -> None:
    make_user(Role.AM)
    program = call_as(make_user(Role.SALES), Scope.HANDOFFS_WRITE)
    bodies = [make_body(client__external_id="c-same") for _number in range(4)]

    def send(_unused: list[dict[str, Any]]) -> list[Answer]:
        own = APIClient()
        own.credentials(**program._credentials)  # type: ignore[attr-defined]
        try:
            answer = own.post("/api/v1/handoffs", bodies.pop())
            return [(answer.status_code, answer.json())]
        finally:
            connection.close()

    _bodies, answers = send_in_threads(send, threads=4, deals=1)
    assert [status for [(status, _body)] in answers] == [201] * 4
    assert (Client.objects.count(), Handoff.objects.count()) == (1, 4)


def test_acceptance_by_many_threads_happens_once() -> None:
    manager, sales = make_user(Role.AM), make_user(Role.SALES)
    make_user(Role.HEAD)
    handoff = offer(make_body(contacts=[{"name": "Анна", "phones": ["+79130000001"]}]), by=sales, now=now())

    def send(_unused: list[dict[str, Any]]) -> list[Answer]:
        try:
            accept_handoff(handoff=handoff, actor=manager, now=now())
        finally:
            connection.close()
        return [(200, {})]

    send_in_threads(send, threads=4, deals=1)
    assert handoff.client is not None
    assert handoff.client.timeline.filter(kind="handoff_accepted").count() == 1


def test_one_order_sent_by_many_threads_is_made_once(call_as: CallAs) -> None:
    owner = make_user(Role.AM)
    program = call_as(owner, Scope.ORDERS_WRITE)
    with transaction.atomic():
        make_client(owner, external_id="c-1")
    body = {"client_external_id": "c-1", "ordered_at": now().isoformat(), "amount": "10.00", "status": "new"}

    def send(_unused: list[dict[str, Any]]) -> list[Answer]:
        own = APIClient()
        own.credentials(**program._credentials)  # type: ignore[attr-defined]
        try:
            answer = own.put("/api/v1/orders/o-1", body)
            return [(answer.status_code, answer.json())]
        finally:
            connection.close()

    _bodies, answers = send_in_threads(send, threads=6, deals=1)
    assert sorted(status for [(status, _body)] in answers) == [200] * 5 + [201]
    assert (Order.objects.count(), TimelineEvent.objects.filter(kind="order_created").count()) == (1, 1)

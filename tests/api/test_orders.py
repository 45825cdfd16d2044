from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from clients.models import Client, Order, Product
from staff.enums import Role, Scope
from staff.models import User
from tests.api.conftest import CallAs
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/orders/o-1"
BODY: dict[str, Any] = {
    "client_external_id": "c-1",
    "ordered_at": "2026-11-01T10:00:00+03:00",
    "status": "new",
    "amount": "1500.50",
}


@pytest.fixture
def manager() -> User:
    return make_user(Role.AM)


@pytest.fixture
def buyer(manager: User) -> Client:
    return make_client(manager, external_id="c-1")


@pytest.fixture
def program(call_as: CallAs, manager: User) -> APIClient:
    return call_as(manager, Scope.ORDERS_WRITE)


def test_order_is_created_and_then_updated(program: APIClient, buyer: Client) -> None:
    Product.objects.create(code="ads", name="Реклама")
    first = program.put(URL, {**BODY, "product_codes": ["ads"]})
    done = {**BODY, "status": "completed", "completed_at": "2026-11-05T12:00:00+03:00", "product_codes": ["ads"]}
    second = program.put(URL, done)
    assert (first.status_code, second.status_code, Order.objects.count()) == (201, 200, 1)
    assert second.json() == {
        "id": Order.objects.get().pk,
        "external_id": "o-1",
        "client_external_id": "c-1",
        "ordered_at": "2026-11-01T10:00:00+03:00",
        "completed_at": "2026-11-05T12:00:00+03:00",
        "status": "completed",
        "amount": "1500.50",
        "refunded_amount": "0.00",
        "refunded_on": None,
        "cost": None,
        "product_codes": ["ads"],
        "contract_external_id": None,
    }


def test_order_repeated_changes_nothing(program: APIClient, buyer: Client) -> None:
    assert program.put(URL, BODY).status_code == 201
    assert program.put(URL, {**BODY, "external_id": "o-1"}).status_code == 200
    assert buyer.timeline.filter(kind="order_created").count() == 1


def test_order_key_may_hold_a_slash(program: APIClient, buyer: Client) -> None:
    assert program.put("/api/v1/orders/2026%2F17", BODY).json()["external_id"] == "2026/17"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_id": "o-2"}, "external_id"),
        ({"client_external_id": "nobody"}, "client_external_id"),
        ({"contract_external_id": "nothing"}, "contract_external_id"),
        ({"product_codes": ["nothing"]}, "product_codes"),
        ({"status": "lost"}, "status"),
        ({"amount": "x"}, "amount"),
        ({"refunded_amount": "2000.00"}, "refunded_amount"),
        ({"ordered_at": "9999-12-31T23:59:59-23:59"}, "ordered_at"),
        ({"ordered_at": "0001-01-01T00:00:00+23:59"}, "ordered_at"),
        ({"completed_at": "2026-10-01T00:00:00Z"}, "completed_at"),
    ],
)
def test_order_names_the_wrong_field(program: APIClient, buyer: Client, change: dict[str, Any], field: str) -> None:
    response = program.put(URL, {**BODY, **change})
    assert (response.status_code, list(response.json()["fields"])) == (400, [field])


def test_order_of_another_client_is_a_conflict(program: APIClient, buyer: Client, manager: User) -> None:
    make_client(manager, external_id="c-2")
    program.put(URL, BODY)
    response = program.put(URL, {**BODY, "client_external_id": "c-2"})
    assert (response.status_code, response.json()["code"]) == (409, "order_exists")


def test_order_key_that_is_none_is_refused(program: APIClient, buyer: Client) -> None:
    assert program.put("/api/v1/orders/%00", BODY).status_code == 400
    assert program.put("/api/v1/orders/" + "x" * 101, BODY).status_code == 400


def test_orders_need_the_scope(call_as: CallAs, manager: User, buyer: Client) -> None:
    assert call_as(manager, Scope.CLIENTS_READ).put(URL, BODY).status_code == 403
    assert APIClient().put(URL, BODY).status_code == 401


def test_order_takes_a_fixed_number_of_queries(
    program: APIClient, buyer: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    codes = [Product.objects.create(code=f"p{number}", name="П").code for number in range(3)]
    program.put("/api/v1/orders/o-0", BODY)
    with django_assert_num_queries(6):
        program.put("/api/v1/orders/o-1", BODY)
    with django_assert_num_queries(8):
        program.put("/api/v1/orders/o-2", {**BODY, "product_codes": codes[:1]})
    with django_assert_num_queries(8):
        program.put("/api/v1/orders/o-3", {**BODY, "product_codes": codes})


def test_orders_are_written_by_the_department_only(call_as: CallAs, buyer: Client) -> None:
    """An order's scope may be granted to a person whose department role is taken away later."""
    user = make_user(Role.AM)
    program = call_as(user, Scope.ORDERS_WRITE)
    user.roles = [Role.SALES]
    user.save()
    assert program.put(URL, BODY).status_code == 403

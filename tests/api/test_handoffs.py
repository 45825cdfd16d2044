from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from clients.models import Client, Handoff, Product
from staff.enums import Role, Scope
from staff.models import User
from tests.api.conftest import CallAs
from tests.factories import make_user
from tests.handoff_factories import BODY, make_body, offer

pytestmark = pytest.mark.django_db
URL = "/api/v1/handoffs"


@pytest.fixture
def manager() -> User:
    return make_user(Role.AM, name="Анна")


@pytest.fixture
def sales() -> User:
    return make_user(Role.SALES)


@pytest.fixture
def program(call_as: CallAs, sales: User) -> APIClient:
    return call_as(sales, Scope.HANDOFFS_WRITE)


def test_hand_off_answers_as_promised(program: APIClient, manager: User) -> None:
    Product.objects.create(code="ads", name="Реклама")
    body = {**BODY, "contract": {**BODY["contract"], "product_codes": ["ads"]}}
    response = program.post(URL, body)
    handoff = Handoff.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": handoff.pk,
        "status": "offered",
        "client": {"id": Client.objects.get().pk, "external_id": "c-1"},
        "owner": {"username": manager.username, "name": "Анна"},
        "accept_by": response.json()["accept_by"],
    }
    assert datetime.fromisoformat(response.json()["accept_by"]) == handoff.accept_by
    assert handoff.contract is not None
    assert [product.code for product in handoff.contract.products.all()] == ["ads"]


def test_hand_off_repeated_gets_the_same_answer_even_after_acceptance(
    program: APIClient, manager: User, call_as: CallAs
) -> None:
    first = program.post(URL, make_body(external_id="same", client__external_id="c-9", contract__external_id="k-9"))
    call_as(manager, Scope.HANDOFFS_WRITE).post(f"{URL}/{first.json()['id']}/accept")
    body = make_body(external_id="same", client__external_id="c-9", contract__external_id="k-9")
    again = program.post(URL, dict(reversed(body.items())))
    assert (again.status_code, again.json()) == (200, first.json())


def test_hand_off_with_another_body_is_an_idempotency_conflict(program: APIClient, manager: User) -> None:
    body = make_body()
    program.post(URL, body)
    response = program.post(URL, {**body, "goal": "Иная"})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_conflict")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("source", "", "source"),
        ("external_id", None, "external_id"),
        ("client__external_id", "", "client.external_id"),
        ("client__name", "  ", "client.name"),
        ("client__inn", "7707083894", "client.inn"),
        ("client__kpp", "12", "client.kpp"),
        ("client__kind", "shop", "client.kind"),
        ("client__tier", "D", "client.tier"),
        ("client__timezone", "Mars/Base", "client.timezone"),
        ("client__parent_external_id", "nobody", "client.parent_external_id"),
        ("contacts", [], "contacts"),
        ("contacts", [{"name": "Анна"}], "contacts"),
        ("contacts", [{"email": "a@example.ru"}], "contacts.0.name"),
        ("contacts", [{"name": "Анна", "email": "a@example.ru"}, {"name": "Б", "email": "x"}], "contacts.1.email"),
        ("contacts", [{"name": "Анна", "phones": ["12"]}], "contacts.0.phones.0"),
        ("contract__signed_on", "2026-02-30", "contract.signed_on"),
        ("contract__signed_on", "0001-01-01", "contract.signed_on"),
        ("contract__ends_on", "2025-01-01", "contract.ends_on"),
        ("contract__amount", "-1", "contract.amount"),
        ("contract__amount", "1" * 400, "contract.amount"),
        ("contract__amount", "0.001", "contract.amount"),
        ("contract__amount", "NaN", "contract.amount"),
        ("contract__product_codes", ["nothing"], "contract.product_codes"),
        ("contract__notice_days", 10**30, "contract.notice_days"),
        ("goal", "", "goal"),
        ("promises", None, "promises"),
        ("terms", "\u0000", "terms"),
        ("pains", [], "pains"),
        ("pains", ["hunger"], "pains.0"),
        ("client", "ООО", "client"),
    ],
)
def test_hand_off_names_the_wrong_field(program: APIClient, manager: User, path: str, value: Any, field: str) -> None:
    response = program.post(URL, make_body(**{path: value}))
    assert (response.status_code, list(response.json()["fields"])) == (400, [field])
    assert not Client.objects.exists()


def test_hand_off_errors_speak_the_language_asked_for(program: APIClient, manager: User) -> None:
    body = make_body(goal="")
    russian = program.post(URL, body, headers={"accept-language": "ru"}).json()
    english = program.post(URL, body, headers={"accept-language": "en"}).json()
    assert english["detail"] == "Some fields are wrong."
    assert english["fields"] == {"goal": ["This field may not be blank."]}
    assert russian["detail"] == "Некоторые поля заполнены неверно."
    assert russian["fields"] != english["fields"]


@pytest.mark.parametrize(
    ("path", "value"), [("contacts", []), ("pains", []), ("contacts", {}), ("contract__signed_on", "20.11.2026")]
)
def test_hand_off_refuses_in_russian_words(program: APIClient, manager: User, path: str, value: Any) -> None:
    fields = program.post(URL, make_body(**{path: value}), headers={"accept-language": "ru"}).json()["fields"]
    assert not re.search("[A-Za-z]", " ".join(text for texts in fields.values() for text in texts))


def test_hand_off_of_a_known_contract_names_the_field(program: APIClient, manager: User) -> None:
    program.post(URL, make_body(contract__external_id="k-1"))
    response = program.post(URL, make_body(contract__external_id="k-1"))
    assert (response.status_code, response.json()["code"]) == (400, "contract_exists")
    assert list(response.json()["fields"]) == ["contract.external_id"]


def test_hand_off_of_a_known_client_counts_no_transfer(program: APIClient, manager: User) -> None:
    first = program.post(URL, make_body(client__external_id="c-1")).json()
    make_user(Role.AM)
    second = program.post(URL, make_body(client__external_id="c-1")).json()
    assert (second["client"], second["owner"]) == (first["client"], first["owner"])
    assert Client.objects.get().assignments.count() == 1


def test_hand_off_needs_a_seller_and_the_scope(call_as: CallAs, manager: User, sales: User) -> None:
    assert call_as(manager, Scope.HANDOFFS_WRITE).post(URL, make_body()).status_code == 403
    assert call_as(sales, Scope.CLIENTS_READ).post(URL, make_body()).status_code == 403
    response = APIClient().post(URL, make_body())
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert set(response.json()) == {"code", "detail", "fields"}


def test_hand_off_is_read_by_its_salesperson_and_the_department_only(
    call_as: CallAs, program: APIClient, manager: User, sales: User
) -> None:
    url = f"{URL}/{offer(make_body(), by=sales, now=now()).pk}"
    answer = program.get(url).json()
    assert (answer["status"], answer["owner"]["name"], answer["salesperson"]["username"]) == (
        "offered",
        "Анна",
        sales.username,
    )
    assert call_as(manager, Scope.HANDOFFS_WRITE).get(url).status_code == 200
    stranger = call_as(make_user(Role.SALES), Scope.HANDOFFS_WRITE)
    assert [stranger.get(url).status_code, stranger.post(f"{url}/accept").status_code] == [404, 404]


def test_accept_and_return_belong_to_the_manager_who_was_asked(
    call_as: CallAs, program: APIClient, manager: User, sales: User
) -> None:
    url = f"{URL}/{offer(make_body(), by=sales, now=now()).pk}"
    asked, colleague = call_as(manager, Scope.HANDOFFS_WRITE), call_as(make_user(Role.AM), Scope.HANDOFFS_WRITE)
    assert program.post(f"{url}/accept").status_code == 403
    assert colleague.post(f"{url}/return", {"reason": "other"}).status_code == 403
    assert list(asked.post(f"{url}/return", {"reason": "tired"}).json()["fields"]) == ["reason"]
    answer = asked.post(f"{url}/accept")
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    late = asked.post(f"{url}/return", {"reason": "other", "comment": ""})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")


def test_return_tells_the_reason(call_as: CallAs, program: APIClient, manager: User, sales: User) -> None:
    make_user(Role.HEAD)
    url = f"{URL}/{offer(make_body(), by=sales, now=now()).pk}"
    call_as(manager, Scope.HANDOFFS_WRITE).post(f"{url}/return", {"reason": "wrong_terms", "comment": "Нет срока"})
    answer = program.get(url).json()
    assert (answer["status"], answer["return_reason"], answer["return_comment"]) == (
        "returned",
        "wrong_terms",
        "Нет срока",
    )


def test_hand_off_takes_a_fixed_number_of_queries(
    program: APIClient, manager: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    program.post(URL, make_body())
    contacts = [{"name": f"Контакт {number}", "email": f"c{number}@example.ru", "phones": []} for number in range(3)]
    with django_assert_num_queries(18):
        program.post(URL, make_body(contacts=contacts[:1]))
    with django_assert_num_queries(18):
        program.post(URL, make_body(contacts=contacts))


def test_hand_off_replay_and_reading_take_few_queries(
    program: APIClient, manager: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    body = make_body()
    made = program.post(URL, body).json()
    with django_assert_num_queries(5):
        program.post(URL, body)
    with django_assert_num_queries(2):
        program.get(f"{URL}/{made['id']}")

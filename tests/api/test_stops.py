from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import localdate

from clients.models import Client
from retention.models import Freeze
from staff.enums import Role, Scope
from staff.models import User
from tests.api.conftest import CallAs
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/stops"


@pytest.fixture
def client_() -> Client:
    return make_client(make_user(Role.AM), external_id="c-1")


def body(**values: Any) -> dict[str, Any]:
    stopped = localdate().isoformat()
    return {"external_id": "s-1", "client_external_id": "c-1", "stopped_on": stopped, "reason": "budget", **values}


@pytest.mark.usefixtures("client_")
def test_stop_is_written_once(call_as: CallAs) -> None:
    program = call_as(make_user(Role.HEAD), Scope.STOPS_WRITE)

    first, again = program.post(URL, body()), program.post(URL, body())

    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert (first.json()["status"], first.json()["kind"]) == ("frozen", "campaign_stopped")
    assert program.get(f"{URL}/{first.json()['id']}").json() == first.json()
    assert Freeze.objects.get().source == "api"


@pytest.mark.usefixtures("client_")
def test_stop_with_another_body_is_a_conflict(call_as: CallAs) -> None:
    program = call_as(make_user(Role.HEAD), Scope.STOPS_WRITE)
    program.post(URL, body())

    other = program.post(URL, body(reason="season"))

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")


@pytest.mark.usefixtures("client_")
def test_second_open_stop_of_a_client_is_a_conflict(call_as: CallAs) -> None:
    program = call_as(make_user(Role.HEAD), Scope.STOPS_WRITE)
    program.post(URL, body())

    other = program.post(URL, body(external_id="s-2"))

    assert (other.status_code, other.json()["code"]) == (409, "frozen_already")


@pytest.mark.usefixtures("client_")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"stopped_on": (localdate() + timedelta(days=1)).isoformat()}, "stopped_on"),
        ({"reason": "bored"}, "reason"),
        ({"client_external_id": "nobody"}, "client_external_id"),
        ({"stopped_on": "yesterday"}, "stopped_on"),
    ],
)
def test_wrong_stop_is_refused_at_its_field(call_as: CallAs, values: dict[str, Any], field: str) -> None:
    answer = call_as(make_user(Role.HEAD), Scope.STOPS_WRITE).post(URL, body(**values))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.usefixtures("client_")
def test_client_resumes_by_post_or_put_as_often_as_it_is_said(call_as: CallAs) -> None:
    program = call_as(make_user(Role.HEAD), Scope.STOPS_WRITE)
    url = f"{URL}/{program.post(URL, body()).json()['id']}/resume"

    first, again = program.post(url, {}), program.put(url, {})

    assert (first.status_code, again.json()) == (200, first.json())
    assert (first.json()["status"], first.json()["ended_on"]) == ("resumed", localdate().isoformat())


@pytest.mark.usefixtures("client_")
def test_sales_do_not_tell_of_stops(call_as: CallAs) -> None:
    person = make_user(Role.AM)
    program = call_as(person, Scope.STOPS_WRITE)
    User.objects.filter(pk=person.pk).update(roles=[Role.SALES])
    assert program.post(URL, body()).status_code == 403

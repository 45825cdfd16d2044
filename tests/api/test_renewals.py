from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from retention.models import Renewal
from retention.services.renewals import open_renewals
from staff.enums import Role, Scope
from staff.services import issue_token
from tests.factories import make_client, make_contract, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [1, 3])
def test_renewals_are_listed_and_read(client: Browser, django_assert_num_queries: Any, number: int) -> None:
    owner, today = make_user(Role.AM), timezone.localdate()
    for _number in range(number):
        make_contract(make_client(owner), today - timedelta(days=300), ends_on=today + timedelta(days=40))
    open_renewals(now=timezone.now())
    token = issue_token(user=owner, scopes=[Scope.CLIENTS_READ], actor=None, now=timezone.now())[1]
    headers = {"Authorization": f"Bearer {token}"}
    client.get("/api/v1/renewals", headers=headers)
    with django_assert_num_queries(2):
        rows = client.get("/api/v1/renewals?tier=B&stage=planned", headers=headers).json()["results"]
    assert len(rows) == number
    assert rows[0]["owner"] == {"username": owner.username, "name": owner.name}
    assert client.get("/api/v1/renewals?state=closed", headers=headers).json()["results"] == []
    assert client.get("/api/v1/renewals?state=moon", headers=headers).status_code == 400
    one = client.get(f"/api/v1/renewals/{rows[0]['id']}", headers=headers).json()
    assert one == rows[0]
    assert one["due_on"] == Renewal.objects.get(pk=one["id"]).due_on.isoformat()
    assert client.get("/api/v1/renewals/999999", headers=headers).status_code == 404

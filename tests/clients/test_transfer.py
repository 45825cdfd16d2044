from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.enums import AssignmentState, EventKind
from clients.models import Assignment, TimelineEvent
from clients.queries import current_owner
from clients.services import transfer_client
from core.errors import ConflictError, DomainError, ForbiddenError
from staff.enums import Role
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_head_gives_a_client_to_another_manager(client: Browser) -> None:
    owner, successor, head = make_user(Role.AM), make_user(Role.AM), make_user(Role.HEAD)
    mine = make_client(owner)
    client.force_login(head)

    response = client.post(reverse("clients:owner", args=[mine.pk]), {"user": successor.pk, "note": "Просьба клиента"})

    assert response.status_code == 302
    assert current_owner(mine) == successor
    assert Assignment.objects.get(client=mine, ended_at=None).note == "Просьба клиента"
    assert TimelineEvent.objects.filter(client=mine, kind=EventKind.OWNER_CHANGED).count() == 1


def test_transfer_needs_a_reason(client: Browser) -> None:
    owner, successor = make_user(Role.AM), make_user(Role.AM)
    mine = make_client(owner)
    client.force_login(make_user(Role.HEAD))

    response = client.post(reverse("clients:owner", args=[mine.pk]), {"user": successor.pk})

    assert response.status_code == 422
    assert current_owner(mine) == owner


def test_manager_can_not_give_a_client_away(client: Browser) -> None:
    owner = make_user(Role.AM)
    mine = make_client(owner)
    client.force_login(owner)

    assert client.get(reverse("clients:owner", args=[mine.pk])).status_code == 403
    with pytest.raises(ForbiddenError):
        transfer_client(client=mine, user=make_user(Role.AM), note="", actor=owner, now=NOW)


def test_client_is_not_given_to_somebody_who_left_or_sells() -> None:
    head = make_user(Role.HEAD)
    mine = make_client(make_user(Role.AM))

    for person in (make_user(Role.AM, is_active=False), make_user(Role.SALES)):
        with pytest.raises(DomainError):
            transfer_client(client=mine, user=person, note="", actor=head, now=NOW)


def test_client_whose_hand_off_waits_is_redirected_there() -> None:
    head = make_user(Role.HEAD)
    mine = make_client(make_user(Role.AM))
    Assignment.objects.filter(client=mine).update(state=AssignmentState.OFFERED)

    with pytest.raises(ConflictError):
        transfer_client(client=mine, user=make_user(Role.AM), note="", actor=head, now=NOW)


def test_client_is_held_before_the_assignment() -> None:
    """As imports do, which write to both: two that wait for each other would both be late."""
    mine, head = make_client(make_user(Role.AM)), make_user(Role.HEAD)

    with CaptureQueriesContext(connection) as told:
        transfer_client(client=mine, user=make_user(Role.AM), note="", actor=head, now=NOW)

    held = [one["sql"].partition(" FROM ")[2].split()[0] for one in told if " FOR " in one["sql"]]
    assert held[:2] == ['"clients_client"', '"clients_assignment"']

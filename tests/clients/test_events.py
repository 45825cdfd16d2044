"""Facts of many clients reach their timelines in one call, however many there are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.enums import EventKind
from clients.models import TimelineEvent
from clients.services import new_event, record_events
from core import prepared
from staff.enums import Role
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db
WRITE = f"EXECUTE {prepared.WRITE}"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize("count", [3, 60])
def test_events_of_a_call_are_written_by_one_statement(count: int) -> None:
    client = make_client(make_user(Role.AM))
    events = [new_event(client_id=client.pk, kind=EventKind.NOTE, at=NOW, summary=f"{n}") for n in range(count)]

    with CaptureQueriesContext(connection) as queries:
        record_events(events)

    written = TimelineEvent.objects.filter(client=client, kind=EventKind.NOTE).order_by("pk")
    assert [event.summary for event in written] == [f"{n}" for n in range(count)]
    assert len([query for query in queries if query["sql"].startswith(("INSERT", WRITE))]) == 1


def test_no_event_is_no_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        record_events([])

    assert len(queries) == 0

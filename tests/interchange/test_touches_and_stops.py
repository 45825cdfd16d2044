"""Past contacts and stops come in with a file: onto the timeline, without a call or a letter."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clients.models import Client, TimelineEvent
from gateways.models import OutboxMessage
from interchange.services import undo_import
from retention.models import Freeze
from retention.services.save_calls import plan_save_calls
from staff.models import User
from tests.interchange.conftest import FILES, NOW, Load, counts, issues
from work.models import Touch

pytestmark = pytest.mark.django_db


def test_touches_come_in_done_and_onto_the_timeline(load: Load, head: User) -> None:
    run = load(**FILES)

    assert counts(run, "touches") == (2, 0, 0, 0)
    told, plain = Touch.objects.order_by("external_id")
    assert (told.state, told.outcome, told.minutes, told.closed_by.username) == ("done", "reached", 15, "anna")  # type: ignore[union-attr]
    assert told.closed_at == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert (plain.kind, plain.outcome, plain.closed_by, plain.assignee) == ("planned", "reached", None, head)
    event = TimelineEvent.objects.get(subject_type="work.touch", subject_id=told.pk)
    assert (event.at, event.summary) == (told.closed_at, "Дозвонились. Доволен, ждёт отчёт")
    assert not OutboxMessage.objects.exists()


def test_stops_come_in_and_call_nobody_when_their_day_is_over(load: Load) -> None:
    load(**FILES)

    ended, lasting = Freeze.objects.order_by("external_id")
    assert (ended.outcome, ended.ended_on, ended.kind) == ("resumed", date(2025, 3, 20), "campaign_stopped")
    assert (lasting.outcome, lasting.reason, lasting.source) == ("", "unknown", "import")
    assert plan_save_calls(now=NOW) == {"planned": 0}
    assert TimelineEvent.objects.filter(subject_type="retention.freeze").count() == 2


def test_same_files_again_change_nothing(load: Load) -> None:
    load(**FILES)
    events = TimelineEvent.objects.count()

    again = load(**FILES)

    assert (counts(again, "touches"), counts(again, "stops")) == ((0, 0, 2, 0), (0, 0, 2, 0))
    corrected = load(touches="external_id,client_external_id,happened_at,note\nt-2,c-1,2026-03-06T12:00,Иначе\n")
    assert counts(corrected, "touches") == (0, 1, 0, 0)
    assert TimelineEvent.objects.count() == events


def test_few_columns_are_enough(load: Load) -> None:
    load(clients=FILES["clients"])
    load(
        touches="external_id,client_external_id,happened_at\nt-9,c-1,2026-03-06T12:00\n",
        stops="external_id,client_external_id,stopped_on\nz-9,c-1,2026-03-06\n",
    )
    assert (Touch.objects.get().outcome, Freeze.objects.get().kind) == ("reached", "campaign_stopped")


def test_rows_that_make_no_sense_stay_out(load: Load) -> None:
    load(clients=FILES["clients"])
    run = load(
        touches=(
            "external_id,client_external_id,happened_at,user\n"
            "t-1,c-1,2999-01-01T10:00,\nt-2,c-1,2026-01-01T10:00,nobody\nt-3,no,2026-01-01T10:00,\n"
        ),
        stops=(
            "external_id,client_external_id,stopped_on,expected_end,outcome,ended_on\n"
            "z-1,c-1,2999-01-01,,,\nz-2,c-1,2026-01-02,2026-01-01,,\nz-3,c-1,2026-01-02,,left,\n"
            "z-4,c-1,2026-01-02,,,2026-01-03\nz-5,c-1,2026-01-02,,left,2026-01-01\nz-6,c-1,2026-01-02,,,\n"
            "z-7,c-1,2026-01-03,,,\n"
        ),
    )
    assert [(line, column) for _kind, line, column, _reason in issues(run)] == [
        (2, "happened_at"),
        (3, "user"),
        (4, "client_external_id"),
        (2, "stopped_on"),
        (3, "expected_end"),
        (4, "ended_on"),
        (5, "outcome"),
        (6, "ended_on"),
        (8, "client_external_id"),
    ]
    assert list(Freeze.objects.values_list("external_id", flat=True)) == ["z-6"]


def test_undone_import_takes_its_events_back(load: Load) -> None:
    load(clients=FILES["clients"])
    before = TimelineEvent.objects.count()
    run = load(touches=FILES["touches"].replace("anna", ""), stops=FILES["stops"])

    undo_import(run=run, now=NOW)

    assert (Touch.objects.count(), Freeze.objects.count(), TimelineEvent.objects.count()) == (0, 0, before)
    assert Client.objects.count() == 1

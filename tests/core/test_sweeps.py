from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from celery import current_app
from celery.exceptions import Retry
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, InterfaceError, connection, connections
from kombu.exceptions import OperationalError

from accounting_crm.beat import SWEEPS
from accounting_crm.celery import EverySlot, beat_schedule
from core import sweeps, tasks, wakeup
from core.models import SweepRun
from core.services import _sweep_lock, forget_sweep_runs, run_sweep
from core.sweeps import Sweep, sweep_named, sweep_table
from core.wakeup import wake

NOW = datetime(2026, 3, 2, 9, 10, 30, tzinfo=UTC)
MINUTE = Sweep("tests.count", "tests.core.test_sweeps.count", timedelta(minutes=1))
BROKEN = Sweep("tests.broken", "tests.core.test_sweeps.broken", timedelta(minutes=1))
calls: list[datetime] = []


def count(*, now: datetime) -> Mapping[str, int]:
    calls.append(now)
    return {"made": 2, "skipped": 0}


def broken(*, now: datetime) -> Mapping[str, int]:
    raise ValueError("a client's name\non two lines")


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    calls.clear()
    monkeypatch.setattr("accounting_crm.beat.SWEEPS", (MINUTE, BROKEN))
    monkeypatch.setattr(wakeup, "_silent_until", 0.0)
    monkeypatch.setattr(wakeup, "_asked", {})


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.name)
def test_each_entry_of_the_table_names_a_function(sweep: Sweep) -> None:
    assert callable(sweep.function())
    assert sweep.path.rpartition(".")[0].split(".")[1] == "services"


def test_names_of_the_table_are_unique() -> None:
    assert len({sweep.name for sweep in SWEEPS}) == len(SWEEPS)


def test_beat_asks_a_registered_task_for_each_sweep() -> None:
    schedule = beat_schedule(SWEEPS)
    assert [entry["args"] for entry in schedule.values()] == [(sweep.name,) for sweep in SWEEPS]
    assert all(entry["task"] in current_app.tasks for entry in schedule.values())


def test_schedule_fires_once_in_a_slot() -> None:
    schedule = EverySlot(timedelta(minutes=1))
    schedule.nowfun = lambda: NOW  # type: ignore[attr-defined]
    assert schedule.is_due(NOW - timedelta(seconds=31)) == (True, 30)
    assert schedule.is_due(NOW - timedelta(seconds=30)) == (False, 30)
    assert schedule == EverySlot(timedelta(minutes=1)) != EverySlot(timedelta(minutes=2))
    assert len({schedule, EverySlot(timedelta(minutes=1))}) == 1
    function, arguments = schedule.__reduce__()
    assert function(*arguments) == schedule


def test_slot_is_the_start_of_its_stretch() -> None:
    assert MINUTE.slot(NOW) == datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


def test_unknown_name_is_an_error() -> None:
    with pytest.raises(LookupError, match="nowhere"):
        sweep_named("nowhere")


@pytest.mark.django_db
def test_a_slot_runs_once() -> None:
    assert run_sweep(MINUTE, now=NOW, slot=MINUTE.slot(NOW)) == {"made": 2, "skipped": 0}
    assert run_sweep(MINUTE, now=NOW, slot=MINUTE.slot(NOW)) is None
    assert calls == [NOW]
    run = SweepRun.objects.get()
    assert (run.name, run.result, run.error) == ("tests.count", {"made": 2, "skipped": 0}, "")
    assert run.finished_at is not None


@pytest.mark.django_db
def test_error_of_a_run_is_recorded_without_its_text() -> None:
    with pytest.raises(ValueError, match="name"):
        run_sweep(BROKEN, now=NOW, slot=NOW)
    assert SweepRun.objects.get().error == "ValueError"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_slot_is_left_to_the_process_that_runs_it() -> None:
    answers: list[Mapping[str, int] | None] = []

    def other() -> None:
        answers.append(run_sweep(MINUTE, now=NOW, slot=NOW))
        connection.close()

    with _sweep_lock(MINUTE.name, wait=True):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert answers == [None]
    assert calls == []


@pytest.mark.django_db
def test_records_are_forgotten_after_days() -> None:
    for days in (1, 4):
        SweepRun.objects.create(name="a", slot=NOW - timedelta(days=days), started_at=NOW)
    assert forget_sweep_runs(now=NOW) == {"forgotten": 1}


@pytest.mark.django_db
def test_task_by_the_clock_runs_once_per_slot(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    for _ in range(2):
        tasks.sweep.apply(args=("tests.count",), throw=True)
    assert calls == [NOW]


@pytest.mark.django_db
def test_woken_task_runs_unless_a_run_began_since() -> None:
    tasks.sweep.apply(
        args=(
            "tests.count",
            datetime.now(UTC).isoformat(),
        ),
        throw=True,
    )
    tasks.sweep.apply(
        args=(
            "tests.count",
            NOW.isoformat(),
        ),
        throw=True,
    )
    assert len(calls) == 1


@pytest.mark.django_db
def test_woken_task_comes_back_when_another_process_is_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "run_sweep", lambda *args, **values: None)
    with pytest.raises(Retry):
        tasks.sweep.apply(
            args=(
                "tests.count",
                datetime.now(UTC).isoformat(),
            ),
            throw=True,
        )


@pytest.mark.django_db
def test_wake_asks_once_after_commit(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **options: sent.append((name, args[0])))
    with django_capture_on_commit_callbacks(execute=True):
        wake("tests.count")
        wake("tests.count")
        assert sent == []
    assert sent == [("core.sweep", "tests.count")]


def test_wake_of_a_busy_moment_asks_once_for_each_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **options: sent.append(args[0]))
    for pause, name in ((3600, "tests.count"), (3600, "tests.count"), (3600, "tests.broken"), (0, "tests.count")):
        monkeypatch.setattr(wakeup, "_OFTEN", pause)
        wakeup._publish(name)
    assert sent == ["tests.count", "tests.broken", "tests.count"]


@pytest.mark.django_db
def test_wake_is_silent_for_a_while_when_the_broker_is_away(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    tries: list[str] = []

    def refuse(name: str, **options: object) -> None:
        tries.append(name)
        raise OperationalError

    monkeypatch.setattr(current_app, "send_task", refuse)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            wake("tests.count")
    assert tries == ["core.sweep"]


@pytest.mark.django_db
def test_command_runs_what_the_slots_have_done_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounting_crm.beat.SWEEPS", (MINUTE,))
    for _ in range(2):
        out = StringIO()
        call_command("sweep", "--at", "2026-03-02T12:10:30", stdout=out)
        assert out.getvalue() == "tests.count: made 2\n"
    assert calls == [NOW, NOW]


@pytest.mark.django_db
def test_command_goes_on_after_a_failure_and_says_so() -> None:
    err = StringIO()
    with pytest.raises(CommandError, match="failed: tests.broken"):
        call_command("sweep", stderr=err, stdout=StringIO())
    assert err.getvalue() == "tests.broken: ValueError: a client's name on two lines\n"
    assert len(calls) == 1


@pytest.mark.django_db
def test_command_stops_at_once_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(sweep: Sweep, **_: object) -> None:
        calls.append(NOW)
        raise InterfaceError("no route")

    monkeypatch.setattr("core.management.commands.sweep.run_sweep", away)
    with pytest.raises(CommandError, match="failed: tests.count, tests.broken"):  # it answers: the fault is the sweep's
        call_command("sweep", stderr=StringIO(), stdout=StringIO())
    monkeypatch.setattr(type(connections[DEFAULT_DB_ALIAS]), "is_usable", lambda _: False)
    with pytest.raises(InterfaceError):
        call_command("sweep", stdout=StringIO())
    assert len(calls) == 3


@pytest.mark.django_db
def test_command_runs_one_by_name() -> None:
    call_command("sweep", "--only", "tests.count", stdout=StringIO())
    assert len(calls) == 1


@pytest.mark.parametrize("arguments", [["--at", "tomorrow"], ["--at", "9999-12-31"], ["--only", "nowhere"]])
def test_command_refuses_wrong_words(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("sweep", *arguments)


def test_table_is_read_from_its_place() -> None:
    assert sweep_table() == (MINUTE, BROKEN)
    assert sweeps.sweep_named("tests.count") is MINUTE

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounting_crm import gate, pending, prepare
from accounting_crm.checks import check_text
from core.demo import DemoLogin, demo_logins, remember_demo_logins
from tests.factories import make_user


@pytest.fixture(autouse=True)
def own_place(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    return tmp_path


@pytest.mark.django_db
def test_new_system_has_nobody_who_can_log_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main([]) == 0
    assert "createsuperuser" in capsys.readouterr().out


@pytest.mark.django_db
def test_log_ins_of_the_demo_are_told_at_each_start() -> None:
    remember_demo_logins([DemoLogin("head", "anna", "secret")])
    assert demo_logins() == [DemoLogin("head", "anna", "secret")]
    assert prepare.log_ins() == ["  head: anna / secret"]


@pytest.mark.django_db
def test_system_in_use_tells_no_log_ins_and_gets_no_demo() -> None:
    make_user()
    assert prepare.log_ins() == []
    assert prepare.load_demo() is False


def test_static_files_are_collected_when_something_changed() -> None:
    assert prepare.collect_static() is True
    assert prepare.collect_static() is False


def test_failure_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> None:
        raise CommandError("no room")

    monkeypatch.setattr(prepare, "migrate", refuse)
    assert prepare.main(["--demo"]) == 1
    assert capsys.readouterr().err == "no room\n"


@pytest.mark.django_db
def test_database_knows_cyrillic() -> None:
    assert check_text(None, databases=["default"]) == []
    assert check_text(None) == []


@pytest.mark.django_db
def test_database_that_is_up_to_date_is_not_migrated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr("django.core.management.call_command", refuse)
    monkeypatch.setattr(pending, "MigrationExecutor", refuse)  # the names alone say it
    prepare.migrate()


@pytest.mark.django_db
def test_migration_that_has_no_row_is_pending() -> None:
    MigrationRecorder(connection).record_unapplied("work", max(_of("work"))[1])
    assert pending.pending_migrations() == 1


def _of(label: str) -> set[tuple[str, str]]:
    return {entry for entry in pending._on_disk() if entry[0] == label}


def test_process_that_was_started_early_waits_for_its_input_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gate.VARIABLE, "1")
    read, write = os.pipe()
    with os.fdopen(read) as waited_on:
        monkeypatch.setattr("sys.stdin", waited_on)
        waiting = threading.Thread(target=gate.wait_until_told)
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
        os.close(write)
        waiting.join()
    gate.wait_until_told()  # only once: what it starts itself need not wait

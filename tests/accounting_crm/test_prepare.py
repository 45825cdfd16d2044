from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from accounting_crm import prepare
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
    prepare.migrate()

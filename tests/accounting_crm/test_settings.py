"""Settings come from the environment; a wrong value stops the start with one clear line."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError, connection, transaction

from accounting_crm import command_line, env, servers
from accounting_crm.embedded.holder import Wanted

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("raw", "value"), [(None, True), ("yes", True), ("On", True), ("0", False), ("false", False), ("", False)]
)
def test_boolean_is_read(raw: str | None, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.delenv("X", raising=False)
    if raw is not None:
        monkeypatch.setenv("X", raw)
    assert env.boolean("X", default=True) is value


def test_values_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    values = {
        "NUMBER": "7",
        "CHOICE": "b",
        "WORDS": "a, b ,,c",
        "ZONE": "Asia/Omsk",
        "KEY_FILE": str(tmp_path / "key"),
        "ADDRESS": "https://crm.example.com/",
        "MONEY": "EUR",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert env.integer("NUMBER", 1) == 7
    assert env.choice("CHOICE", "a", ["a", "b"]) == "b"
    assert env.words("WORDS", []) == ["a", "b", "c"]
    assert env.zone("ZONE", "UTC") == "Asia/Omsk"
    assert env.secret("KEY") == "s3cret"
    assert env.url("ADDRESS", "", schemes=["https"], example="https://x") == "https://crm.example.com"
    assert env.currency("MONEY", "RUB") == "EUR"


def test_defaults_stand_for_what_is_not_given() -> None:
    assert env.text("NOT_GIVEN", "a") == "a"
    assert env.integer("NOT_GIVEN", 5) == 5
    assert env.words("NOT_GIVEN", ["x"]) == ["x"]
    assert env.secret("NOT_GIVEN") == ""
    assert env.url("NOT_GIVEN", "", schemes=["https"], example="https://x") == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_WORKERS", "many"),
        ("WEB_WORKERS", "0"),
        ("LANGUAGE_CODE", "de"),
        ("TIME_ZONE", "Moscow"),
        ("CURRENCY", "rubles"),
        ("APP_URL", "crm.example.com"),
        ("APP_URL", "http://host:port"),
        ("EMAIL_USE_TLS", "perhaps"),
        ("EMAIL_PORT", "70000"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", "mysql://host/name"),
        ("REDIS_URL", "memcached://host"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FILE", "/nowhere/key"),
        ("SENTRY_DSN", "key"),
        ("SENTRY_DSN", "https://nobody.example.com"),
        ("ALLOWED_HOSTS", " , "),
        ("DEFAULT_FROM_EMAIL", "Отдел"),
        ("SESSION_IDLE_MINUTES", "1"),
    ],
)
def test_wrong_value_is_named(name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=f"^{name}"):
        runpy.run_path(str(ROOT / "accounting_crm" / "settings.py"))


def test_letters_are_encrypted_in_one_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("EMAIL_USE_TLS", "yes")
    monkeypatch.setenv("EMAIL_USE_SSL", "yes")
    with pytest.raises(ImproperlyConfigured, match="^EMAIL_USE_SSL"):
        runpy.run_path(str(ROOT / "accounting_crm" / "settings.py"))


def test_zone_of_the_company_stands_beside_options_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@host/name?sslmode=require&options=-c%20statement_timeout%3D5s")
    monkeypatch.setenv("TIME_ZONE", "Asia/Omsk")
    made = runpy.run_path(str(ROOT / "accounting_crm" / "settings.py"))["DATABASES"]["default"]["OPTIONS"]
    assert made == {"sslmode": "require", "options": "-c statement_timeout=5s -c crm.time_zone=Asia/Omsk"}


@pytest.mark.parametrize(("content", "said"), [(b"\x9d\xff", "UTF-8"), (b" \n", "empty")])
def test_file_of_a_secret_holds_text(
    content: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match=f"^KEY_FILE.*{said}"):
        env.secret("KEY")


@pytest.mark.parametrize("value", ["crm@example.com", "Отдел заботы <crm@example.com>"])
def test_sender_may_have_a_name(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDER", value)
    assert env.sender("SENDER", "") == value


def test_unknown_command_is_wrong_usage_and_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(servers, "ensure_servers", lambda: pytest.fail("started"))
    assert command_line.main(["nosuch"]) == 2
    assert capsys.readouterr().err == "manage.py: unknown command 'nosuch'; manage.py help lists them\n"


@pytest.mark.django_db
def test_database_without_migrations_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(table: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(table)

    monkeypatch.setattr("django.core.management.execute_from_command_line", lambda _: ask("SELECT 1 FROM not_yet"))
    assert command_line.main(["help"]) == 1
    assert "run manage.py migrate" in capsys.readouterr().err
    monkeypatch.setattr("django.core.management.execute_from_command_line", lambda _: ask("SELEKT"))
    with pytest.raises(ProgrammingError):
        command_line.main(["help"])


def test_wrong_value_stops_the_start_with_one_line(tmp_path: Path) -> None:
    environment = {**os.environ, "VAR_DIR": str(tmp_path / "var"), "WEB_WORKERS": "many"}
    done = subprocess.run(
        [sys.executable, "manage.py", "catalogue", "--compile"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (
        1,
        "manage.py: WEB_WORKERS: expected a whole number from 1 to 64, got 'many'\n",
    )


def test_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "a")
    monkeypatch.setenv("KEY_FILE", "b")
    with pytest.raises(ImproperlyConfigured, match="not both"):
        env.secret("KEY")


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [([], False), (["help"], False), (["up"], False), (["migrate"], True), (["demo", "--help"], False)],
)
def test_servers_start_for_commands_that_need_them(arguments: list[str], needed: bool) -> None:  # noqa: FBT001
    assert command_line.needs_servers(arguments) is needed


def test_nothing_embedded_starts_with_addresses_given(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr(servers, "acquire", lambda *args: started.append(args[1]))
    monkeypatch.setenv("DATABASE_URL", "postgres://host/name")
    monkeypatch.setenv("REDIS_URL", "redis://host")
    servers.ensure_servers()
    assert started == []
    monkeypatch.delenv("REDIS_URL")
    servers.ensure_servers(testing=True)
    assert started == [Wanted(postgres=False, valkey=True, fast=True)]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ImproperlyConfigured("A: wrong"), 1, "manage.py: A: wrong\n"),
        (OperationalError("no\nroute"), 1, "manage.py: the database does not answer: no route\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_mistake_of_the_user_is_one_line(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_arguments: object) -> None:
        raise error

    monkeypatch.setattr("django.core.management.execute_from_command_line", fail)
    assert command_line.main(["help"]) == code
    assert capsys.readouterr().err == said

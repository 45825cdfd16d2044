"""The embedded servers, for real: each test starts and stops its own."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2  # type: ignore[import-untyped]
import pytest

from accounting_crm.embedded import holder, postgres, processes, valkey
from accounting_crm.embedded.holder import Wanted
from accounting_crm.embedded.installation import PASSABLE, EmbeddedError, Installation
from accounting_crm.embedded.locks import Lock, is_locked

FAST = Wanted(fast=True)
SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    """A directory with spaces, quotes and Cyrillic letters in its name."""
    made = Installation(tmp_path / "Мой 'CRM'")
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)
    holder.release(made)
    assert holder.wait_until_stopped(made, within=10)
    assert processes._living_in(made.postgres_data, "postgres") == []
    assert processes._living_in(made.valkey_data, "valkey-server") == []


def _postmaster(place: Installation) -> int:
    return int((place.postgres_data / "postmaster.pid").read_text().split()[0])


def _eventually(check: object, *, within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not check():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_lock_is_seen_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with Lock(path) as lock:
        lock.write("long")
        lock.write("me")
        assert path.read_text() == "me"
        assert is_locked(path)
        assert is_locked(path, shared=True)
    with Lock(path, shared=True):
        assert is_locked(path)
        assert not is_locked(path, shared=True)
    assert not is_locked(path)


def test_holder_without_users_starts_and_stops_both_servers(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("PGHOST", "nowhere.invalid")
    place.prepare()
    told: list[str] = []
    holder.hold(place, FAST, told.append)
    assert told == ["ready"]
    assert not holder.holder_lives(place)
    assert place.database["NAME"] == "app"
    assert not place.valkey_socket.exists()


def test_second_holder_leaves_it_to_the_first(place: Installation) -> None:
    place.prepare()
    told: list[str] = []
    with place.lock("holder.lock"):
        holder.hold(place, FAST, told.append)
    assert told == ["another process is starting them"]


def _look_as_the_application(place: Installation) -> None:
    values = place.database
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host=values["HOST"], port=5432, dbname="app", user="app", password="wrong", sslmode="disable")
    connection = psycopg2.connect(
        host=values["HOST"], port=5432, dbname="app", user="app", password=values["PASSWORD"], sslmode="disable"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user")
            assert cursor.fetchone() == (False, False, True)  # no superuser, no roles, test databases
    finally:
        connection.close()


def test_servers_recover_from_kill_and_know_cyrillic(place: Installation) -> None:
    holder.acquire(place, FAST)
    holder.acquire(place, FAST)
    assert postgres.execute(place, "SELECT lower('Ж'), current_setting('server_encoding')") == [("ж", "UTF8")]
    assert valkey.is_ready(place)
    assert stat.S_IMODE(place.var.stat().st_mode) == 0o700
    _look_as_the_application(place)
    killed = _postmaster(place)
    os.kill(killed, signal.SIGKILL)
    _eventually(lambda: not postgres.is_ready(place))
    _eventually(lambda: postgres.is_ready(place))
    assert _postmaster(place) != killed


def test_who_starts_meanwhile_leaves_the_way_of_initdb_open(tmp_path: Path) -> None:
    place = Installation(tmp_path / "var")
    place.prepare()
    place.var.chmod(PASSABLE)
    Installation(tmp_path / "var").prepare()
    assert stat.S_IMODE(place.var.stat().st_mode) == PASSABLE
    place.var.chmod(0o755)
    place.prepare()
    assert stat.S_IMODE(place.var.stat().st_mode) == 0o700


def test_holder_says_why_it_failed(place: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(postgres.SIZES_VARIABLE, "shared_buffers")
    with pytest.raises(EmbeddedError, match="expected name=value"):
        holder.acquire(place, FAST)


def test_sizes_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(postgres.SIZES_VARIABLE, "shared_buffers=1GB work_mem=32MB")
    assert postgres.sizes() == {"shared_buffers": "1GB", "work_mem": "32MB"}


def test_what_is_wanted_passes_as_words() -> None:
    assert Wanted.of(Wanted(valkey=False).words()) == Wanted(valkey=False)
    assert not Wanted(postgres=False, valkey=False, fast=True)


def test_a_long_path_gets_a_short_private_place_for_sockets(tmp_path: Path) -> None:
    place = Installation(tmp_path / ("длинное имя " * 8))
    place.prepare()
    sockets = place.sockets
    assert len(os.fsencode(sockets)) < 90
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert Installation(place.var).sockets == sockets
    sockets.chmod(0o755)
    assert Installation(place.var).sockets != sockets
    sockets.rmdir()
    Installation(place.var).sockets.rmdir()
    other = Installation(place.var).sockets
    assert other.exists()
    other.rmdir()


def test_secrets_stay_the_same(tmp_path: Path) -> None:
    Installation(tmp_path / "a").prepare()
    kept = Installation(tmp_path / "a").secrets
    assert Installation(tmp_path / "a").secrets == kept
    assert len({kept.superuser, kept.application, kept.valkey, kept.django}) == 4
    assert kept.valkey not in repr(Installation(tmp_path / "a"))


def test_damaged_secrets_are_told(tmp_path: Path) -> None:
    place = Installation(tmp_path / "a")
    place.prepare()
    (place.var / "secrets.json").write_text("{")
    with pytest.raises(EmbeddedError, match="damaged"):
        _ = place.secrets


def test_state_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(EmbeddedError, match="belongs to user"):
        Installation(tmp_path).prepare()


def test_directory_of_others_is_left_alone(tmp_path: Path) -> None:
    """A slip such as VAR_DIR=/home closes nobody's files to them."""
    tmp_path.chmod(0o755)
    (tmp_path / "thesis.txt").touch()
    for wrong in (tmp_path, tmp_path / "thesis.txt"):
        before = wrong.stat()
        with pytest.raises(EmbeddedError, match="holds other files|no directory"):
            Installation(wrong).prepare()
        assert (wrong.stat().st_mode, wrong.stat().st_uid) == (before.st_mode, before.st_uid)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_own_directory_may_hold_more(tmp_path: Path) -> None:
    place = Installation(tmp_path)
    place.prepare()
    assert place.secrets.django
    (tmp_path / "backup.dump").touch()
    Installation(tmp_path).prepare()


def test_place_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="can't be made"):
        Installation(tmp_path / "file" / "var").prepare()


@pytest.mark.parametrize(("module", "part"), [(postgres, "binaries"), (valkey, "binary")])
def test_missing_package_is_told(module: object, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(EmbeddedError, match="_URL"):
        getattr(module, part)()


def test_a_child_that_cannot_start_is_tried_again_later(capsys: pytest.CaptureFixture[str]) -> None:
    tries: list[int] = []

    def fail() -> object:
        tries.append(1)
        raise OSError("no such program")

    child = processes.Child("thing", fail, signal.SIGTERM)  # type: ignore[arg-type]
    child.look()
    child.look()
    assert len(tries) == 1
    assert "can't be started" in capsys.readouterr().out
    assert child.has_ended(within=0)
    child.end(within=0)


def test_a_child_that_ignores_requests_is_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def start() -> object:
        return processes.spawn(
            ["/bin/sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"],
            log=tmp_path / "log",
            death_signal=signal.SIGKILL,
            account=None,
            environment=processes.clean_environment(),
        )

    child = processes.Child("stubborn", start, signal.SIGTERM)  # type: ignore[arg-type]
    child.look()
    _eventually(lambda: (tmp_path / "log").read_text() == "up\n")
    child.ask_to_stop()
    child.end(within=0.2)
    assert "killed" in capsys.readouterr().out


def test_leftovers_are_asked_and_then_killed(tmp_path: Path) -> None:
    left = processes.spawn(
        ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"],
        log=tmp_path / "log",
        death_signal=signal.SIGKILL,
        account=None,
        environment=processes.clean_environment(),
        folder=tmp_path,
    )
    _eventually(lambda: processes._living_in(tmp_path, Path("/bin/sh").resolve().name) == [left.pid])
    reaper = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        end = time.monotonic() + 5
        while left.poll() is None:
            processes.end_leftovers(tmp_path, "no such program", signal.SIGTERM, patience=0.1)
            processes.kill_session(left.pid)
            assert time.monotonic() < end
    finally:
        signal.signal(signal.SIGCHLD, reaper)
    assert left.returncode == -signal.SIGKILL

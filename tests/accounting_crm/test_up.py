"""``manage.py up`` for real: a new system, all its processes, and nothing left behind."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounting_crm.embedded import holder, processes
from accounting_crm.embedded.installation import Installation
from accounting_crm.supervisor import Options, Refused, Supervisor, Tail, check_port

SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT)


@pytest.fixture
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def own_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Installation:
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "APP_URL"):
        monkeypatch.delenv(name, raising=False)
    return Installation(tmp_path / "Мои данные")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _options(port: int) -> Options:
    return Options(host="127.0.0.1", port=port, workers=1, demo=False)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("signals")
def test_up_serves_and_leaves_nothing_behind(
    own_servers: Installation, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # the logs below are to be those of the product alone
    options = _options(_free_port())
    supervisor = Supervisor(own_servers, options)
    seen: dict[str, object] = {}

    def visit() -> None:
        """Waits for the page, then does what Ctrl-C does."""
        deadline = time.monotonic() + 150
        while "status" not in seen and time.monotonic() < deadline:
            time.sleep(0.2)
            try:
                with urllib.request.urlopen(f"{options.address}/readyz", timeout=5) as answer:  # noqa: S310
                    seen["status"] = answer.status
            except OSError:
                continue
        try:
            Supervisor(own_servers, options).run()
        except Refused as error:
            seen["second"] = str(error)
        seen["asked"] = time.monotonic()
        supervisor._stop.append(signal.SIGINT)

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert supervisor.run() == 0
    visitor.join()
    assert time.monotonic() - float(str(seen["asked"])) < 10
    assert seen["status"] == 200
    assert "already running" in str(seen["second"])
    said = capfd.readouterr().out
    assert f"ready: {options.address}" in said
    assert "createsuperuser" in said
    assert not holder.holder_lives(own_servers)
    assert processes._living_in(own_servers.postgres_data, "postgres") == []
    assert [child.process for child in supervisor._children] == [None, None, None]
    logs = list(own_servers.logs.glob("[!hpv]*.log"))  # worker and beat start behind the web server: perhaps not yet
    assert own_servers.logs / "web.log" in logs
    logged = [line for log in logs for line in log.read_bytes().splitlines()]
    assert [line for line in logged if not line.startswith(b'{"')] == []
    assert all(json.loads(line)["event"] for line in logged)


def test_port_in_use_is_told_before_anything_starts(own_servers: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Refused, match="can't listen on"):
            check_port(_options(taken.getsockname()[1]))


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--port", "x"]])
def test_wrong_port_is_wrong_usage(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="is no port"):
        call_command("up", *arguments)


def test_command_turns_a_refusal_into_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Supervisor) -> int:
        raise Refused("already running")

    monkeypatch.setattr(Supervisor, "run", refuse)
    with pytest.raises(CommandError, match="already running"):
        call_command("up")


@pytest.mark.parametrize(
    ("host", "address", "bind"),
    [
        ("127.0.0.1", "http://localhost:8000", "127.0.0.1:8000"),
        ("0.0.0.0", "http://localhost:8000", "0.0.0.0:8000"),  # noqa: S104
        ("::1", "http://localhost:8000", "[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000", "192.0.2.7:8000"),
        ("2001:db8::1", "http://[2001:db8::1]:8000", "[2001:db8::1]:8000"),
    ],
)
def test_address_is_one_that_a_person_can_open(host: str, address: str, bind: str) -> None:
    options = Options(host=host, port=8000, workers=1, demo=False)
    assert (options.address, options.bind) == (address, bind)


def test_tail_shows_whole_new_lines_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "web.log"
    path.write_text("old\n")
    tail = Tail("web", path)
    with path.open("a") as file:
        file.write("new\nhal")
    tail.show()
    with path.open("a") as file:
        file.write("f\n")
    tail.show()
    assert capsys.readouterr().out == "web    | new\nweb    | half\n"

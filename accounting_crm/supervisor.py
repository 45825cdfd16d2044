"""``manage.py up``: everything an installation on one machine consists of, started, watched and stopped together."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from accounting_crm import env, gate, servers
from accounting_crm.embedded import holder
from accounting_crm.embedded.installation import PROJECT, EmbeddedError, Installation
from accounting_crm.embedded.locks import Lock
from accounting_crm.embedded.processes import Child, before_exec, clean_environment, say, spawn
from core.catalogue_files import is_compiled

LOCALES = ("ru",)
_LARGEST_LOG = 20_000_000
_READY_WITHIN = 60.0
_POLITE, _FIRM = 2.5, 4.0
_SERVERS_STOP = 5.5


class Refused(Exception):  # noqa: N818  # not a failure: a clear answer
    """Nothing was started; the text says why."""


@dataclass(frozen=True, slots=True)
class Options:
    host: str
    port: int
    workers: int
    demo: bool

    @property
    def address(self) -> str:
        """Where a person on this machine finds it."""
        host = "localhost" if self.host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def check_port(options: Options) -> None:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except (OSError, OverflowError) as error:
            raise Refused(f"can't listen on {options.bind}: {error}; choose another with --port or --host") from error


def web_command(*, bind: str, workers: int, application: str = "accounting_crm.wsgi") -> list[str]:
    """The module to run and its arguments; the bench measures with the same."""
    web = ["gunicorn", application, "--bind", bind, "--workers", str(workers)]
    web += ["--worker-class", "gthread", "--threads", "4", "--timeout", "60", "--graceful-timeout", "2"]
    web += ["--preload", "--no-control-socket", "--max-requests", "20000", "--max-requests-jitter", "2000"]
    return [*web, "--log-level", "warning"]


class Tail:
    """New lines of a log since the last look."""

    def __init__(self, name: str, path: Path) -> None:
        self._name, self._path = name, path
        self._position = path.stat().st_size if path.exists() else 0

    def show(self) -> None:
        with contextlib.suppress(OSError), self._path.open("rb") as file:
            file.seek(self._position)
            fresh = file.read(200_000)
            whole = fresh[: fresh.rfind(b"\n") + 1]
            self._position += len(whole)
            for line in whole.decode(errors="replace").splitlines():
                print(f"{self._name:<6} | {line}", flush=True)  # noqa: T201


class Supervisor:
    def __init__(self, installation: Installation, options: Options) -> None:
        self.installation = installation
        self.options = options
        self.wanted = servers.wanted()
        self._stop: list[int] = []
        self._children: list[Child] = []
        self._tails: list[Tail] = []
        self._gate: tuple[int, ...] = os.pipe()  # closed once the web server may listen

    def run(self) -> int:
        self.installation.prepare()
        mine = self._only_one()
        check_port(self.options)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        try:
            self._compile_catalogues()
            self._define()
            self._children[0].look()
            log_ins = self._prepare()
            if not self._stop:
                self._open_web()
                self._serve(log_ins)
        finally:
            self._open_web()
            self._end()
            mine.release()
        return 0

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._stop.append(number)

    def _only_one(self) -> Lock:
        try:
            mine = self.installation.lock("up.lock", wait=False)
        except BlockingIOError:
            who = (self.installation.run / "up.lock").read_text(encoding="utf-8") or "it is just starting"
            raise Refused(f"already running for {self.installation.var} ({who})") from None
        mine.write(f"process {os.getpid()}, {self.options.address}")
        return mine

    def _environment(self, **more: str) -> dict[str, str]:
        values = clean_environment(
            VAR_DIR=str(self.installation.var),
            LC_ALL="C.UTF-8",
            PYTHONUTF8="1",
            PYTHONUNBUFFERED="1",
            DJANGO_SETTINGS_MODULE="accounting_crm.settings",
            APP_URL=env.text("APP_URL") or self.options.address,
            **more,
        )
        if self.installation.account:
            values.update(HOME=str(self.installation.var), PYTHONDONTWRITEBYTECODE="1")
        return values

    def _compile_catalogues(self) -> None:
        if not all(is_compiled(PROJECT, locale) for locale in LOCALES):
            from core.catalogue import compile_catalogues

            compile_catalogues(PROJECT, LOCALES)

    def _prepare(self) -> str:
        """Migrations, static files and the demo, in a process of their own that Ctrl-C ends as well.

        It loads its code, as the web server does, while the servers come up.
        """
        prepare = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", "accounting_crm.prepare", *(["--demo"] if self.options.demo else [])],
            cwd=PROJECT,
            env=self._environment(LOG_LEVEL="WARNING", **{gate.VARIABLE: "1"}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
            preexec_fn=before_exec(signal.SIGKILL, self.installation.account),  # noqa: PLW1509  # one thread only
        )
        try:
            if self.wanted:
                holder.acquire(self.installation, self.wanted)
            return self._wait_for(prepare)
        finally:
            if prepare.poll() is None:
                prepare.kill()
                prepare.communicate()

    def _wait_for(self, prepare: subprocess.Popen[str]) -> str:
        """What it said; nothing when somebody wants to stop. Asking closes its input, on which it waits."""
        while not self._stop:
            with contextlib.suppress(subprocess.TimeoutExpired):
                said, _ = prepare.communicate(timeout=0.1)
                if prepare.returncode:
                    raise Refused("the database could not be brought up to date")
                return said
        return ""

    def _define(self) -> None:
        metrics = self.installation.run / "prometheus"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir()
        self.installation.give(metrics)
        web = web_command(bind=self.options.bind, workers=self.options.workers)
        celery = ["celery", "--quiet", "-A", "accounting_crm"]
        worker = [*celery, "worker", "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        beat = [*celery, "beat", "-S", "celery.beat:Scheduler", "--pidfile="]
        self._add("web", web, death_signal=signal.SIGTERM, PROMETHEUS_MULTIPROC_DIR=str(metrics))
        self._add("worker", worker, death_signal=signal.SIGKILL, PYTHONWARNINGS="ignore")
        self._add("beat", beat, death_signal=signal.SIGTERM)

    def _open_web(self) -> None:
        """It may listen from now on."""
        for end in self._gate:
            os.close(end)
        self._gate = ()

    def _add(self, name: str, module: list[str], *, death_signal: signal.Signals, **more: str) -> None:
        log = self.installation.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        self._tails.append(Tail(name, log))

        def start() -> subprocess.Popen[bytes]:
            return spawn(
                [sys.executable, "-m", *module],
                log=log,
                death_signal=death_signal,
                account=self.installation.account,
                environment=self._environment(**more, **({gate.VARIABLE: "1"} if self._gate else {})),
                folder=PROJECT,
                stdin=self._gate[0] if self._gate else subprocess.DEVNULL,
            )

        self._children.append(Child(name, start, signal.SIGTERM))

    def _serve(self, log_ins: str) -> None:
        announced, begun, next_look = False, time.monotonic(), 0.0
        while not self._stop:
            for child in self._children if announced else self._children[:1]:
                child.look()
            for tail in self._tails:
                tail.show()
            if not announced:
                announced = self._announce(log_ins, late=time.monotonic() - begun > _READY_WITHIN)
            if time.monotonic() > next_look:
                next_look = time.monotonic() + 1
                self._keep_servers()
            time.sleep(0.3 if announced else 0.05)

    def _announce(self, log_ins: str, *, late: bool) -> bool:
        host = "127.0.0.1" if self.options.host == "0.0.0.0" else self.options.host  # noqa: S104
        with contextlib.suppress(OSError), socket.create_connection((host, self.options.port), timeout=0.5):
            say(f"ready: {self.options.address}")
            if log_ins:
                say(f"log in as\n{log_ins}")
            say("Ctrl-C stops everything")
            return True
        if late:
            say(f"the web server does not answer yet, see {self.installation.logs / 'web.log'}")
        return late

    def _keep_servers(self) -> None:
        if self.wanted and not holder.holder_lives(self.installation):
            say("the embedded servers are gone, starting them again")
            try:
                with self.installation.lock("start.lock"):
                    holder.ensure_holder(self.installation, self.wanted)
            except EmbeddedError as error:
                say(str(error))

    def _end(self) -> None:
        begun = time.monotonic()
        if self._children:
            say("stopping")
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            if not child.has_ended(within=begun + _POLITE - time.monotonic()):
                child.ask_to_stop(signal.SIGQUIT)
        for child in self._children:
            child.end(within=begun + _FIRM - time.monotonic())
        if self.wanted:
            self._leave_servers()

    def _leave_servers(self) -> None:
        holder.release(self.installation)
        if not holder.wait_until_stopped(self.installation, within=_SERVERS_STOP):
            say("the embedded servers stay: other commands use them")
        elif self._children:
            say("stopped")

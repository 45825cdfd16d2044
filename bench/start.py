"""The second start of ``manage.py up``: what a person waits for who starts it again.

In an installation of its own, with embedded servers, in a temporary folder. The limit is wall time; the CPU that all
processes took until the first page says what a machine with nothing else to do would need.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Line, at_most
from bench.setup import say

_PROJECT = Path(__file__).resolve().parent.parent
_WITHIN = 900
_LIMIT = 5
_TICKS = os.sysconf("SC_CLK_TCK")


def measure() -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="crm-") as folder:
        Path(folder).chmod(0o755)
        var = Path(folder) / "var"
        first = _start(var)
        say(f"first start: {first[0]:.1f} s, {first[1]:.1f} s of CPU")
        wall, cpu = _start(var)
    yield at_most("second start to the first page", wall, _LIMIT, f"{wall:.1f} s, {cpu:.1f} s of CPU", " s")


def _start(var: Path) -> tuple[float, float]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    begun = time.monotonic()
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)],
        cwd=_PROJECT,
        env={**kept, "VAR_DIR": str(var)},
        stdout=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if up.poll() is not None or time.monotonic() - begun > _WITHIN:
                raise RuntimeError("the product does not start")
            time.sleep(0.05)
        return time.monotonic() - begun, _cpu_seconds(str(var), up.pid)
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(60)


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request("GET", "/account/login/", headers={"Host": "localhost"})
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def _cpu_seconds(var: str, pid: int) -> float:
    """Of all processes of the installation: who names its folder, and their children, ended ones included."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    ours = {pid}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            values = (folder / "stat").read_text().rpartition(")")[2].split()
            named = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        number = int(folder.name)
        parents[number], spent[number] = int(values[1]), sum(map(int, values[11:15]))
        if var.encode() in named:
            ours.add(number)
    found = {number for number in parents if _descends(number, ours, parents)}
    return sum(spent[number] for number in found) / _TICKS


def _descends(number: int, ours: set[int], parents: dict[int, int]) -> bool:
    while number > 1:
        if number in ours:
            return True
        number = parents.get(number, 0)
    return False

"""Children that die with their parent, and are started again when they die first.

PR_SET_PDEATHSIG fires when the *thread* that forked ends: call ``spawn`` from the main thread only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from accounting_crm.embedded.installation import Account

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522
_FOREIGN = ("LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LD_PRELOAD")
_LONGEST_PAUSE = 30.0
_STEADY_AFTER = 60.0


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone
        print(time.strftime("%H:%M:%S"), text, flush=True)  # noqa: T201


def clean_environment(**more: str) -> dict[str, str]:
    """Without what would lead a server or its clients astray."""
    kept = {
        name: value for name, value in os.environ.items() if name not in _FOREIGN and not name.startswith(("PG", "LC_"))
    }
    return {**kept, "LC_ALL": "C", **more}


def _search_capability() -> int:
    """The smaller of the two that let a process pass closed directories; containers often grant the larger only."""
    with Path("/proc/self/status").open(encoding="ascii") as file:
        permitted = next(int(line.split()[1], 16) for line in file if line.startswith("CapPrm:"))
    return _CAP_DAC_READ_SEARCH if permitted & 1 << _CAP_DAC_READ_SEARCH else _CAP_DAC_OVERRIDE


def _keep_capability(number: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << number
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _LIBC.capset(header, data)
    _LIBC.prctl(_PR_CAP_AMBIENT, _RAISE, number, 0, 0)


def _become(account: Account, capability: int) -> None:
    if account.keeps_search:
        _LIBC.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if account.keeps_search:
        _keep_capability(capability)


def before_exec(death_signal: signal.Signals, account: Account | None) -> Callable[[], None]:
    parent = os.getpid()
    capability = _search_capability() if account and account.keeps_search else 0

    def prepare() -> None:
        if account:
            _become(account, capability)
        if sys.platform == "linux":  # after setuid, which would clear it
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])

    return prepare


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    death_signal: signal.Signals,
    account: Account | None,
    environment: Mapping[str, str],
    folder: Path = Path("/"),
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Starts it in a session of its own (signals of the terminal are not for it), its output added to ``log``."""
    with log.open("ab") as output:
        if account:
            os.chown(log, account.uid, account.gid)
        return subprocess.Popen(  # noqa: S603  # programs of our own environment
            [os.fspath(part) for part in argv],
            stdin=stdin,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=before_exec(death_signal, account),  # noqa: PLW1509  # one thread only
        )


def kill_session(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class Child:
    """One process that shall live: ``look`` starts it, and again after it died, with growing pauses."""

    def __init__(
        self,
        name: str,
        start: Callable[[], subprocess.Popen[bytes]],
        stop_signal: signal.Signals,
        *,
        longest_pause: float = _LONGEST_PAUSE,
    ) -> None:
        self.name = name
        self._longest_pause = longest_pause
        self.process: subprocess.Popen[bytes] | None = None
        self._start = start
        self._stop_signal = stop_signal
        self._failures = 0
        self._not_before = 0.0
        self._since = 0.0

    def look(self) -> None:
        now = time.monotonic()
        if self.process and (code := self.process.poll()) is not None:
            kill_session(self.process.pid)
            self.process = None
            if now - self._since > _STEADY_AFTER:
                self._failures = 0
            say(f"{self.name} ended with {code}, starts again in {self._pause(now):.0f} s")
        if not self.process and now >= self._not_before:
            try:
                self.process, self._since = self._start(), now
            except OSError as error:
                say(f"{self.name} can't be started: {error}; next try in {self._pause(now):.0f} s")

    def _pause(self, now: float) -> float:
        pause = min(2.0**self._failures, self._longest_pause)
        self._failures += 1
        self._not_before = now + pause
        return pause

    def ask_to_stop(self, with_signal: signal.Signals | None = None) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(with_signal or self._stop_signal)

    def has_ended(self, *, within: float) -> bool:
        if self.process is None:
            return True
        try:
            self.process.wait(max(0.01, within))
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self, *, within: float) -> None:
        """Waits, then kills what is left of its session."""
        if self.process is None:
            return
        if not self.has_ended(within=within):
            say(f"{self.name} does not end: killed")
        kill_session(self.process.pid)
        self.process.wait()
        self.process = None


def end_all(children: Sequence[Child], *, within: float) -> None:
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + within
    for child in children:
        child.end(within=deadline - time.monotonic())


def end_leftovers(folder: Path, program: str, with_signal: signal.Signals, *, patience: float = 8.0) -> None:
    """Waits until no process of that program has ``folder`` as its own; asks first, kills in the end."""
    deadline = time.monotonic() + patience
    asked = False
    while left := _living_in(folder, program):
        late = time.monotonic() > deadline
        if late or not asked:
            for pid in left:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL if late else with_signal)
            asked = True
        time.sleep(0.1)


def _living_in(folder: Path, program: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").samefile(folder) and (entry / "exe").readlink().name.startswith(program):
                found.append(int(entry.name))
    return found

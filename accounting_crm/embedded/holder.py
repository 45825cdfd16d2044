"""The detached process that keeps the servers running while somebody uses them, and how to become such a somebody."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from accounting_crm.embedded import postgres, valkey
from accounting_crm.embedded.installation import PROJECT, EmbeddedError, Installation
from accounting_crm.embedded.locks import Lock, is_locked
from accounting_crm.embedded.processes import Child, end_all, say

_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_LONGEST_PAUSE = 3.0
_READY = "ready"

# Kept for the life of this process: the locks that count it as a user, and the holders it began.
_used: dict[Path, Lock] = {}
_begun: list[int] = []


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which servers are ours to run; ``fast`` gives up durability, for tests."""

    postgres: bool = True
    valkey: bool = True
    fast: bool = False

    def words(self) -> list[str]:
        return [name for name in self.__slots__ if getattr(self, name)]

    @classmethod
    def of(cls, words: Sequence[str]) -> Wanted:
        return cls(**{name: name in words for name in cls.__slots__})

    def __bool__(self) -> bool:
        return self.postgres or self.valkey


def acquire(installation: Installation, wanted: Wanted) -> None:
    """Starts the servers unless they run; they stay until this process ends or releases them."""
    if installation.var in _used:
        return
    installation.prepare()
    users = installation.lock("users.lock", shared=True)
    try:
        with installation.lock("start.lock"):
            ensure_holder(installation, wanted)
    except BaseException:
        users.release()
        raise
    _used[installation.var] = users


def release(installation: Installation) -> None:
    if users := _used.pop(installation.var, None):
        users.release()


def holder_lives(installation: Installation) -> bool:
    return is_locked(installation.run / "holder.lock")


def ensure_holder(installation: Installation, wanted: Wanted) -> None:
    """The caller counts as a user already. Raises EmbeddedError with the reason when the servers don't come up."""
    if holder_lives(installation):
        return
    read, write = os.pipe()
    with (installation.logs / "holder.log").open("ab") as log:
        holder = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", __name__, str(installation.var), str(write), *wanted.words()],
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    os.close(write)
    _begun.append(holder.pid)
    holder.returncode = 0  # it may well outlive this process, and Popen shall not complain of that at the end
    with os.fdopen(read, encoding="utf-8", errors="replace") as answer:
        said = answer.read()
    if said != _READY:
        reason = said or f"see {installation.logs / 'holder.log'}"
        raise EmbeddedError(f"the embedded servers did not start: {reason}")


def wait_until_stopped(installation: Installation, *, within: float) -> bool:
    """After ``release``: False when others still use the servers, or they take longer."""
    deadline = time.monotonic() + within
    undecided = time.monotonic() + 1.5
    while holder_lives(installation):
        if time.monotonic() > undecided and not is_locked(installation.run / "users.lock", shared=True):
            return False
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    while _begun:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(_begun.pop(), os.WNOHANG)
    return True


def hold(installation: Installation, wanted: Wanted, tell: Callable[[str], None]) -> None:
    """Runs until nobody uses the servers, or SIGTERM."""
    stop: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        stop.append(number)

    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, on_signal)
    try:
        mine = installation.lock("holder.lock", wait=False)
    except BlockingIOError:
        tell("another process is starting them")
        return
    children = _children(installation, wanted)
    last: Lock | None = None
    try:
        _bring_up(installation, wanted, children)
        tell(_READY)
        last = _watch(installation, children, stop)
    except (EmbeddedError, OSError) as error:
        tell(str(error))
        say(str(error))
    end_all(children, within=_STOP_SECONDS)
    mine.release()
    if last:
        last.release()


def _watch(installation: Installation, children: Sequence[Child], stop: Sequence[int]) -> Lock | None:
    """Until nobody is left; answers the lock that keeps new users waiting while the servers stop."""
    while not stop:
        for child in children:
            child.look()
        with contextlib.suppress(BlockingIOError):
            return installation.lock("users.lock", wait=False)
        time.sleep(0.5)
    return None


def _server(name: str, start: Callable[[], subprocess.Popen[bytes]], stop_signal: signal.Signals) -> Child:
    """Everybody waits for a server: it is tried again soon, however often it died."""
    return Child(name, start, stop_signal, longest_pause=_LONGEST_PAUSE)


def _children(installation: Installation, wanted: Wanted) -> list[Child]:
    children = []
    if wanted.postgres:
        children.append(_server("postgres", lambda: postgres.start(installation, fast=wanted.fast), signal.SIGINT))
    if wanted.valkey:
        children.append(_server("valkey", lambda: valkey.start(installation, fast=wanted.fast), signal.SIGTERM))
    return children


def _bring_up(installation: Installation, wanted: Wanted, children: list[Child]) -> None:
    if wanted.postgres and not (installation.postgres_data / "PG_VERSION").exists():
        postgres.create(installation)
    waiting = [
        is_ready
        for is_ready, is_wanted in ((postgres.is_ready, wanted.postgres), (valkey.is_ready, wanted.valkey))
        if is_wanted
    ]
    deadline = time.monotonic() + _START_SECONDS
    while waiting:
        for child in children:
            child.look()
        waiting = [is_ready for is_ready in waiting if not is_ready(installation)]
        if waiting and time.monotonic() > deadline:
            raise EmbeddedError(f"not ready after {_START_SECONDS:.0f} s, see {installation.logs}")
        time.sleep(0.05 if waiting else 0)
    if wanted.postgres:
        postgres.provide(installation)


def main(arguments: Sequence[str]) -> None:
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    channel = int(arguments[1])
    os.set_inheritable(channel, False)

    def tell(text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(channel, text.encode()[:4000])
            os.close(channel)

    hold(Installation(Path(arguments[0])), Wanted.of(arguments[2:]), tell)


if __name__ == "__main__":
    main(sys.argv[1:])

"""One installation: the directory that holds all its state, whom it belongs to, where its sockets and secrets are."""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from accounting_crm.embedded.locks import Lock

PROJECT = Path(__file__).resolve().parent.parent.parent
# Root may not run PostgreSQL. Where the state belongs to nobody else, this bare number owns it.
SERVICE_UID = 64711
# Of the state's directory while initdb works under a borrowed name: another process that starts meanwhile leaves it open.
PASSABLE = 0o711
# sun_path holds 108 bytes with the closing zero.
_LONGEST_SOCKET = 107
_SECRETS = "secrets.json"
# What may lie there before the secrets do: servers of others, static files, tests.
_OURS = frozenset(
    {
        f"{_SECRETS}.new",
        "run",
        "log",
        "media",
        "static",
        "postgres",
        "valkey",
        "test",
        "bench",
        "demo_logins.json",
        "lost+found",
    }
)
_SOCKET_NAME = ".s.PGSQL.5432"


class EmbeddedError(Exception):
    """The servers can't be started; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a process started by root becomes. ``keeps_search``: it must still pass directories closed to it."""

    uid: int
    gid: int
    keeps_search: bool


@dataclass(frozen=True, slots=True)
class Secrets:
    superuser: str
    application: str
    valkey: str
    django: str


def _closed_to(uid: int, path: Path) -> bool:
    """Whether ``uid`` is kept from ``path`` by one of the directories on the way, going by the plain mode bits."""
    for folder in [path, *path.parents]:
        try:
            state = folder.stat()
        except OSError:
            return True
        if not state.st_mode & (stat.S_IXUSR if state.st_uid == uid else stat.S_IXOTH):
            return True
    return False


class Installation:
    def __init__(self, var: Path) -> None:
        self.var = var.absolute()
        self.run = self.var / "run"
        self.logs = self.var / "log"
        self.postgres_data = self.var / "postgres"
        self.valkey_data = self.var / "valkey"

    def __repr__(self) -> str:
        return f"Installation({str(self.var)!r})"

    def prepare(self) -> None:
        """Makes the directories; refuses one that belongs to somebody else."""
        if not self.var.exists():
            try:
                self.var.mkdir(mode=0o700, parents=True)
            except OSError as error:
                raise EmbeddedError(f"VAR_DIR {self.var} can't be made: {error.strerror}") from error
            parent = self.var.parent.stat()
            if os.geteuid() == 0 and parent.st_uid:
                os.chown(self.var, parent.st_uid, parent.st_gid)
        self._check_is_ours()
        owner = self.var.stat().st_uid
        if os.geteuid() not in {0, owner}:
            raise EmbeddedError(
                f"VAR_DIR {self.var} belongs to user {owner}, you are user {os.geteuid()}: start as its owner, as root,"
                " or set VAR_DIR to a directory of your own"
            )
        self.give(self.var)
        if stat.S_IMODE(self.var.stat().st_mode) != PASSABLE:
            self.var.chmod(0o700)
        for folder in (self.run, self.logs, self.valkey_data, self.var / "media"):
            folder.mkdir(mode=0o700, exist_ok=True)
            self.give(folder)

    def _check_is_ours(self) -> None:
        """What was put here by others keeps its owner and its mode."""
        if not self.var.is_dir():
            raise EmbeddedError(f"VAR_DIR {self.var} is no directory")
        try:
            found = {entry.name for entry in self.var.iterdir()}
        except OSError as error:
            raise EmbeddedError(f"VAR_DIR {self.var} can't be read: {error.strerror}") from error
        if found - _OURS and _SECRETS not in found:
            raise EmbeddedError(f"VAR_DIR {self.var} holds other files: set VAR_DIR to a new or an empty directory")

    @cached_property
    def account(self) -> Account | None:
        """Whom servers and application run as; None when that is whoever started us."""
        if os.geteuid():
            return None
        state = self.var.stat()
        uid, gid = (state.st_uid, state.st_gid) if state.st_uid else (SERVICE_UID, SERVICE_UID)
        wanted = [self.var, PROJECT, Path(sys.prefix), Path(os.path.realpath(sys.executable)).parent]
        wanted.append(Path(sysconfig.get_path("purelib")))
        return Account(uid, gid, keeps_search=any(_closed_to(uid, path) for path in wanted))

    def give(self, path: Path) -> None:
        """Root hands what it made to the owner of the state."""
        if os.geteuid() == 0:
            state = self.var.stat()
            owner, group = (state.st_uid, state.st_gid) if state.st_uid else (SERVICE_UID, SERVICE_UID)
            os.chown(path, owner, group, follow_symlinks=False)

    def lock(self, name: str, *, shared: bool = False, wait: bool = True) -> Lock:
        lock = Lock(self.run / name, shared=shared, wait=wait)
        self.give(self.run / name)
        return lock

    @cached_property
    def secrets(self) -> Secrets:
        path = self.var / _SECRETS
        with self.lock("secrets.lock"):
            if not path.exists():
                self._write(path, json.dumps({name: secrets.token_urlsafe(48) for name in Secrets.__slots__}))
            try:
                return Secrets(**json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError) as error:
                raise EmbeddedError(
                    f"{path} is damaged: put back a copy, or delete {self.var} to begin anew"
                ) from error

    @cached_property
    def sockets(self) -> Path:
        """``run/``, or a short private directory remembered there when the path is too long for a socket."""
        longest = os.fsencode(self.run / f"{_SOCKET_NAME}.lock")
        if len(longest) <= _LONGEST_SOCKET and "," not in str(self.run):
            return self.run
        reference = self.run / "sockets"
        with self.lock("secrets.lock"):
            if reference.exists():
                kept = Path(reference.read_text(encoding="utf-8"))
                if self._is_private(kept):
                    return kept
            made = Path(tempfile.mkdtemp(prefix="crm-"))
            self.give(made)
            self._write(reference, str(made))
            return made

    def _is_private(self, path: Path) -> bool:
        try:
            state = path.lstat()
        except OSError:
            return False
        owner = self.account.uid if self.account else os.geteuid()
        return stat.S_ISDIR(state.st_mode) and state.st_uid == owner and not state.st_mode & 0o077

    def _write(self, path: Path, text: str) -> None:
        temporary = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.give(temporary)
        temporary.replace(path)

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def database(self) -> dict[str, object]:
        """Django's settings of the embedded database."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "app",
            "USER": "app",
            "PASSWORD": self.secrets.application,
            "HOST": str(self.sockets),
            "PORT": "5432",
            "OPTIONS": {"sslmode": "disable", "gssencmode": "disable"},
        }

    @property
    def broker_url(self) -> str:
        password = quote(self.secrets.valkey, safe="")
        return f"redis+socket://:{password}@{quote(str(self.valkey_socket))}?virtual_host=0"

    @property
    def cache_url(self) -> str:
        password = quote(self.secrets.valkey, safe="")
        return f"unix://:{password}@{quote(str(self.valkey_socket))}?db=1"

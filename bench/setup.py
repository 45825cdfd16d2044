"""Starts Django on a database of its own, beside the configured one; it is kept between runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.middleware import LEAN_BACKEND

PROJECT = Path(__file__).resolve().parent.parent
FILLING = 2  # another number fills anew

#: What docs/operations.md advises for a department of this size; unless the servers run already.
SIZES = "shared_buffers=512MB effective_cache_size=2GB maintenance_work_mem=256MB max_wal_size=2GB"


def open_product(size: int, name: str) -> None:
    """After this, models may be imported. Creates, migrates and fills what is missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("EMBEDDED_POSTGRES", SIZES)
    from accounting_crm.servers import ensure_servers

    say(f"Bench: servers and database {name}")
    ensure_servers()
    # Before Django is up: a catalogue that is not compiled yet would leave some words English and the pages lighter.
    subprocess.run(
        [sys.executable, "manage.py", "catalogue", "--compile"], cwd=PROJECT, check=True, capture_output=True
    )
    import django
    from django.conf import settings

    _create_database(settings.DATABASES["default"], name)
    use_database(name)
    django.setup()
    _bring_up_to_date()
    from bench import generate, lean

    generate.fill(size)
    lean.create_tables()


def use_database(name: str) -> None:
    """Before Django is set up: the settings of everything that is measured."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    database["NAME"] = name
    # One process per statement, so that its CPU time can be read; the same for everything that is compared.
    database["OPTIONS"]["options"] += " -c max_parallel_workers_per_gather=0"
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, LEAN_BACKEND]
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "localhost"]
    settings.MEDIA_ROOT = Path(tempfile.gettempdir()) / "bench-media"


def _create_database(database: dict[str, object], name: str) -> None:
    """One that an older generator filled, or one that was left half way, gives place to a new one."""
    with _open(database, str(database["NAME"])) as server:
        server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if server.fetchone():
            if _is_filled(database, name):
                return
            say(f"{name} was filled otherwise or not to the end: dropped")
            server.execute(f'DROP DATABASE "{name}"')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    with _open(database, name) as fresh:
        fresh.execute("CREATE TABLE bench_filling (number integer)")


def _is_filled(database: dict[str, object], name: str) -> bool:
    with _open(database, name) as present:
        present.execute("SELECT to_regclass('bench_filling') IS NOT NULL")
        if present.fetchone() != (True,):
            raise SystemExit(f"{name} is not a database of the bench: name another one")
        present.execute("SELECT 1 FROM bench_filling WHERE number = %s", [FILLING])
        return present.fetchone() is not None


@contextmanager
def _open(database: dict[str, object], name: str) -> Iterator[Any]:
    import psycopg2  # type: ignore[import-untyped]

    connection = psycopg2.connect(
        dbname=name,
        user=database.get("USER") or None,
        password=database.get("PASSWORD") or None,
        host=database.get("HOST") or None,
        port=database.get("PORT") or None,
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _bring_up_to_date() -> None:
    from accounting_crm.prepare import collect_static, migrate

    migrate()
    collect_static()


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()

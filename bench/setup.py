"""Starts Django on a database of its own, beside the configured one; it is kept between runs."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def open_product(size: int, name: str) -> None:
    """After this, models may be imported. Creates, migrates and fills what is missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("DJANGO_PGSERVER_QUIET", "1")
    from accounting_crm.servers import ensure_servers

    ensure_servers()
    import django
    from django.conf import settings

    _create_database(settings.DATABASES["default"], name)
    use_database(name)
    django.setup()
    _bring_up_to_date()
    from bench import generate

    generate.fill(size)


def use_database(name: str) -> None:
    """Before Django is set up: the settings of everything that is measured."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    database["NAME"] = name
    # One process per statement, so that its CPU time can be read; the same for everything that is compared.
    database["OPTIONS"]["options"] += " -c max_parallel_workers_per_gather=0"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "localhost"]
    settings.MEDIA_ROOT = Path(tempfile.gettempdir()) / "bench-media"


def _create_database(database: dict[str, object], name: str) -> None:
    import psycopg2  # type: ignore[import-untyped]

    connection = psycopg2.connect(
        dbname=database["NAME"],
        user=database.get("USER") or None,
        password=database.get("PASSWORD") or None,
        host=database.get("HOST") or None,
        port=database.get("PORT") or None,
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    connection.close()


def _bring_up_to_date() -> None:
    from django.core.management import call_command

    from accounting_crm.prepare import collect_static, migrate

    migrate()
    collect_static()
    call_command("catalogue", compile=True, verbosity=0)


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()

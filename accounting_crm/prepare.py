"""Brings the database and the static files to the state of the code; run by ``up`` before it starts the web server.

``python -m accounting_crm.prepare [--demo]`` prints one log-in per role, if there is a demo.
"""

from __future__ import annotations

import hashlib
import os
import sys
from io import StringIO
from pathlib import Path

import django

from accounting_crm.gate import wait_until_told

_MIGRATION_LOCK = 5_218


def migrate() -> None:
    """Hosts that start together take turns."""
    from django.core.management import call_command
    from django.db import connection

    from accounting_crm.pending import pending_migrations

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        if pending_migrations():
            call_command("migrate", verbosity=0, interactive=False)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


def _fingerprint(project: Path) -> str:
    """Changes when a static file of ours or a pinned package does."""
    digest = hashlib.sha256(
        (project / "requirements.txt").read_bytes() + (project / "accounting_crm" / "apps.py").read_bytes()
    )
    for path in sorted((project / "static").rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(project)).encode() + path.read_bytes())
    return digest.hexdigest()


def collect_static() -> bool:
    """Answers whether there was anything to do."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = settings.STATIC_ROOT / ".fingerprint"
    wanted = _fingerprint(settings.BASE_DIR)
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(wanted)
    return True


def load_demo() -> bool:
    """Only into a system nobody has begun to use."""
    from django.core.management import call_command, get_commands

    from staff.models import User

    if User.objects.exists() or "demo" not in get_commands():
        return False
    call_command("demo", size="small", stdout=StringIO())  # the log-ins are told once the pages answer
    return True


def log_ins() -> list[str]:
    from core.demo import demo_logins
    from staff.models import User

    logins = [f"  {login.role}: {login.username} / {login.password}" for login in demo_logins()]
    if logins or User.objects.exists():
        return logins
    return ["  nobody can log in yet: manage.py createsuperuser"]


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")
    django.setup()
    wait_until_told()
    from django.core.management.base import CommandError, SystemCheckError
    from django.db import InterfaceError, OperationalError

    try:
        migrate()
        collect_static()
        if "--demo" in arguments:
            load_demo()
        sys.stdout.write("\n".join(log_ins()))
    except (CommandError, SystemCheckError, OperationalError, InterfaceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What stands behind ``manage.py``: servers first, then the command; a user's mistake is one line, not a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# They start nothing, or their own.
_WITHOUT_SERVERS = frozenset(
    {
        "help",
        "version",
        "--help",
        "-h",
        "--version",
        "up",
        "catalogue",
        "collectstatic",
        "compilemessages",
        "findstatic",
    }
)
# PostgreSQL's words for a table and for a column that is not there.
_MISSING = frozenset({"42P01", "42703"})
FAILED, WRONG_USAGE = 1, 2


def needs_servers(arguments: Sequence[str]) -> bool:
    return bool(arguments) and arguments[0] not in _WITHOUT_SERVERS and not {"--help", "-h"} & set(arguments)


def _fail(text: object, *, code: int = FAILED) -> int:
    line = " ".join(str(text).split())
    sys.stderr.write(f"manage.py: {line}\n")
    return code


def _is_unknown(arguments: Sequence[str]) -> bool:
    import django
    from django.core.management import get_commands

    if not arguments or arguments[0].startswith("-") or arguments[0] in _WITHOUT_SERVERS:
        return False
    django.setup()
    return arguments[0] not in get_commands()


def _run(arguments: Sequence[str]) -> int:
    from django.core.management import execute_from_command_line

    from accounting_crm.management.commands import up
    from accounting_crm.servers import ensure_servers

    if list(arguments[:1]) == ["up"]:  # it looks after others, who load the product themselves: no models here
        up.Command().run_from_argv(["manage.py", *arguments])
        return 0
    if _is_unknown(arguments):
        return _fail(f"unknown command {arguments[0]!r}; manage.py help lists them", code=WRONG_USAGE)
    if needs_servers(arguments):
        ensure_servers()
    execute_from_command_line(["manage.py", *arguments])
    return 0


def main(arguments: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.db import InterfaceError, OperationalError, ProgrammingError

    from accounting_crm.embedded.installation import EmbeddedError

    try:
        return _run(arguments)
    except (ImproperlyConfigured, EmbeddedError) as error:
        return _fail(error)
    except (OperationalError, InterfaceError) as error:
        return _fail(f"the database does not answer: {error}")
    except ProgrammingError as error:
        if getattr(error.__cause__, "pgcode", "") not in _MISSING:
            raise
        return _fail("the database is behind the code: run manage.py migrate (manage.py up does it by itself)")
    except KeyboardInterrupt:
        return 130

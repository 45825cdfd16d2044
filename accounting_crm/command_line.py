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
FAILED = 1


def needs_servers(arguments: Sequence[str]) -> bool:
    return bool(arguments) and arguments[0] not in _WITHOUT_SERVERS and not {"--help", "-h"} & set(arguments)


def _fail(text: object) -> int:
    line = " ".join(str(text).split())
    sys.stderr.write(f"manage.py: {line}\n")
    return FAILED


def main(arguments: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import InterfaceError, OperationalError

    from accounting_crm.embedded.installation import EmbeddedError
    from accounting_crm.servers import ensure_servers

    try:
        if needs_servers(arguments):
            ensure_servers()
        execute_from_command_line(["manage.py", *arguments])
    except (ImproperlyConfigured, EmbeddedError) as error:
        return _fail(error)
    except (OperationalError, InterfaceError) as error:
        return _fail(f"the database does not answer: {error}")
    except KeyboardInterrupt:
        return 130
    return 0

"""Checks of the database that any installation is given, embedded or not."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def check_text(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_options: object
) -> list[CheckMessage]:
    """Search, unique names and sorting need a database that knows Cyrillic letters."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT lower('Ж'), current_setting('server_encoding')")
            lower, encoding = cursor.fetchone()
        if encoding != "UTF8" or lower != "ж":
            found.append(
                Error(
                    f"The database {alias!r} (encoding {encoding}) does not know Cyrillic: lower('Ж') is {lower!r}.",
                    hint="CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin"
                    " BUILTIN_LOCALE 'C.UTF-8', or a UTF-8 locale of the system.",
                    id="accounting_crm.E001",
                )
            )
    return found

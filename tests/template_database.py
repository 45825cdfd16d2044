"""The database of the tests: migrated once for a state of the schema, copied from then on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from tests.measuring import unmeasured
from tests.put_back import KEPT, put_back_by_copies

ROOT = Path(__file__).resolve().parent.parent
#: Whatever decides how the migrated database looks.
SOURCES = (
    "requirements.txt",
    "tests/put_back.py",
    "accounting_crm/settings.py",
    "*/apps.py",
    "*/models.py",
    "*/models/**/*.py",
)
MIGRATIONS = "*/migrations/**/*.py"


def _digest(*texts: bytes) -> str:
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:12]


def _family() -> str:
    """Templates of other copies of this project on the same server are none of our business."""
    return f"template_{_digest(str(ROOT).encode())}_"


def template_name() -> str:
    paths = sorted({path for pattern in (*SOURCES, MIGRATIONS) for path in ROOT.glob(pattern)})
    return _family() + _digest(
        settings.TIME_ZONE.encode(), *(str(path.relative_to(ROOT)).encode() + path.read_bytes() for path in paths)
    )


def use_template() -> None:
    """Every test database made after this is a copy; the first worker makes the template, the others wait for it."""
    name = template_name()
    with connection.creation._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [_family()])
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_family()])
        present = {row[0] for row in cursor.fetchall()}
        if name not in present:
            for stale in present:
                cursor.execute(f'DROP DATABASE IF EXISTS "{stale}"')
            with unmeasured():
                _make(cursor, name)
        cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [_family()])
    settings.DATABASES["default"]["TEST"]["TEMPLATE"] = connection.settings_dict["TEST"]["TEMPLATE"] = name
    creation: Any = type(connection.creation)
    creation.create_test_db = _create_copy
    put_back_by_copies(connection)


def _make(cursor: Any, name: str) -> None:
    """Under another name until it is whole: a run that is killed leaves nothing half-made."""
    fresh = f"{name}_new"
    with _named(fresh):
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        with connection.cursor() as inside:
            inside.execute(KEPT)
        connection.close()
    cursor.execute(f'ALTER DATABASE "{fresh}" RENAME TO "{name}"')


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Django renames the connection to the test database it has made: undone here."""
    own, test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    try:
        yield
    finally:
        connection.settings_dict["TEST"]["NAME"] = test
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = own


def _create_copy(
    self: Any, *, verbosity: int = 1, autoclobber: bool = False, serialize: bool = True, keepdb: bool = False
) -> str:
    """Django's own ``create_test_db`` without the migrations."""
    name: str = self._create_test_db(verbosity, autoclobber, keepdb)
    self.connection.close()
    settings.DATABASES[self.connection.alias]["NAME"] = self.connection.settings_dict["NAME"] = name
    self.connection.ensure_connection()
    return name

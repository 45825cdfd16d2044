"""How each kind of file gets from the staging table into the product: checks, main rows, what hangs on them.

A check is SQL that is true of a staged row ``s`` that must stay out. Checks run once per file, in order;
``before`` and ``after`` run per chunk inside the chunk's transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.enums import Source
from interchange.staging import TABLE
from interchange.upserts import Target

Present = frozenset[str]


@dataclass(frozen=True, slots=True)
class Check:
    column: str
    reason: str | Promise
    condition: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a hook needs to know of the part it works on."""

    run_id: int
    present: Present
    first: int
    last: int
    now: datetime
    fallback_owner_id: int | None


Hook = Callable[[Chunk], None]


def _nothing(_chunk: Chunk) -> None:
    return


@dataclass(frozen=True, slots=True)
class Loader:
    target: Callable[[Present], Target]
    checks: tuple[Check, ...] = ()
    before: Hook = _nothing
    after: Hook = _nothing


def run_sql(statement: str, *parameters: str | int | datetime | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def only(present: Present, values: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Columns of the file → {database column: SQL}; what the file does not have is not touched."""
    return {column: sql for name, (column, sql) in values.items() if name in present}


IMPORTED = {"source": f"'{Source.IMPORT.value}'"}
UNKNOWN_CLIENT = Check(
    "client_external_id",
    _("there is no client with this external_id"),
    "NOT EXISTS (SELECT FROM clients_client c WHERE c.external_id = s.client_external_id)",
)
CLIENT = "JOIN clients_client c ON c.external_id = s.client_external_id"


def ensure_names(column: str, table: str, chunk: Chunk) -> None:
    run_sql(
        f"INSERT INTO {table} (name) SELECT DISTINCT s.{column} FROM {TABLE} s"
        f" WHERE s.{column} IS NOT NULL AND s.ordinal BETWEEN %s AND %s ON CONFLICT (name) DO NOTHING",
        chunk.first,
        chunk.last,
    )


def note_changed(chunk: Chunk, column: str, wanted: str, kind: str) -> None:
    """Rows whose links will differ, into a temporary table; what they had is kept for undoing."""
    run_sql(
        "CREATE TEMPORARY TABLE IF NOT EXISTS interchange_changed (object_id bigint PRIMARY KEY, before jsonb NOT NULL)"
    )
    run_sql("DELETE FROM interchange_changed")
    if column not in chunk.present:
        return
    run_sql(
        "INSERT INTO interchange_changed SELECT w.object_id, w.before"
        f" FROM ({wanted} WHERE s.ordinal BETWEEN %s AND %s) w WHERE w.before <> w.wanted",
        chunk.first,
        chunk.last,
    )
    run_sql(
        "INSERT INTO interchange_importedlinks (run_id, kind, object_id, before)"
        " SELECT %s, %s, object_id, before FROM interchange_changed ON CONFLICT DO NOTHING",
        chunk.run_id,
        kind,
    )

"""Kept counts of refusals by reason and of campaigns by stage: what triggers wrote is added up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

_LOCK = 7_301_019  # one sum at a time
_ADD_UP = """
WITH changed AS MATERIALIZED (SELECT DISTINCT {cell} FROM {table} WHERE fresh), gone AS (
    DELETE FROM {table} t USING changed s WHERE {same} RETURNING t.*
)
INSERT INTO {table} ({cell}, {numbers}, fresh) SELECT {cell}, {sums}, false FROM gone GROUP BY {cell} HAVING {left}
"""


def _add_up(table: str, cell: tuple[str, ...], numbers: tuple[str, ...], *, nullable: str = "") -> str:
    same = (f"t.{name} {'IS NOT DISTINCT FROM' if name == nullable else '='} s.{name}" for name in cell)
    return _ADD_UP.format(
        table=table,
        cell=", ".join(cell),
        numbers=", ".join(numbers),
        same=" AND ".join(same),
        sums=", ".join(f"sum({name})" for name in numbers),
        left=" OR ".join(f"sum({name}) <> 0" for name in numbers),
    )


_REASONS = ("owner_id", "month", "stated_reason_id", "established_reason_id", "withdrawn")
_TABLES = {
    "retention_reasontally": _add_up(
        "retention_reasontally", _REASONS, ("number", "monthly_value"), nullable="established_reason_id"
    ),
    "retention_campaigntally": _add_up("retention_campaigntally", ("campaign_id", "stage", "outcome"), ("number",)),
}


def add_up_leaving(*, now: datetime, everything: bool = False) -> Mapping[str, int]:
    """The sweep. What commits meanwhile stays for the next one; a reader sees the rows or their sum."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if everything:
            cursor.execute("SELECT retention_count_leaving()")
            return {"changed": len(_TABLES)}
        changed = [table for table in _TABLES if _is_fresh(cursor, table)]
        for table in changed:
            cursor.execute(_TABLES[table])
    return {"changed": len(changed)}


def _is_fresh(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT FROM {table} WHERE fresh)")  # noqa: S608 - constants only
    return bool(cursor.fetchone()[0])

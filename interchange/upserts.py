"""One ``INSERT … SELECT … ON CONFLICT DO UPDATE`` from the staging table into a model's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from interchange.staging import TABLE


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows go. ``values`` maps a database column to SQL over the staging row ``s`` and the joined tables.

    ``constants`` are written on creation only; what neither names takes the model's own default.
    ``also_changed`` is a condition that counts a row as changed though its own columns are equal.
    """

    model: type[models.Model]
    key: str
    values: Mapping[str, str]
    constants: Mapping[str, str]
    joins: str = ""
    also_changed: str = "false"
    beside: tuple[str, ...] = ()  # further columns of the key


@dataclass(frozen=True, slots=True)
class Written:
    created: int
    changed: int


def _default_values(target: Target, now: datetime) -> dict[str, Any]:
    """Columns without a value from the file: PostgreSQL holds no defaults, the model does."""
    values: dict[str, Any] = {}
    for field in target.model._meta.concrete_fields:
        column = field.column
        if isinstance(field, models.AutoField | models.GeneratedField):
            continue
        if column in target.values or column in target.constants:
            continue
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            values[column] = now
        elif field.has_default() or not field.null:
            values[column] = field.get_db_prep_save(field.get_default(), connection)
    return values


def upsert(target: Target, *, first: int, last: int, now: datetime) -> Written:
    """Writes the staged rows with ``first ≤ ordinal ≤ last``; a row equal to what is stored is left alone."""
    table = target.model._meta.db_table
    defaults = _default_values(target, now)
    fresh = {**target.values, **target.constants}
    columns = [*fresh, *defaults]
    selected = [*fresh.values(), *["%s"] * len(defaults)]
    keys = (target.key, *target.beside)
    updated = [column for column in target.values if column not in keys]
    mine = ", ".join(f'{table}."{column}"' for column in updated)
    theirs = ", ".join(f'EXCLUDED."{column}"' for column in updated)
    names = {field.column for field in target.model._meta.concrete_fields}
    touch = [f'"{column}" = EXCLUDED."{column}"' for column in updated]
    touch += [f'"version" = {table}."version" + 1'] if "version" in names else []
    touch += ['"updated_at" = EXCLUDED."updated_at"'] if "updated_at" in names else []
    statement = f"""
        WITH written AS (
            INSERT INTO {table} ({", ".join(f'"{column}"' for column in columns)})
            SELECT {", ".join(selected)} FROM {TABLE} s {target.joins}
            WHERE s.ordinal BETWEEN %s AND %s
            ON CONFLICT ({", ".join(f'"{column}"' for column in keys)}) DO UPDATE SET {", ".join(touch)}
            WHERE ({mine}) IS DISTINCT FROM ({theirs}) OR {target.also_changed}
            RETURNING xmax = 0 AS created
        )
        SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created) FROM written
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [*defaults.values(), first, last])
        created, changed = cursor.fetchone()
    return Written(created, changed)

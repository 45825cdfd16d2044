"""Statements that PostgreSQL parses and plans once per connection."""

from __future__ import annotations

from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

#: How a prepared question begins; it only reads, so the audit need not be told who asks.
QUESTION = "fixed_question_"
WRITE = "fixed_write_"
_ordinals = count(1)
#: What each connection was told already.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def new_name(kind: str) -> str:
    return f"{kind}{next(_ordinals)}"


def may_prepare() -> bool:
    """Not where a pool hands out another connection each time: Django's own setting for such a place says so."""
    return not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")


def prepare(name: str, statement: str) -> None:
    """Inside ``with connection.cursor()``. Not a question of its own: the database is told what the next one means."""
    line: Any = connection.connection
    known = _known.setdefault(line, set())
    if name not in known:
        with connection.wrap_database_errors, line.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {statement}")
        known.add(name)


def execute(name: str, number: int) -> str:
    """The statement that asks it with so many values."""
    return f"EXECUTE {name}({', '.join(['%s'] * number)})" if number else f"EXECUTE {name}"

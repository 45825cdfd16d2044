"""Statements that PostgreSQL parses and plans once per connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

#: How a prepared question begins; it only reads, so the audit need not be told who asks.
QUESTION = "fixed_question_"
WRITE = "fixed_write_"
_ordinals = count(1)
_VALUE = re.compile(r"%\((\w+)\)s")
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


class Asking:
    """A question in SQL with values by name: ``Asking("SELECT … WHERE day > %(day)s").rows({"day": today})``.

    For questions that every page of a kind asks, and whose plan does not hang on their values.
    """

    def __init__(self, sql: str) -> None:
        self.sql, self.name = sql, new_name(QUESTION)
        self.values = list(dict.fromkeys(_VALUE.findall(sql)))
        numbers = {value: f"${number}" for number, value in enumerate(self.values, 1)}
        self.told = _VALUE.sub(lambda found: numbers[found[1]], sql).replace("%%", "%")

    def rows(self, values: Mapping[str, Any] = MappingProxyType({})) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            if may_prepare():
                prepare(self.name, self.told)
                cursor.execute(execute(self.name, len(self.values)), [values[name] for name in self.values])
            else:
                cursor.execute(self.sql, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

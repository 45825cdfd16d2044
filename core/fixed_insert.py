"""Rows of one model written by a statement that the ORM compiles once per process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from types import NoneType
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SmallIntegerField,
    TextField,
)
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

from core.fixed import FixedQueryError
from core.prepared import WRITE, execute, may_prepare, new_name, prepare

M = TypeVar("M", bound=Model)
_FEW = 8  # rows of a statement that is worth keeping
_INSERT = re.compile(r"(INSERT .+ VALUES )(\(.+\))( (?:ON CONFLICT|RETURNING) .+)")
#: Values that reach the database as they are, by the class of their field; everything else is asked of the field.
_PLAIN: dict[type[Field[Any, Any]], frozenset[type]] = {
    **dict.fromkeys([CharField, TextField], frozenset({str, NoneType})),
    **dict.fromkeys([IntegerField, PositiveIntegerField, SmallIntegerField], frozenset({int, NoneType})),
    **dict.fromkeys([PositiveSmallIntegerField, BigIntegerField, ForeignKey], frozenset({int, NoneType})),
    BooleanField: frozenset({bool, NoneType}),
    DateField: frozenset({date, NoneType}),
    DateTimeField: frozenset({datetime, NoneType}),
    DecimalField: frozenset({Decimal, NoneType}),
}


def _plain(field: Any) -> frozenset[type]:
    """What ``auto_now`` fills in is asked of the field, too."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return frozenset()
    return _PLAIN.get(type(field), frozenset())


class FixedInsert(Generic[M]):
    """Writes rows of a model whose ``save`` does nothing of its own: every column, their keys read back.

    With ``unless_taken`` a row whose unique key exists already is not written, however many try at once: the second
    waits for the first one's transaction and is told ``False``. With ``keyed`` the rows have keys (``reserve_keys``).
    """

    def __init__(self, model: type[M], *, unless_taken: bool = False, keyed: bool = False) -> None:
        self._model = model
        self._keyed = keyed
        self._conflict = OnConflict.IGNORE if unless_taken else None
        self._head = self._row = self._tail = ""
        self._name = new_name(WRITE)
        self._told: dict[int, str] = {}
        self._fields: list[tuple[Any, str, frozenset[type]]] = []

    def write_all(self, rows: Sequence[M]) -> None:
        """One statement, however many there are."""
        if rows:
            write_together((self, rows))

    def write(self, row: M) -> bool:
        return write_together((self, [row]))

    def _statement(self, rows: Sequence[M]) -> tuple[str, list[Any]]:
        """Inside ``with connection.cursor()``."""
        if not self._head:
            self._compile(rows[0])
        values = [
            value
            if type(value := own[name]) in plain
            else field.get_db_prep_save(field.pre_save(row, True), connection)
            for row in rows
            for own in [vars(row)]
            for field, name, plain in self._fields
        ]
        number = len(rows)
        if number > _FEW or not may_prepare():
            return f"{self._head}{', '.join([self._row] * number)}{self._tail}", values
        name = f"{self._name}_{number}"
        prepare(name, self._told.get(number) or self._tell(number))
        return execute(name, len(values)), values

    def _tell(self, rows: int) -> str:
        numbers = count(1)
        values = re.sub("%s", lambda _place: f"${next(numbers)}", ", ".join([self._row] * rows))
        self._told[rows] = f"{self._head}{values}{self._tail}"
        return self._told[rows]

    def _compile(self, row: M) -> None:
        meta: Any = self._model._meta
        own = [field for field in meta.local_concrete_fields if not field.generated]
        fields = [field for field in own if self._keyed or not field.primary_key]
        query = InsertQuery(self._model, on_conflict=self._conflict)
        query.insert_values(fields, [row])
        compiler: Any = query.get_compiler(DEFAULT_DB_ALIAS)
        compiler.returning_fields = meta.db_returning_fields
        [(sql, params)] = compiler.as_sql()
        parts = _INSERT.fullmatch(sql)
        if len(params) != len(fields) or meta.auto_field is None or parts is None:
            raise FixedQueryError("plain values only, and a key that the database gives")
        self._fields = [(field, field.attname, _plain(field)) for field in fields]
        self._head, self._row, self._tail = parts.groups()


def write_together(*writes: tuple[FixedInsert[Any], Sequence[Any]]) -> bool:
    """Rows of several models in one round trip, one statement after the other. Keys and other columns that the database
    gives are read back of the last alone, and it alone tells whether its row was taken.
    """
    wanted = [(insert, rows) for insert, rows in writes if rows]
    with connection.cursor() as cursor:
        statements = [insert._statement(rows) for insert, rows in wanted]
        values = [value for _sql, own in statements for value in own]
        cursor.execute("; ".join(sql for sql, _own in statements), values)
        given = cursor.fetchall()
    if not given:
        return False
    for row in (row for _insert, rows in wanted for row in rows):
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    for row, found in zip(wanted[-1][1], given, strict=True):
        for field, value in zip(row._meta.db_returning_fields, found, strict=True):
            setattr(row, field.attname, value)
    return True


def reserve_keys(*wanted: tuple[type[Model], int]) -> list[list[int]]:
    """Keys for rows that are to be written, so many of each model: rows that name each other go together."""
    arrays = ["array(SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s))"] * len(wanted)
    with connection.cursor() as cursor:
        values = [value for model, number in wanted for value in (model._meta.db_table, number)]
        cursor.execute(f"SELECT {', '.join(arrays)}", values)
        [found] = cursor.fetchall()
    return list(found)

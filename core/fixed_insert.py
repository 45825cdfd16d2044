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
    waits for the first one's transaction and is told ``False``.
    """

    def __init__(self, model: type[M], *, unless_taken: bool = False) -> None:
        self._model = model
        self._conflict = OnConflict.IGNORE if unless_taken else None
        self._head = self._row = self._tail = ""
        self._name = new_name(WRITE)
        self._fields: list[tuple[Any, str, frozenset[type]]] = []

    def write_all(self, rows: Sequence[M]) -> None:
        """One statement, however many there are."""
        if rows:
            self._execute(rows)

    def write(self, row: M) -> bool:
        return self._execute([row])

    def _execute(self, rows: Sequence[M]) -> bool:
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
        with connection.cursor() as cursor:
            if len(rows) <= _FEW and may_prepare():
                name = f"{self._name}_{len(rows)}"
                prepare(name, self._told(len(rows)))
                cursor.execute(execute(name, len(values)), values)
            else:
                cursor.execute(f"{self._head}{', '.join([self._row] * len(rows))}{self._tail}", values)
            given = cursor.fetchall()
        if not given:
            return False
        for row, keys in zip(rows, given, strict=True):
            for field, value in zip(row._meta.db_returning_fields, keys, strict=True):
                setattr(row, field.attname, value)
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        return True

    def _told(self, rows: int) -> str:
        numbers = count(1)
        values = re.sub("%s", lambda _place: f"${next(numbers)}", ", ".join([self._row] * rows))
        return f"{self._head}{values}{self._tail}"

    def _compile(self, row: M) -> None:
        meta: Any = self._model._meta
        fields = [field for field in meta.local_concrete_fields if not field.generated and not field.primary_key]
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

"""Queries of one shape: the ORM builds and compiles them once per process, afterwards they are only filled in.

Building and compiling costs the application more than PostgreSQL needs for the answer, so what every request asks
(who holds this token, is this order known) is worth it. The queryset stays the only description of the query: what
it selects, joins and turns into rows is Django's own work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
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
    QuerySet,
    SmallIntegerField,
    TextField,
)
from django.db.models.constants import OnConflict
from django.db.models.query import ModelIterable, get_related_populators  # type: ignore[attr-defined]
from django.db.models.sql import InsertQuery

M = TypeVar("M", bound=Model)
Value = str | int | date
_MARK = 7_300_000_000_000_000_000
_MARK_DAY = date(1, 1, 1)


class FixedQueryError(Exception):
    """The queryset is not one of those that can be filled in."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    params: tuple[Any, ...]
    places: tuple[int, ...]  # where each value goes
    compiler: Any
    converters: dict[int, Any]
    model: Any
    names: list[str]
    columns: slice
    related: list[Any]
    annotations: list[tuple[str, int]]


class FixedQuery(Generic[M]):
    """``FixedQuery(lambda key: Order.objects.filter(external_id=key), str)``, then ``query.first("A-17")``.

    Values are texts, whole numbers or days, which reach the database as they are. The queryset selects rows of a
    model, perhaps with ``select_related``, ``only`` and annotations; nothing prefetched.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *kinds: type[Value]) -> None:
        self._build = build
        self._kinds = kinds
        self._compiled: _Compiled | None = None

    def first(self, *values: Value) -> M | None:
        return next(iter(self.rows(*values)), None)

    def rows(self, *values: Value) -> list[M]:
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = self._compile()
        params = list(compiled.params)
        for place, value in zip(compiled.places, values, strict=True):
            params[place] = value
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, params)
            found: Any = cursor.fetchall()
        if compiled.converters:
            found = compiled.compiler.apply_converters(found, compiled.converters)
        return [_row(compiled, values) for values in found]

    def _compile(self) -> _Compiled:
        marks = [_mark(kind, number) for number, kind in enumerate(self._kinds)]
        queryset: Any = self._build(*marks)
        compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        if queryset._iterable_class is not ModelIterable:
            raise FixedQueryError("rows of a model only")
        if [list(params).count(mark) for mark in marks] != [1] * len(marks):
            raise FixedQueryError("each value must stand in the query once, as it is given")
        info = compiler.klass_info
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        return _Compiled(
            sql=sql,
            params=tuple(params),
            places=tuple(list(params).index(mark) for mark in marks),
            compiler=compiler,
            converters=compiler.get_converters([column[0] for column in compiler.select]),
            model=info["model"],
            names=[column[0].target.attname for column in compiler.select[first:last]],
            columns=slice(first, last),
            related=get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS),
            annotations=list(compiler.annotation_col_map.items()),
        )


def _row(compiled: _Compiled, values: Sequence[Any]) -> Any:
    row = compiled.model.from_db(DEFAULT_DB_ALIAS, compiled.names, values[compiled.columns])
    for populator in compiled.related:
        populator.populate(values, row)
    for name, column in compiled.annotations:
        setattr(row, name, values[column])
    return row


def _mark(kind: type[Value], number: int) -> Value:
    """A value that nothing else in the query has."""
    if kind is date:
        return _MARK_DAY + timedelta(days=number)
    return str(_MARK + number) if kind is str else _MARK + number


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
            if type(value := getattr(row, name)) in plain
            else field.get_db_prep_save(field.pre_save(row, True), connection)
            for row in rows
            for field, name, plain in self._fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"{self._head}{', '.join([self._row] * len(rows))}{self._tail}", values)
            given = cursor.fetchall()
        if not given:
            return False
        for row, keys in zip(rows, given, strict=True):
            for field, value in zip(row._meta.db_returning_fields, keys, strict=True):
                setattr(row, field.attname, value)
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        return True

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

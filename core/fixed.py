"""Queries of one shape: the ORM builds and compiles them once per process, PostgreSQL plans them once per connection;
afterwards they are only filled in.

Building, compiling and planning cost more than the answer, so what every request asks (whose session is this, what is
on the card of this client) is worth it. The queryset stays the only description of the query: what it selects, joins
and turns into rows is Django's own work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.query import (  # type: ignore[attr-defined]
    ModelIterable,
    ValuesIterable,
    ValuesListIterable,
    get_related_populators,
)
from psycopg2.extensions import AsIs  # type: ignore[import-untyped]

from core.lookups import array_text
from core.prepared import QUESTION, execute, may_prepare, new_name, prepare

M = TypeVar("M", bound=Model)
Value = str | int | date | datetime | list[int]
_BIGGEST = 2**63
_MARK = 7_300_000_000_000_000_000
_MARK_DAY = date(1, 1, 1)
_MARK_MOMENT = datetime(2, 1, 1, tzinfo=UTC)


class FixedQueryError(Exception):
    """The queryset is not one of those that can be filled in."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    name: str
    sql: str  # complete but for its values, which are %s
    order: tuple[int, ...]  # which value stands at each %s
    told: str  # complete but for its values, which are $1
    compiler: Any
    converters: dict[int, Any]
    model: Any
    names: list[str]
    columns: slice
    related: list[Any]
    annotations: list[tuple[str, int]]


class FixedQuery(Generic[M]):
    """``FixedQuery(lambda key: Order.objects.filter(external_id=key), str)``, then ``query.first("A-17")``.

    Values are texts, whole numbers or lists of them (or such a list in PostgreSQL's own words), days and moments, which
    reach the database as they are. The queryset selects rows of a model, perhaps with ``select_related``, ``only`` and annotations, nothing prefetched;
    or ``values`` (asked for by ``dicts``), or a ``values_list`` (``tuples``, ``count``).
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *kinds: type[Value]) -> None:
        self._build = build
        self._kinds = kinds
        self._compiled: _Compiled | None = None

    def first(self, *values: Value) -> M | None:
        return next(iter(self.rows(*values)), None)

    def rows(self, *values: Value) -> list[M]:
        compiled, found = self._fetch(ModelIterable, values)
        return [_row(compiled, values) for values in found]

    def tuples(self, *values: Value) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._fetch(ValuesListIterable, values)[1]]

    def dicts(self, *values: Value) -> list[dict[str, Any]]:
        compiled, found = self._fetch(ValuesIterable, values)
        return [dict(zip(compiled.names, row, strict=True)) for row in found]

    def count(self, *values: Value) -> int:
        """How many rows a ``values_list`` has; none of them is fetched."""
        if self._compiled is None:
            self._compiled = self._compile(ValuesListIterable, around="SELECT COUNT(*) FROM ({}) AS counted")
        return int(_ask(self._compiled, self._checked(values))[0][0])

    def _fetch(self, kind: type, values: Sequence[Value]) -> tuple[_Compiled, Any]:
        compiled = self._compiled = self._compiled or self._compile(kind)
        if any(type(value) is int and not -_BIGGEST <= value < _BIGGEST for value in values):
            return compiled, []  # no column holds such a number
        found = _ask(compiled, self._checked(values))
        if compiled.converters:
            found = compiled.compiler.apply_converters(found, compiled.converters)
        return compiled, found

    def _checked(self, values: Sequence[Value]) -> Sequence[Value]:
        if len(values) != len(self._kinds):
            raise FixedQueryError(f"{len(self._kinds)} values, not {len(values)}")
        return values

    def _compile(self, kind: type, *, around: str = "{}") -> _Compiled:
        given = [_mark(wanted, number) for number, wanted in enumerate(self._kinds)]
        queryset: Any = self._build(*given)
        compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        if queryset._iterable_class is not kind:
            raise FixedQueryError("rows of a model, dicts or tuples, as they are asked for")
        info = compiler.klass_info or {"select_fields": [0], "model": None}
        columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        return _Compiled(
            **_texts(around.format(sql), params, [_sent(mark) for mark in given]),
            compiler=compiler,
            converters=compiler.get_converters([column[0] for column in compiler.select]),
            model=info["model"],
            names=_names(queryset.query, compiler.select[columns]),
            columns=columns,
            related=get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS),
            annotations=list(compiler.annotation_col_map.items()),
        )


def _ask(compiled: _Compiled, values: Sequence[Value]) -> Any:
    sent = [_sent(value) for value in values]
    with connection.cursor() as cursor:
        if may_prepare():
            prepare(compiled.name, compiled.told)
            cursor.execute(execute(compiled.name, len(sent)), sent)
        else:
            cursor.execute(compiled.sql, [sent[number] for number in compiled.order])
        return cursor.fetchall()


def _texts(sql: str, params: Sequence[Any], marks: list[Value]) -> dict[str, Any]:
    """The statement in both forms. What is the same each time stands in it as it is: the planner looks at it."""
    order = tuple(marks.index(value) for value in params if value in marks)
    if set(order) != set(range(len(marks))):
        raise FixedQueryError("each value must stand in the query as it is given")
    numbered = [AsIs(f"${marks.index(value) + 1}") if value in marks else value for value in params]
    with connection.cursor() as cursor:
        told = cursor.mogrify(sql, numbered).decode()
    plain = re.sub(r"\$\d+", "%s", told.replace("%", "%%"))
    return {"name": new_name(QUESTION), "sql": plain, "order": order, "told": told}


def _names(query: Any, columns: Sequence[Any]) -> list[str]:
    """Of a model's columns, or as ``values`` calls them."""
    if query.values_select or query.selected:
        return list(query.selected or [*query.extra_select, *query.values_select, *query.annotation_select])
    return [column[0].target.attname for column in columns]


def _row(compiled: _Compiled, values: Sequence[Any]) -> Any:
    row = compiled.model.from_db(DEFAULT_DB_ALIAS, compiled.names, values[compiled.columns])
    for populator in compiled.related:
        populator.populate(values, row)
    for name, column in compiled.annotations:
        setattr(row, name, values[column])
    return row


def _sent(value: Value) -> Value:
    """A list goes as ``AnyOf`` writes it."""
    return array_text(value) if isinstance(value, list) else value


def _mark(kind: type[Value], number: int) -> Value:
    """A value that nothing else in the query has."""
    if kind is date:
        return _MARK_DAY + timedelta(days=number)
    if kind is datetime:
        return _MARK_MOMENT + timedelta(days=number)
    if kind is list:
        return [_MARK + number]
    return str(_MARK + number) if kind is str else _MARK + number

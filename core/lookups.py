"""Conditions that the ORM has no word for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Lookup


def array_text(keys: Iterable[int]) -> str:
    """How PostgreSQL writes an array: a thousand keys as one text cost neither the driver nor its parser anything."""
    return f"{{{','.join(map(str, keys))}}}"


class AnyOf(Lookup[Any]):
    """``column = ANY(array)``: the plan of ``__in``, with one parameter instead of one per key.

    Thousands of keys cost ``__in`` milliseconds before the database hears of them. For whole numbers only, or for an
    array in PostgreSQL's own words.
    """

    prepare_rhs = False

    def __init__(self, column: str, keys: Iterable[int] | str) -> None:
        super().__init__(F(column), keys if isinstance(keys, str) else array_text(keys))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*params, self.rhs]


class Matches(Lookup[Any]):
    """``document @@ query``, the query in PostgreSQL's own words: nothing is put together that was put together before."""

    prepare_rhs = False

    def __init__(self, column: str, query: str) -> None:
        super().__init__(F(column), query)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} @@ %s::tsquery", [*params, self.rhs]

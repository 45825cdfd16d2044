"""Conditions that the ORM has no word for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Lookup


class AnyOf(Lookup[Any]):
    """``column = ANY(array)``: the plan of ``__in``, with one parameter instead of one per key.

    Thousands of keys cost ``__in`` milliseconds before the database hears of them. For plain keys only: they go to the
    driver as they are.
    """

    prepare_rhs = False

    def __init__(self, column: str, keys: Iterable[int]) -> None:
        super().__init__(F(column), list(keys))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, self.rhs]

"""Keyset pages: page 2,000 costs what page 1 costs, and rows that appear meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 50
COUNT_LIMIT = 10_000
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    rows: list[Row]
    next_cursor: str  # for ``after=``; empty on the last page
    previous_cursor: str  # for ``before=``; empty on the first


@dataclass(frozen=True, slots=True)
class Count:
    """A count that stops counting: beyond the limit the page says «more than»."""

    number: int
    more: bool


def count_up_to(queryset: QuerySet[Any, Any], limit: int = COUNT_LIMIT) -> Count:
    return counted_up_to(queryset.order_by()[: limit + 1].count(), limit)


def counted_up_to(found: int, limit: int) -> Count:
    """``found`` was counted to one beyond the limit at most."""
    return Count(number=min(found, limit), more=found > limit)


def keyset_page(
    queryset: QuerySet[Any, Row],
    *,
    order: Sequence[str],
    after: str = "",
    before: str = "",
    size: int = PAGE_SIZE,
) -> KeysetPage[Row]:
    """One page of ``queryset`` in ``order``: all names up or all with "-", the last one unique, none ever null.

    A cursor that is not one of ours gives the first page.
    """
    fields = [name.removeprefix("-") for name in order]
    down = order[0].startswith("-")
    for token, backwards in ((after, False), (before, True)):
        values = _decode(token, len(fields))
        if values is None:
            continue
        try:
            beyond = queryset.filter(_beyond(fields, values, less=down != backwards))
        except (ValidationError, ValueError, TypeError):
            continue
        return _read(beyond, order, size, backwards=backwards, inside=True)
    return _read(queryset, order, size, backwards=False, inside=False)


def first_page(rows: list[Row], *, order: Sequence[str], size: int = PAGE_SIZE) -> KeysetPage[Row]:
    """The first page out of ``size + 1`` rows that were read already, in that order."""
    fields = [name.removeprefix("-") for name in order]
    more, rows = len(rows) > size, rows[:size]
    return KeysetPage(rows=rows, next_cursor=_encode(rows[-1], fields) if more else "", previous_cursor="")


def _read(
    queryset: QuerySet[Any, Row], order: Sequence[str], size: int, *, backwards: bool, inside: bool
) -> KeysetPage[Row]:
    wanted = [_turned(name) for name in order] if backwards else list(order)
    rows = list(queryset.order_by(*wanted)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next = (backwards and inside) or (not backwards and more)
    has_previous = (not backwards and inside) or (backwards and more)
    fields = [name.removeprefix("-") for name in order]
    return KeysetPage(
        rows=rows,
        next_cursor=_encode(rows[-1], fields) if rows and has_next else "",
        previous_cursor=_encode(rows[0], fields) if rows and has_previous else "",
    )


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _beyond(fields: Sequence[str], values: Sequence[Any], *, less: bool) -> Q:
    """(a, b) > (x, y) as a ≥ x and (a > x or (a = x and b > y)): the first part is what the index is walked by."""
    sign = "lt" if less else "gt"
    condition = Q()
    equal = Q()
    for field, value in zip(fields, values, strict=True):
        condition |= equal & Q(**{f"{field}__{sign}": value})
        equal &= Q(**{field: value})
    return Q(**{f"{fields[0]}__{sign}e": values[0]}) & condition


def _encode(row: Any, fields: Sequence[str]) -> str:
    values = [_plain(_value(row, field)) for field in fields]
    packed = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _value(row: Any, field: str) -> Any:
    if isinstance(row, Mapping):
        return row[field]
    for name in field.split("__"):
        row = getattr(row, name)
    return row.pk if isinstance(row, Model) else row


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _decode(token: str, length: int) -> list[Any] | None:
    if not token or len(token) > 4000:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != length:
        return None
    if not all(isinstance(value, str | int) and "\x00" not in str(value) for value in values):
        return None
    return values

"""Keyset pages: page 2,000 costs what page 1 costs, and rows that appear meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Func, IntegerField, Model, Q, QuerySet, Subquery

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


def counted_at_once(rows: QuerySet[Any, Any], limit: int) -> Func:
    """A column that counts ``rows`` up to the limit: one statement counts several things."""
    return Func(
        Subquery(rows.order_by().values("pk")[:limit]),
        template="(SELECT count(*) FROM %(expressions)s AS counted)",
        output_field=IntegerField(),
    )


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
    for token, backwards in ((after, False), (before, True)):
        values = _decode(token, len(order))
        if values is None:
            continue
        try:
            beyond = walked_from(queryset, order, values, backwards=backwards)
        except (ValidationError, ValueError, TypeError):
            continue
        return page_of(list(beyond[: size + 1]), order=order, size=size, backwards=backwards, inside=True)
    return page_of(list(queryset.order_by(*order)[: size + 1]), order=order, size=size)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after the row of these values, or before it."""

    values: list[Any]
    backwards: bool


def place_of(*, after: str, before: str, kinds: Sequence[type]) -> Place | None:
    """For a statement whose values are of these kinds; a cursor that is not one of ours is none."""
    for token, backwards in ((after, False), (before, True)):
        values = _decode(token, len(kinds))
        with suppress(ValueError):
            if values is not None:
                return Place([_parsed(kind, value) for kind, value in zip(kinds, values, strict=True)], backwards)
    return None


def walked_from(
    queryset: QuerySet[Any, Row], order: Sequence[str], values: Sequence[Any], *, backwards: bool
) -> QuerySet[Any, Row]:
    """The rows beyond a place, in the order in which they are read."""
    fields = [name.removeprefix("-") for name in order]
    beyond = queryset.filter(_beyond(fields, values, less=order[0].startswith("-") != backwards))
    return beyond.order_by(*([_turned(name) for name in order] if backwards else order))


def page_of(
    rows: list[Row], *, order: Sequence[str], size: int = PAGE_SIZE, backwards: bool = False, inside: bool = False
) -> KeysetPage[Row]:
    """Out of ``size + 1`` rows as they were read: from the start, or from a place (``inside``), perhaps backwards."""
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


def _parsed(kind: Any, value: Any) -> Any:
    return kind.fromisoformat(str(value)) if issubclass(kind, date) else kind(value)


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


def _is_text(value: str) -> bool:
    """What the database takes: no zero, no half of a character."""
    return "\x00" not in value and value.encode(errors="ignore").decode() == value


def _decode(token: str, length: int) -> list[Any] | None:
    if not token or len(token) > 4000:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != length:
        return None
    if not all(isinstance(value, str | int) and _is_text(str(value)) for value in values):
        return None
    return values

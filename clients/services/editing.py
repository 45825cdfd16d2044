"""Edits by people: two at once never silently lose a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.timezone import localtime

from core.concurrency import EditConflictError, merge_fields, update_versioned

_WRITTEN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (Model, lambda row: str(row.pk)),
    (Decimal, lambda amount: f"{amount:.2f}"),
    (datetime, lambda moment: localtime(moment).isoformat(timespec="minutes")),
    (date, lambda day: day.isoformat()),
)


def plain(value: Any) -> Any:
    """A value as a form carries it along, so that what was shown, what is stored and what was typed compare."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return value
    for kind, written in _WRITTEN:
        if isinstance(value, kind):
            return written(value)
    return str(value)


def snapshot(row: Model, fields: Mapping[str, Any] | list[str]) -> dict[str, Any]:
    return {field: plain(getattr(row, field)) for field in fields}


def decide(
    *,
    theirs: Mapping[str, Any],
    original: Mapping[str, Any],
    mine: Mapping[str, Any],
    version: int,
) -> set[str]:
    """The fields to write; ``EditConflictError`` when somebody else changed one of them differently."""
    merged = merge_fields(original=original, theirs=theirs, mine={field: plain(value) for field, value in mine.items()})
    if merged.clashes:
        raise EditConflictError(merged.clashes, version=version)
    return set(merged.values)


def write_edit(row: Any, *, original: Mapping[str, Any], mine: Mapping[str, Any]) -> list[str]:
    """Brings a locked row to ``mine``; answers the names of the fields that were written."""
    changed = decide(theirs=snapshot(row, list(mine)), original=original, mine=mine, version=row.version)
    if changed:
        for field in changed:
            setattr(row, field, mine[field])
        update_versioned(row, fields=changed, expected_version=row.version)
    return [field for field in mine if field in changed]

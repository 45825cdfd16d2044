"""Two people edit one row: different fields merge, the same field asks. Nothing is silently lost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import F, Model
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from core.errors import ConflictError
from core.models import TimeStamped

Row = TypeVar("Row", bound=Model)
_WRITTEN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (Model, lambda row: str(row.pk)),
    (Decimal, lambda amount: f"{amount:.2f}"),
    (datetime, lambda moment: localtime(moment).isoformat(timespec="minutes")),
    (date, lambda day: day.isoformat()),
)


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that both changed, with the value both started from."""

    field: str
    original: Any
    theirs: Any
    mine: Any


class EditConflictError(ConflictError):
    """Carries the fields to decide about; nothing was written."""

    def __init__(self, clashes: list[Clash]) -> None:
        super().__init__(_("Somebody else changed the same fields while you were editing."))
        self.clashes = clashes


@dataclass(frozen=True, slots=True)
class Merged:
    values: dict[str, Any]  # what is to be written
    clashes: list[Clash]


def merge_fields(*, original: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Merged:
    """Three-way merge of one row. A field that I did not touch keeps what is stored.

    What ``original`` does not hold was never seen, so that another value of it is a clash as well.
    """
    values: dict[str, Any] = {}
    clashes: list[Clash] = []
    for field, value in mine.items():
        stored = theirs.get(field)
        start = original.get(field)
        if value == stored or (field in original and value == start):
            continue
        if field in original and stored == start:
            values[field] = value
        else:
            clashes.append(Clash(field=field, original=start, theirs=stored, mine=value))
    return Merged(values=values, clashes=clashes)


def update_versioned(row: Row, *, fields: Collection[str], expected_version: int) -> None:
    """Writes ``fields`` of ``row`` if it still has that version, and moves the version on; else ``ConflictError``."""
    changes = {field: getattr(row, field) for field in fields}
    if isinstance(row, TimeStamped):
        row.updated_at = changes["updated_at"] = now()
    manager = type(row)._default_manager
    written = manager.filter(pk=row.pk, version=expected_version).update(**changes, version=F("version") + 1)
    if not written:
        raise ConflictError(_("Somebody else changed this while you were editing. Look at the present state again."))
    row.version = expected_version + 1  # type: ignore[attr-defined]


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
    return str(value).replace("\r\n", "\n").strip()  # browsers send line breaks of their own


def snapshot(row: Model, fields: Collection[str]) -> dict[str, Any]:
    """What is stored, as the form would carry it."""
    return {field: plain(getattr(row, field)) for field in fields}


def decide(*, theirs: Mapping[str, Any], original: Mapping[str, Any], mine: Mapping[str, Any]) -> set[str]:
    """The fields to write; ``EditConflictError`` when somebody else changed one of them differently."""
    merged = merge_fields(original=original, theirs=theirs, mine={field: plain(value) for field, value in mine.items()})
    if merged.clashes:
        raise EditConflictError(merged.clashes)
    return set(merged.values)


def write_edit(row: Any, *, original: Mapping[str, Any], mine: Mapping[str, Any]) -> list[str]:
    """Brings a locked row to ``mine``; answers the names of the fields that were written."""
    changed = decide(theirs=snapshot(row, list(mine)), original=original, mine=mine)
    if changed:
        for field in changed:
            setattr(row, field, mine[field])
        update_versioned(row, fields=changed, expected_version=row.version)
    return [field for field in mine if field in changed]

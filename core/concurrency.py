"""Two people edit one row: different fields merge, the same field asks. Nothing is silently lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F, Model
from django.utils.timezone import now
from django.utils.translation import gettext as _

from core.errors import ConflictError
from core.models import TimeStamped

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that both changed, with the value both started from."""

    field: str
    original: Any
    theirs: Any
    mine: Any


class EditConflictError(ConflictError):
    """Carries the fields to decide about and the version that the decision will be about."""

    def __init__(self, clashes: list[Clash], *, version: int) -> None:
        super().__init__(_("Somebody else changed the same fields while you were editing."))
        self.clashes = clashes
        self.version = version


@dataclass(frozen=True, slots=True)
class Merged:
    values: dict[str, Any]  # what is to be written
    clashes: list[Clash]


def merge_fields(*, original: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Merged:
    """Three-way merge of one row. A field that I did not touch keeps what is stored."""
    values: dict[str, Any] = {}
    clashes: list[Clash] = []
    for field, value in mine.items():
        start = original.get(field, theirs.get(field))
        stored = theirs.get(field)
        if value in (start, stored):
            continue
        if stored == start:
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

"""Rows of a file into a temporary table: read, checked cell by cell, copied in batches."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from interchange.cells import FORMULA, CellError, Parser
from interchange.enums import IssueKind
from interchange.kinds import Column, Kind
from interchange.readers import FileError, Row, open_rows

TABLE = "interchange_staging"
BATCH = 5_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Issue:
    kind: IssueKind
    reason: str
    line: int | None = None
    column: str = ""


@dataclass(slots=True)
class Staged:
    """What went into the staging table: which columns the file has, and what was wrong with the rest."""

    present: frozenset[str] = frozenset()
    width: int = 0
    rows: int = 0
    rejected: int = 0
    issues: list[Issue] = field(default_factory=list)


def stage(kind: Kind, path: Path, *, progress: Callable[[int], None]) -> Staged:
    """Replaces the staging table by the readable rows of the file. Raises ``FileError``."""
    staged = Staged()
    with open_rows(path) as rows:
        header = _header(kind, rows, staged)
        staged.present = frozenset(column.name for _position, column in header)
        _create_table(kind)
        names = ", ".join(f'"{column.name}"' for _position, column in header)
        for lines in _batches(kind, header, rows, staged):
            with connection.cursor() as cursor:
                cursor.copy_expert(f"COPY {TABLE} (line, {names}) FROM STDIN", io.StringIO("".join(lines)))
            progress(staged.rows)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")
    return staged


def _header(kind: Kind, rows: Iterator[Row], staged: Staged) -> list[tuple[int, Column]]:
    _number, names = next(rows, (1, ()))
    staged.width = len(names)
    by_name = {column.name: column for column in kind.columns}
    header: list[tuple[int, Column]] = []
    for position, raw in enumerate(names):
        name = raw.strip().lower()
        if name in by_name:
            if by_name[name] in (column for _position, column in header):
                raise FileError(_("the column %(name)s stands twice in the header") % {"name": name})
            header.append((position, by_name[name]))
        elif name:
            reason = _("unknown column, not read")
            staged.issues.append(Issue(IssueKind.COLUMN, reason, 1, name[:64]))
    missing = [name for name in kind.required if name not in {column.name for _position, column in header}]
    if missing:
        raise FileError(_("columns are missing: %(names)s") % {"names": ", ".join(missing)})
    return header


def _create_table(kind: Kind) -> None:
    columns = ", ".join(f'"{column.name}" {column.sql_type}' for column in kind.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} (line integer NOT NULL, {columns})")


def _batches(kind: Kind, header: list[tuple[int, Column]], rows: Iterator[Row], staged: Staged) -> Iterator[list[str]]:
    plan = [(position, column.name, column.parse, column.required) for position, column in header]
    width = max(position for position, *_rest in plan) + 1
    lines: list[str] = []
    for number, cells in rows:
        if not any(cells):
            continue
        staged.rows += 1
        if any(cells[staged.width :]):
            reason = _("more cells than columns: a delimiter inside a text needs quotes around it")
            staged.issues.append(Issue(IssueKind.REJECTED, reason, number))
            line = None
        else:
            line = _line(kind, plan, [*cells, *[""] * (width - len(cells))], number, staged)
        if line is None:
            staged.rejected += 1
        else:
            lines.append(line)
        if staged.rows % BATCH == 0:
            yield lines
            lines = []
    yield lines


Plan = list[tuple[int, str, Parser, bool]]


def _line(kind: Kind, plan: Plan, cells: Sequence[str], number: int, staged: Staged) -> str | None:
    """The row in PostgreSQL's COPY format, or None when a cell or the row as a whole was refused."""
    values: dict[str, str | None] = {}
    refused = False
    for position, name, parse, required in plan:
        cell = cells[position].strip()
        if not cell:
            values[name] = None
            if not required:
                continue
            reason = _("required")
        else:
            try:
                values[name] = parse(cell)
                continue
            except CellError as error:
                reason = _("holds a formula; paste its value instead") if cell == FORMULA else str(error)
        refused = True
        staged.issues.append(Issue(IssueKind.REJECTED, reason, number, name))
    if not refused and (problem := kind.rule(values)) is not None:
        refused = True
        staged.issues.append(Issue(IssueKind.REJECTED, problem[1], number, problem[0]))
    if refused:
        return None
    fields = ["\\N" if value is None else value.translate(_ESCAPES) for value in values.values()]
    return f"{number}\t" + "\t".join(fields) + "\n"

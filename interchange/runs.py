"""Runs an import: stages each file, checks it as a whole, writes it in chunks. A services-layer module.

Killing it at any instruction loses nothing: a chunk and the mark of how far it got are one transaction,
and a run that stopped is taken up again from that mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pghistory
from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from clients.queries.handoffs import caretaker
from core.deadlocks import begun_anew
from interchange.duplicates import duplicate_issues
from interchange.enums import ImportState, IssueKind
from interchange.kinds import Kind, kinds
from interchange.loaders import LOADERS, Chunk, Loader
from interchange.models import ImportFile, ImportIssue, ImportRun
from interchange.progress import Progress
from interchange.readers import FileError
from interchange.staging import TABLE, Issue, Staged, stage
from interchange.upserts import Target, upsert
from staff.models import User

CHUNK = 50_000
#: So many problems of a file are listed; all are counted.
LISTED = 10_000
ABANDONED_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and the row that remembers how it went."""

    file: ImportFile
    path: Path


def perform(run: ImportRun, sources: Sequence[Source], *, now: datetime) -> ImportRun:
    """Takes the files in their order. The outcome is in the run, its files and their issues."""
    progress = Progress()
    whole = run.dry_run or run.all_or_nothing
    try:
        with pghistory.context(import_run=run.pk) as context:
            run.state, run.started_at, run.contexts = ImportState.RUNNING, now, [*run.contexts, context.id]
            run.save(update_fields=["state", "started_at", "contexts"])
            load = partial(_load, run, sources, progress, whole=whole, now=now)
            issues = begun_anew(load) if whole else load()
    finally:
        progress.close()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}, interchange_changed")
    return _finish(run, sources, issues, now=now)


def _load(
    run: ImportRun, sources: Sequence[Source], progress: Progress, *, whole: bool, now: datetime
) -> dict[int, list[Issue]]:
    """The issues of each file by its key. ``whole``: in one transaction, of which nothing stays unless all of it may."""
    issues: dict[int, list[Issue]] = {}
    with transaction.atomic() if whole else nullcontext():
        for source in sources:
            issues[source.file.pk] = _load_file(run, source, progress, whole=whole, now=now)
        if run.dry_run or (run.all_or_nothing and _problems(sources, issues)):
            transaction.set_rollback(True)
    return issues


def _problems(sources: Sequence[Source], issues: Mapping[int, Sequence[Issue]]) -> bool:
    return any(source.file.rejected for source in sources) or any(
        issue.kind is IssueKind.FILE for found in issues.values() for issue in found
    )


def _load_file(run: ImportRun, source: Source, progress: Progress, *, whole: bool, now: datetime) -> list[Issue]:
    file = source.file
    kind = kinds(settings.TIME_ZONE)[file.kind]
    loader = LOADERS[file.kind]
    fallback = caretaker() if User.objects.exists() else None
    if file.kind == "clients" and fallback is None:
        return [
            Issue(
                IssueKind.FILE, _("nobody can own the clients: create a head of department or an administrator first")
            )
        ]
    try:
        staged = stage(kind, source.path, progress=lambda rows: progress.report(file.pk, run.pk, rows_total=rows))
    except FileError as error:
        return [Issue(IssueKind.FILE, str(error))]
    _reject_repeats(kind, staged)
    _reject_failed_checks(loader, staged)
    stops = _number_rows(kind)
    total = stops[-1] if stops else 0
    file.rows_total, file.rejected = staged.rows, staged.rejected
    if not whole:
        file.save(update_fields=["rows_total", "rejected"])
    if whole:  # nothing stays of an attempt before this one
        file.rows_done = file.created = file.changed = 0
    for first, last in _parts(file.rows_done, stops):
        chunk = Chunk(run.pk, staged.present, first, last, now, fallback.pk if fallback else None)
        write = partial(_write_chunk, loader, chunk, file, whole=whole)
        write() if whole else begun_anew(write)
        progress.report(file.pk, run.pk, rows_done=last)
    file.unchanged = total - file.created - file.changed
    return staged.issues + duplicate_issues(file.kind, staged.present)


def _parts(done: int, stops: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What is left to write, in chunks that never reach over a stop."""
    for stop in stops:
        while done < stop:
            first, done = done + 1, min(done + CHUNK, stop)
            yield first, done


def _write_chunk(loader: Loader, chunk: Chunk, file: ImportFile, *, whole: bool) -> None:
    with transaction.atomic():
        loader.before(chunk)
        target = loader.target(chunk.present)
        written = upsert(target, first=chunk.first, last=chunk.last, now=chunk.now)
        if chunk.first == 1:
            _count_rows(target)
        loader.after(chunk)
        created, changed = file.created + written.created, file.changed + written.changed
        if not whole:
            ImportFile.objects.filter(pk=file.pk).update(created=created, changed=changed, rows_done=chunk.last)
    file.created, file.changed, file.rows_done = created, changed, chunk.last


def _count_rows(target: Target) -> None:
    """A table that was empty a moment ago would be joined row by row: the planner still takes it for a small one."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {target.model._meta.db_table}")


def _reject(staged: Staged, rows: Sequence[tuple[int, str]], column: str) -> None:
    staged.rejected += len(rows)
    staged.issues += [Issue(IssueKind.REJECTED, reason, line, column) for line, reason in rows]


def _reject_repeats(kind: Kind, staged: Staged) -> None:
    """A key that stands twice in a file: the first row counts."""
    key = (
        f'lower("{kind.key}")' if kind.name == "users" else ", ".join(f'"{name}"' for name in (kind.key, *kind.beside))
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TABLE} s USING (SELECT line, first_value(line) OVER (PARTITION BY {key} ORDER BY line) AS first"
            f" FROM {TABLE}) d WHERE d.line = s.line AND d.first < d.line RETURNING s.line, d.first"
        )
        repeats = cursor.fetchall()
    _reject(
        staged,
        [(line, _("the same key stands in line %(line)d") % {"line": first}) for line, first in repeats],
        kind.key,
    )


def _reject_failed_checks(loader: Loader, staged: Staged) -> None:
    for check in loader.checks:
        if check.column not in staged.present:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} s WHERE {check.condition} RETURNING s.line")
            lines = sorted(line for (line,) in cursor.fetchall())
        _reject(staged, [(line, str(check.reason)) for line in lines], check.column)


def _number_rows(kind: Kind) -> list[int]:
    """Gives each staged row its place in the order of writing; answers the last place of each generation.

    Parents come a generation before their branches, so that a branch finds its parent's row.
    """
    generations = f"SELECT line, 0 AS generation FROM {TABLE}"
    if kind.name == "clients":
        generations = f"""
            SELECT line, external_id, 0 AS generation FROM {TABLE} s
            WHERE NOT EXISTS (SELECT FROM {TABLE} p WHERE p.external_id = s.parent_external_id)
            UNION ALL
            SELECT s.line, s.external_id, g.generation + 1 FROM {TABLE} s
            JOIN generations g ON g.external_id = s.parent_external_id"""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN ordinal integer, ADD COLUMN generation integer")
        cursor.execute(
            f"""WITH RECURSIVE generations AS ({generations}),
            numbered AS (SELECT line, generation, row_number() OVER (ORDER BY generation, line) AS place FROM generations)
            UPDATE {TABLE} s SET ordinal = n.place, generation = n.generation FROM numbered n WHERE n.line = s.line"""
        )
        cursor.execute(f"CREATE INDEX ON {TABLE} (ordinal)")
        cursor.execute(f"ANALYZE {TABLE}")
        cursor.execute(f"SELECT max(ordinal) FROM {TABLE} GROUP BY generation ORDER BY 1")
        return [int(last) for (last,) in cursor.fetchall()]


@transaction.atomic
def _finish(
    run: ImportRun, sources: Sequence[Source], issues: Mapping[int, list[Issue]], *, now: datetime
) -> ImportRun:
    for source in sources:
        found = sorted(issues[source.file.pk], key=lambda issue: (issue.line or 0, issue.column))
        ImportIssue.objects.filter(file=source.file).delete()
        ImportIssue.objects.bulk_create(
            (
                ImportIssue(
                    file=source.file, kind=issue.kind, line=issue.line, column=issue.column, reason=issue.reason[:500]
                )
                for issue in found[:LISTED]
            ),
            batch_size=1000,
        )
        source.file.save()
    refused = run.all_or_nothing and not run.dry_run and _problems(sources, issues)
    run.state = ImportState.REFUSED if refused else ImportState.DONE
    run.finished_at = now
    run.save(update_fields=["state", "finished_at"])
    return run


def unfinished(*, now: datetime) -> models.QuerySet[ImportRun]:
    """Runs that wait, and runs whose worker died."""
    stale = models.Q(state=ImportState.RUNNING) & (
        models.Q(heartbeat_at__lt=now - ABANDONED_AFTER)
        | models.Q(heartbeat_at__isnull=True, started_at__lt=now - ABANDONED_AFTER)
    )
    return ImportRun.objects.filter(models.Q(state=ImportState.WAITING) | stale).order_by("id")

"""Imports as people and commands start them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from interchange.enums import ImportState
from interchange.kinds import kinds
from interchange.models import ImportFile, ImportRun
from interchange.readers import kind_of
from interchange.runs import Source, perform, unfinished
from interchange.undo import undo_import
from staff.models import User

__all__ = ["find_files", "import_paths", "left_out", "run_waiting_imports", "start_import", "undo_import"]


def _order() -> dict[str, int]:
    return {name: position for position, name in enumerate(kinds(settings.TIME_ZONE))}


def find_files(paths: Sequence[Path]) -> list[Path]:
    """A folder stands for every known file in it; a file must be named after its kind. Raises ``DomainError``."""
    order = _order()
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [entry for entry in sorted(path.iterdir()) if _known(entry)]
            if not inside:
                raise DomainError(_("%(path)s: holds no interchange file") % {"path": path})
            found += inside
        elif not path.exists():
            raise DomainError(_("%(path)s: there is no such file") % {"path": path})
        elif not _known(path):
            names = ", ".join(order)
            raise DomainError(
                _("%(path)s: expected a .csv or .xlsx file named %(names)s") % {"path": path, "names": names}
            )
        else:
            found.append(path)
    repeated = [kind for kind in order if sum(kind_of(path) == kind for path in found) > 1]
    if repeated:
        raise DomainError(_("%(kind)s: given twice") % {"kind": repeated[0]})
    return sorted(found, key=lambda path: order[kind_of(path)])


def left_out(paths: Sequence[Path]) -> list[Path]:
    """Tables in the folders that no kind is named after."""
    entries = [entry for path in paths if path.is_dir() for entry in sorted(path.iterdir())]
    return [entry for entry in entries if _is_table(entry) and not _known(entry)]


def _known(path: Path) -> bool:
    return _is_table(path) and kind_of(path) in _order()


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in {".csv", ".xlsx"}


def _new_run(
    *, user: User | None, names: Sequence[str], dry_run: bool, all_or_nothing: bool, now: datetime
) -> ImportRun:
    run = ImportRun.objects.create(user=user, dry_run=dry_run, all_or_nothing=all_or_nothing, created_at=now)
    order = _order()
    ImportFile.objects.bulk_create(
        ImportFile(run=run, kind=kind_of(Path(name)), name=name, position=order[kind_of(Path(name))]) for name in names
    )
    return run


def import_paths(
    *, paths: Sequence[Path], user: User | None, dry_run: bool, all_or_nothing: bool, now: datetime
) -> ImportRun:
    """Imports files of this machine at once. Raises ``DomainError`` when a path makes no sense."""
    files = find_files(paths)
    run = _new_run(
        user=user, names=[path.name for path in files], dry_run=dry_run, all_or_nothing=all_or_nothing, now=now
    )
    rows = {file.kind: file for file in run.files.all()}
    return perform(run, [Source(rows[kind_of(path)], path) for path in files], now=now)


@transaction.atomic
def start_import(
    *, uploads: Sequence[UploadedFile], user: User, dry_run: bool, all_or_nothing: bool, now: datetime
) -> ImportRun:
    """Keeps the uploaded files; the sweep ``run_waiting_imports`` does the work."""
    names = [str(upload.name) for upload in uploads]
    run = _new_run(user=user, names=names, dry_run=dry_run, all_or_nothing=all_or_nothing, now=now)
    by_name = {file.name: file for file in run.files.all()}
    for upload in uploads:
        file = by_name[str(upload.name)]
        file.content.save(f"{run.pk}-{file.kind}{Path(file.name).suffix.lower()}", upload)
    return run


def run_waiting_imports(*, now: datetime) -> Mapping[str, int]:
    """Sweep: takes waiting runs one by one, and those whose worker died."""
    done = 0
    while (run := _claim(now)) is not None:
        sources = [Source(file, Path(file.content.path)) for file in run.files.all()]
        perform(run, sources, now=now)
        done += 1
    return {"imports": done}


@transaction.atomic
def _claim(now: datetime) -> ImportRun | None:
    run = unfinished(now=now).select_for_update(skip_locked=True).exclude(files__content="").first()
    if run is not None:
        run.state, run.heartbeat_at = ImportState.RUNNING, now
        run.save(update_fields=["state", "heartbeat_at"])
    return run

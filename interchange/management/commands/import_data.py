from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from interchange.enums import ImportState, IssueKind
from interchange.models import ImportFile, ImportIssue, ImportRun
from interchange.services import import_paths, left_out

SHOWN = 100


class Command(BaseCommand):
    help = "Imports interchange files (users, products, clients, contacts, contracts, orders, surveys; CSV or XLSX)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="PATH", help="a folder, or files named after their kind"
        )
        parser.add_argument("--dry-run", action="store_true", help="show what would happen, write nothing")
        parser.add_argument("--all-or-nothing", action="store_true", help="write nothing if any row is rejected")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = import_paths(
                paths=options["paths"],
                user=None,
                dry_run=options["dry_run"],
                all_or_nothing=options["all_or_nothing"],
                now=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        for path in left_out(options["paths"]):
            self.stderr.write(f"{path.name}: " + _("not read: there is no such kind of file"))
        self._report(run)

    def _report(self, run: ImportRun) -> None:
        bad = False
        for file in run.files.all():
            refused = ImportIssue.objects.filter(file=file, kind=IssueKind.FILE).exists()
            self._report_file(file)
            bad |= refused or file.rejected > 0
        if run.state == ImportState.REFUSED:
            raise CommandError(_("nothing was written: rows were rejected"))
        if run.dry_run:
            self.stdout.write(_("dry run: nothing was written"))
        if bad:
            raise CommandError(_("some rows were rejected"))

    def _report_file(self, file: ImportFile) -> None:
        self.stdout.write(
            f"{file.name}: "
            + _("created %(created)d, changed %(changed)d, unchanged %(unchanged)d, rejected %(rejected)d")
            % {
                "created": file.created,
                "changed": file.changed,
                "unchanged": file.unchanged,
                "rejected": file.rejected,
            }
        )
        issues = list(file.issues.all()[: SHOWN + 1])
        for issue in issues[:SHOWN]:
            where = ":".join(part for part in (file.name, str(issue.line or ""), issue.column) if part)
            label = IssueKind(issue.kind).label
            self.stderr.write(f"{where}: {label}: {issue.reason}")
        if len(issues) > SHOWN:
            self.stderr.write(_("… and more; the whole list is on the page of this import"))

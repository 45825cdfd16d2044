from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interchange.exports import export_to


class Command(BaseCommand):
    help = "Writes everything as interchange files, one CSV (UTF-8) per kind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="folder for the files; made when missing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = export_to(options["directory"])
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        for kind, count in counts.items():
            self.stdout.write(f"{kind}.csv: {count}")

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interchange.exports import export_to


def folder(text: str) -> Path:
    """An unset variable of a script must not put everything where it happens to stand."""
    if not text.strip():
        raise ArgumentTypeError("expected a folder, got nothing")
    return Path(text)


class Command(BaseCommand):
    help = "Writes everything as interchange files, one CSV (UTF-8) per kind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=folder, metavar="DIR", help="folder for the files; made when missing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = export_to(options["directory"])
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        for kind, count in counts.items():
            self.stdout.write(f"{kind}.csv: {count}")

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from core.services import run_sweep
from core.sweeps import sweep_table
from core.workdays import FIRST_YEAR, LAST_YEAR


def moment(text: str) -> datetime:
    """An ISO time; without an offset it is the company's."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO time such as 2026-03-01T10:00+03:00") from error
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return value if value.tzinfo else timezone.make_aware(value)


class Command(BaseCommand):
    help = "Runs every periodic sweep once, in the order of the table, and prints what each did."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=moment, metavar="ISO-TIME", help="as of this moment (default: now)")
        names = [sweep.name for sweep in sweep_table()]
        parser.add_argument("--only", choices=names, metavar="NAME", help=f"one of: {', '.join(names)}")

    def handle(self, *args: Any, **options: Any) -> None:
        now = options["at"] or timezone.now()
        failed = []
        for sweep in sweep_table():
            if options["only"] not in {None, sweep.name}:
                continue
            try:
                result = run_sweep(sweep, now=now, slot=None) or {}
            except Exception as error:  # one broken sweep must not keep the others from running
                if isinstance(error, OperationalError | InterfaceError) and not connection.is_usable():
                    raise
                failed.append(sweep.name)
                self.stderr.write(f"{sweep.name}: {type(error).__name__}: {' '.join(str(error).split())}")
                continue
            done = ", ".join(f"{key} {count}" for key, count in result.items() if count)
            self.stdout.write(f"{sweep.name}: {done or 'nothing to do'}")
        if failed:
            raise CommandError(f"failed: {', '.join(failed)}")

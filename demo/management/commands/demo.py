from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.demo import demo_logins
from core.errors import DomainError
from demo.services import fill_demo
from demo.story import SIZES


class Command(BaseCommand):
    help = "Fills an empty system with an invented department; the same seed and day give the same data (what happened since the hour began aside)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", choices=list(SIZES), required=True)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            fill_demo(size=options["size"], seed=options["seed"], now=timezone.now(), say=self.stderr.write)
        except DomainError as error:
            raise CommandError(str(error)) from error
        for login in demo_logins():
            self.stdout.write(f"{login.role}: {login.username} / {login.password}")

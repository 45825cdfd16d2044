from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import catalogue

LOCALES = ["ru"]


class Command(BaseCommand):
    help = "Keeps the catalogues of the interface's texts (English in the sources, Russian in locale/)."
    requires_system_checks = ()  # it must run before anything else works

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--update", action="store_true", help="take in the texts of the sources")
        what.add_argument("--check", action="store_true", help="fail unless each text has its translation")
        what.add_argument("--compile", action="store_true", help="write what the running product reads, where older")

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        if options["compile"]:
            catalogue.compile_catalogues(root, LOCALES)
            return
        for locale in LOCALES:
            if options["update"]:
                self.stdout.write(f"{locale}: {catalogue.update(root, locale)} texts lack a translation")
            elif found := catalogue.problems(root, locale):
                self.stderr.write("\n".join(found))
                raise CommandError(f"{locale}: {len(found)} to put right")

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounting_crm.embedded.installation import EmbeddedError
from accounting_crm.supervisor import Options, Refused, Supervisor


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: expected 1 to 65535")
    return int(text)


class Command(BaseCommand):
    help = (
        "Runs the whole product on this machine: embedded servers (unless DATABASE_URL and REDIS_URL are set),"
        " migrations, web server, worker and beat. Ctrl-C stops all of it; a second start keeps the data."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=port, default=8000, help="port to listen on (default: %(default)s)")
        parser.add_argument("--no-demo", action="store_true", help="leave a new system empty")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Options(
            host=options["host"], port=options["port"], workers=settings.WEB_WORKERS, demo=not options["no_demo"]
        )
        try:
            Supervisor(settings.INSTALLATION, chosen).run()
        except (Refused, EmbeddedError) as error:
            raise CommandError(str(error)) from error

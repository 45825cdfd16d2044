"""Creates a token for another program. Only the token goes to stdout, so that a script can keep it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from core.errors import DomainError
from staff.enums import Scope
from staff.models import User
from staff.services import issue_token

MOST_DAYS = 3650


class Command(BaseCommand):
    help = f"Create an API token and print it once. Scopes: {', '.join(Scope.values)}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="USER", help="user name")
        parser.add_argument("--scopes", required=True, help="comma-separated scopes")
        parser.add_argument("--days", type=int, help="days until the token expires; without it the token does not")
        parser.add_argument("--name", default="", help="what the token is for")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        if options["days"] is not None and not 1 <= options["days"] <= MOST_DAYS:
            raise CommandError(f"--days must be from 1 to {MOST_DAYS}.")
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            token, bare = issue_token(
                user=user, scopes=scopes, actor=None, now=now(), name=options["name"], days=options["days"]
            )
        except DomainError as refusal:
            raise CommandError(f"{refusal.detail} {'; '.join(map(str, refusal.fields.get('scopes', [])))}") from refusal
        until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "until it is revoked"
        self.stderr.write(
            f"Token of {user.username} for {', '.join(token.scopes)}, valid {until}. Keep it: shown once."
        )
        self.stdout.write(bare)

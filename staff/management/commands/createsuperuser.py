"""Django's command; the e-mail address may be left out, and names that are taken are told in one line."""

from __future__ import annotations

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError
from django.db import IntegrityError
from django.utils.translation import gettext as _


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if not options["interactive"]:
            options["email"] = options["email"] or os.environ.get("DJANGO_SUPERUSER_EMAIL", "")
        try:
            super().handle(*args, **options)
        except IntegrityError as error:
            raise CommandError(_("Somebody has this log-in name or e-mail address already.")) from error

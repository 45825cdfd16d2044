from __future__ import annotations

from django.core.management.base import BaseCommand
from django.utils.timezone import now
from django.utils.translation import gettext as _

from reports.services import rebuild_facts


class Command(BaseCommand):
    help = "Derives the tables of figures anew from source rows."

    def handle(self, *args: object, **options: object) -> None:
        rebuild_facts(now=now())
        self.stdout.write(_("The figures have been derived anew."))

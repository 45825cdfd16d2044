"""Who came: countable things behind bars that are no figure of their own."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from core.figures import Side, Text

FLOWS: Mapping[str, tuple[Text, Text, Side]] = {
    "new": (_("First contract"), _("Clients whose first contract ever began in the period."), Side("start")),
    "back": (
        _("Won back"),
        _("Clients who signed again after the grace was over; the refusal before stays a refusal."),
        Side("winback"),
    ),
}

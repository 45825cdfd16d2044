"""Editing the wording of letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import LetterTemplate
from clients.rules.wording import unknown_placeholders
from core.concurrency import write_edit
from core.errors import DomainError, ForbiddenError
from feedback.queries.letters import needed_placeholders, placeholders_of
from staff.models import User
from staff.permissions import leads


@transaction.atomic
def edit_wording(
    *,
    template: LetterTemplate,
    original: Mapping[str, Any],
    mine: Mapping[str, Any],
    actor: User,
    now: datetime,
) -> LetterTemplate:
    """``name``, ``subject``, ``body``. Refuses what would go out wrong: an unknown placeholder, a missing link."""
    if not leads(actor):
        raise ForbiddenError(_("Only the head or an administrator may change the wording of letters."))
    stored = LetterTemplate.objects.select_for_update().get(pk=template.pk)
    wanted = {**mine, "name": mine["name"].strip(), "subject": " ".join(mine["subject"].split())}
    write_edit(stored, original=original, mine=wanted)
    check_wording(code=stored.code, subject=stored.subject, body=stored.body)
    return stored


def check_wording(*, code: str, subject: str, body: str) -> None:
    known = placeholders_of(code)
    problems: dict[str, list[str]] = {}
    for field, text in (("subject", subject), ("body", body)):
        unknown = unknown_placeholders(text, known)
        if unknown:
            names = ", ".join(f"{{{{ {one} }}}}" for one in unknown)
            problems.setdefault(field, []).append(_("Unknown placeholder: %(names)s") % {"names": names})
    missing = [one for one in sorted(needed_placeholders(code)) if not _mentions(body, one)]
    if missing:
        names = ", ".join(f"{{{{ {one} }}}}" for one in missing)
        problems.setdefault("body", []).append(_("The letter needs %(names)s") % {"names": names})
    if problems:
        raise DomainError(_("Please check the placeholders."), code="placeholders", fields=problems)


def _mentions(text: str, name: str) -> bool:
    return name in unknown_placeholders(text, ())

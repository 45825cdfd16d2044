"""Editing the wording of letters."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import LetterTemplate
from clients.rules.wording import unknown_placeholders
from core.concurrency import update_versioned
from core.errors import DomainError, ForbiddenError
from feedback.queries.letters import needed_placeholders, placeholders_of
from staff.models import User
from staff.permissions import leads


@transaction.atomic
def edit_wording(
    *,
    template: LetterTemplate,
    name: str,
    subject: str,
    body: str,
    expected_version: int,
    actor: User,
    now: datetime,
) -> LetterTemplate:
    """Refuses what would go out wrong: an unknown placeholder, a survey without its link."""
    if not leads(actor):
        raise ForbiddenError(_("Only the head or an administrator may change the wording of letters."))
    check_wording(code=template.code, subject=subject, body=body)
    template.name, template.subject, template.body = name.strip(), " ".join(subject.split()), body
    update_versioned(template, fields=["name", "subject", "body"], expected_version=expected_version)
    return template


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
    return bool(unknown_placeholders(text, ())) and name in unknown_placeholders(text, ())

"""Wording of letters for the people who edit it."""

from __future__ import annotations

from django.db.models import QuerySet

from clients.models import Contact, LetterTemplate
from clients.permissions import visible_clients
from clients.rules.wording import PLACEHOLDERS
from staff.models import User

_OF_STAFF = frozenset({"name", "client", "owner", "department", "company"})
_EXTRA = {
    "survey": frozenset({"survey_url"}),
    "survey_reminder": frozenset({"survey_url"}),
    "renewal_disputed": frozenset({"comment", "link"}),
    "renewal_decided": frozenset({"client", "reason", "comment", "link"}),
    "offer_waiting": frozenset({"client", "comment", "link"}),
    "offer_decided": frozenset({"client", "reason", "comment", "link"}),
    "complaint_opened": frozenset({"reason", "comment", "deadline", "link"}),
    "handoff_accepted": frozenset({"link"}),
    "handoff_returned": frozenset({"reason", "comment", "link"}),
    "handoff_asked_back": frozenset({"comment", "link"}),
}


def letter_templates() -> QuerySet[LetterTemplate]:
    return LetterTemplate.objects.order_by("-language", "name", "code")


def placeholders_of(code: str) -> list[str]:
    """What may stand in this letter; a colleague's letter has no greeting and no signature."""
    extra = _EXTRA.get(code, frozenset())
    return sorted((_OF_STAFF if is_to_staff(code) else PLACEHOLDERS) | extra)


def is_to_staff(code: str) -> bool:
    return code.startswith(("handoff_", "offer_")) or code in {
        "complaint_opened",
        "renewal_disputed",
        "renewal_decided",
    }


def needed_placeholders(code: str) -> frozenset[str]:
    """Without these the letter would be of no use."""
    return frozenset({"survey_url"}) if code in {"survey", "survey_reminder"} else frozenset()


def contact_for_preview(user: User) -> Contact | None:
    """A real person of a client, so that the preview is what that person would see."""
    contacts = Contact.objects.filter(client__in=visible_clients(user), archived_at__isnull=True)
    return contacts.select_related("client").order_by("-is_primary", "id").first()

"""Complaints: opened by a low score or by hand, answered for by a person, closed with a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.letters import send_to_staff
from clients.models import Client, Contact
from clients.queries import current_owner
from clients.services import record_event
from core.concurrency import update_versioned, write_edit
from core.errors import ConflictError, DomainError, ForbiddenError
from core.queries import company as load_company
from core.queries import load_calendar
from feedback.enums import ComplaintCategory, ComplaintState
from feedback.models import Complaint, SurveyResponse
from feedback.permissions import may_reassign
from feedback.rules import surveys as rules
from staff.models import User
from staff.permissions import in_department
from work.enums import TouchState
from work.models import Touch
from work.services import cancel_touch, open_urgent_touch


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintData:
    category: ComplaintCategory
    what_happened: str
    contact: Contact | None = None
    deadline: datetime | None = None  # by default so many working hours from now
    responsible: User | None = None  # by default the client's owner


@transaction.atomic
def open_complaint(
    *, client: Client, data: ComplaintData, actor: User | None, now: datetime, response: SurveyResponse | None = None
) -> Complaint:
    """The complaint, an urgent call for the client's owner and a letter to whoever answers for it, all or nothing."""
    if not data.what_happened.strip():
        _refuse("what_happened", _("Say what happened."))
    responsible = data.responsible or current_owner(client)
    _check_responsible(responsible)
    complaint = Complaint.objects.create(
        client=client,
        contact=data.contact,
        response=response,
        category=data.category,
        what_happened=data.what_happened.strip(),
        responsible=responsible,
        opened_at=now,
        deadline=data.deadline or rules.complaint_deadline(now, load_company().complaint_hours, load_calendar()),
    )
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Complaint: %(text)s") % {"text": complaint.what_happened}
    open_urgent_touch(client=client, rule=urgent_rule(complaint), subject=subject, now=now)
    record_event(
        client_id=client.pk,
        kind=EventKind.COMPLAINT_OPENED,
        at=now,
        actor=actor,
        summary=complaint.what_happened,
        data={"category": complaint.category, "responsible": responsible.pk},
        subject=complaint,
    )
    _notify(complaint, actor=actor, now=now)
    return complaint


def urgent_rule(complaint: Complaint) -> str:
    return f"urgent:complaint:{complaint.pk}"


@transaction.atomic
def edit_complaint(
    *, complaint: Complaint, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Complaint:
    """``category``, ``what_happened``, ``deadline``, ``contact``: merged with what others wrote meanwhile."""
    stored = _lock_open(complaint)
    if "what_happened" in mine and not str(mine["what_happened"]).strip():
        _refuse("what_happened", _("Say what happened."))
    write_edit(stored, original=original, mine=mine)
    return stored


@transaction.atomic
def resolve_complaint(*, complaint: Complaint, resolution: str, actor: User, now: datetime) -> Complaint:
    """Closed only with a text of what was done; an urgent call nobody made yet is not needed any more."""
    complaint = _lock_open(complaint)
    if not resolution.strip():
        _refuse("resolution", _("Say how the complaint was solved: it cannot be closed without it."))
    complaint.state, complaint.resolution = ComplaintState.RESOLVED, resolution.strip()
    complaint.resolved_at, complaint.resolved_by = now, actor
    fields = ["state", "resolution", "resolved_at", "resolved_by"]
    update_versioned(complaint, fields=fields, expected_version=complaint.version)
    touch = Touch.objects.filter(rule=urgent_rule(complaint), state=TouchState.OPEN).first()
    if touch is not None:
        cancel_touch(touch=touch, reason=_("The complaint is resolved."), actor=actor, now=now)
    record_event(
        client_id=complaint.client_id,
        kind=EventKind.COMPLAINT_RESOLVED,
        at=now,
        actor=actor,
        summary=complaint.resolution,
        subject=complaint,
    )
    return complaint


@transaction.atomic
def reassign_complaint(
    *, complaint: Complaint, original: Mapping[str, Any], responsible: User, actor: User, now: datetime
) -> Complaint:
    """Another person answers for it from now on and is told by letter; ``original`` is whom the actor saw there."""
    complaint = _lock_open(complaint)
    if not may_reassign(actor, complaint):
        raise ForbiddenError(_("Only the responsible person or the head may pass a complaint on."))
    _check_responsible(responsible)
    before = complaint.responsible
    if not write_edit(complaint, original=original, mine={"responsible": responsible}):
        return complaint
    record_event(
        client_id=complaint.client_id,
        kind=EventKind.NOTE,
        at=now,
        actor=actor,
        summary=_("Complaint passed on: %(before)s → %(after)s") % {"before": before, "after": responsible},
        subject=complaint,
    )
    _notify(complaint, actor=actor, now=now)
    return complaint


def _notify(complaint: Complaint, *, actor: User | None, now: datetime) -> None:
    """A letter to the responsible person, unless it is the one who wrote the complaint down."""
    person = complaint.responsible
    if actor is not None and actor.pk == person.pk:
        return
    with translation.override(person.language):
        deadline = date_format(localtime(complaint.deadline), "SHORT_DATETIME_FORMAT")
        category = complaint.get_category_display()
    send_to_staff(
        user=person,
        template_code="complaint_opened",
        key=f"complaint:{complaint.pk}:to:{person.pk}:v{complaint.version}",
        now=now,
        extra={
            "client": complaint.client.name,
            "comment": complaint.what_happened,
            "reason": category,
            "deadline": deadline,
            "link": settings.APP_URL + reverse("complaints:detail", args=[complaint.pk]),
        },
    )


def _lock_open(complaint: Complaint) -> Complaint:
    """One write at a time; a resolved complaint is not touched again."""
    rows = Complaint.objects.select_for_update(of=("self",)).select_related("client", "responsible", "contact")
    stored = rows.get(pk=complaint.pk)
    if stored.state == ComplaintState.RESOLVED:
        raise ConflictError(_("This complaint is resolved already. Your text is still here."), code="resolved")
    return stored


def _check_responsible(user: User) -> None:
    if not in_department(user):
        _refuse("responsible", _("Only somebody of the department can answer for a complaint."))


def _refuse(field: str, text: str) -> None:
    raise DomainError(text, code=field, fields={field: [text]})

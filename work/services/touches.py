"""Touches planned by a person or by another rule of the house."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.models import Assignment, Client, Contact
from core.concurrency import decide, snapshot, update_versioned
from core.errors import ConflictError, DomainError
from core.models import new_external_id
from staff.models import User
from staff.permissions import in_department
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch


def open_urgent_touch(*, client: Client, rule: str, subject: str, now: datetime) -> Touch:
    """An urgent call for the client's owner, due today; the same rule ("urgent:complaint:7") never opens a second."""
    today = localdate(now)
    owner_id = Assignment.objects.values_list("user_id", flat=True).get(client=client, ended_at__isnull=True)
    touch, _created = Touch.objects.get_or_create(
        rule=rule,
        defaults={
            "client": client,
            "kind": TouchKind.URGENT,
            "subject": subject[:300],
            "assignee_id": owner_id,
            "due_from": today,
            "due_on": today,
            "is_urgent": True,
        },
    )
    return touch


def plan_touch(
    *,
    client: Client,
    due_on: date,
    subject: str,
    actor: User,
    now: datetime,
    assignee: User | None = None,
    contact: Contact | None = None,
    kind: TouchKind = TouchKind.PLANNED,
) -> Touch:
    """A contact planned by hand. Without an assignee it is the owner's and stays with whoever owns the client."""
    _check_plan(due_on, subject, assignee, localdate(now))
    owner = Assignment.objects.select_related("user").get(client=client, ended_at__isnull=True).user
    person = assignee or owner
    return Touch.objects.create(
        client=client,
        contact=contact,
        kind=kind,
        subject=subject.strip()[:300],
        assignee=person,
        follows_owner=person == owner,
        due_from=due_on,
        due_on=due_on,
    )


def _check_plan(due_on: date, subject: str, assignee: User | None, today: date) -> None:
    if due_on < today:
        past = _("A contact cannot be planned for a day that has passed.")
        raise DomainError(past, code="past", fields={"due_on": [past]})
    if not subject.strip():
        empty = _("Say what the contact is about.")
        raise DomainError(empty, code="subject", fields={"subject": [empty]})
    if assignee is not None and not in_department(assignee):
        foreign = _("A contact with a client is for somebody of the department.")
        raise DomainError(foreign, code="assignee", fields={"assignee": [foreign]})


@transaction.atomic
def move_touch(
    *,
    touch: Touch,
    original: Mapping[str, Any],
    mine: Mapping[str, Any],
    now: datetime,
) -> Touch:
    """Another ``due_on``, ``subject``, ``contact`` or ``assignee``, merged with what others wrote meanwhile.

    Without an assignee it goes back to the client's owner.
    """
    stored = Touch.objects.select_for_update().get(pk=touch.pk)
    if stored.state != TouchState.OPEN:
        raise ConflictError(_("This contact is closed already. Your text is still here."), code="closed")
    theirs = snapshot(stored, mine) | {"assignee": "" if stored.follows_owner else str(stored.assignee_id)}
    changed = decide(theirs=theirs, original=original, mine=mine)
    if not changed:
        return stored
    wanted = {name: mine[name] for name in changed}
    _check_plan(
        wanted.get("due_on", localdate(now)), wanted.get("subject", "-"), wanted.get("assignee"), localdate(now)
    )
    for name in changed - {"assignee"}:
        setattr(stored, name, wanted[name])
    if "assignee" in wanted:
        owner = Assignment.objects.select_related("user").get(client=stored.client_id, ended_at__isnull=True).user
        stored.assignee = wanted["assignee"] or owner
        stored.follows_owner = stored.assignee == owner
    if "due_on" in wanted:
        stored.due_from, stored.not_before = min(stored.due_from, stored.due_on), None
    fields = changed | {"follows_owner", "due_from", "not_before"}
    update_versioned(stored, fields=fields, expected_version=stored.version)
    return stored


@transaction.atomic
def cancel_touch(*, touch: Touch, reason: str, actor: User | None, now: datetime) -> Touch:
    """Takes an open touch off the list; the reason stays with it."""
    if not reason.strip():
        empty = _("Say why the contact is not needed.")
        raise DomainError(empty, code="reason", fields={"reason": [empty]})
    changed = Touch.objects.filter(pk=touch.pk, state=TouchState.OPEN).update(
        state=TouchState.CANCELLED, note=reason.strip(), closed_at=now, closed_by=actor, updated_at=now
    )
    if not changed:
        raise DomainError(_("This contact is closed already."), code="closed")
    touch.refresh_from_db()
    return touch


@transaction.atomic
def close_touch(*, touch: Touch, outcome: CallOutcome, note: str, actor: User, now: datetime) -> Touch:
    """The contact took place, and what came of it was written down elsewhere than on the call screen."""
    changed = Touch.objects.filter(pk=touch.pk, state=TouchState.OPEN).update(
        state=TouchState.DONE,
        outcome=outcome,
        note=note.strip(),
        closed_at=now,
        closed_by=actor,
        external_id=touch.external_id or new_external_id(),
        version=F("version") + 1,
        updated_at=now,
    )
    if not changed:
        raise DomainError(_("This contact is closed already."), code="closed")
    touch.refresh_from_db()
    return touch

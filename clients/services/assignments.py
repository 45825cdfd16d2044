"""Who owns a client. Exactly one assignment is open at any commit; the database refuses anything else."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import AssignmentReason, AssignmentState, EventKind
from clients.models import Assignment, Client
from clients.services.events import record_event
from core.errors import ConflictError, DomainError, ForbiddenError
from staff.models import User
from staff.permissions import in_department, leads


def open_first(
    *,
    client: Client,
    user: User,
    reason: AssignmentReason,
    state: AssignmentState,
    now: datetime,
    to_distribute: bool = False,
) -> Assignment:
    """The assignment of a client that is being created in this transaction."""
    return Assignment.objects.create(
        client=client, user=user, reason=reason, state=state, started_at=now, to_distribute=to_distribute
    )


def hold_assignment(client: Client) -> Assignment:
    """Nobody else changes it until the end of the transaction. The client is held before his assignment: imports and
    corrected hand-offs write to both in this order, and triggers of the second ask for the first.
    """
    Client.objects.select_for_update(no_key=True).only("pk").get(pk=client.pk)
    open_one = Assignment.objects.select_for_update(of=("self",)).select_related("user")
    return open_one.get(client=client, ended_at__isnull=True)


@transaction.atomic
def assign_owner(
    *,
    client: Client,
    user: User,
    reason: AssignmentReason,
    state: AssignmentState = AssignmentState.ACTIVE,
    actor: User | None,
    now: datetime,
    note: str = "",
    to_distribute: bool = False,
) -> Assignment:
    """Closes the open assignment and opens the next, one timeline event. The same owner keeps the same assignment."""
    current = hold_assignment(client)
    if current.user_id == user.pk:
        if (current.state, current.to_distribute) != (state, to_distribute):
            current.state, current.to_distribute = state, to_distribute
            current.save(update_fields=["state", "to_distribute"])
        return current
    current.ended_at = max(now, current.started_at)
    current.save(update_fields=["ended_at"])
    opened = Assignment.objects.create(
        client=client,
        user=user,
        reason=reason,
        state=state,
        note=note,
        started_at=current.ended_at,
        to_distribute=to_distribute,
    )
    record_event(
        client_id=client.pk,
        kind=EventKind.OWNER_CHANGED,
        at=now,
        actor=actor,
        summary=f"{current.user} → {user}",
        data={"from": current.user_id, "to": user.pk, "reason": reason.value, "note": note},
        subject=opened,
    )
    return opened


@transaction.atomic
def transfer_client(*, client: Client, user: User, note: str, actor: User, now: datetime) -> Assignment:
    """The head gives a client to another person for good. Raises ``DomainError`` while a hand-off waits for an answer."""
    if not leads(actor):
        raise ForbiddenError(_("Only the head or an administrator changes the owner."))
    if not user.is_active or not in_department(user):
        reason = _("Choose somebody of the department who is at work.")
        raise DomainError(reason, fields={"user": [reason]})
    if hold_assignment(client).state == AssignmentState.OFFERED:
        raise ConflictError(_("This client's hand-off waits for an answer: choose another manager there."))
    return assign_owner(client=client, user=user, reason=AssignmentReason.TRANSFER, actor=actor, now=now, note=note)

"""Who owns a client. Exactly one assignment is open at any commit; the database refuses anything else."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clients.enums import AssignmentReason, AssignmentState, EventKind
from clients.models import Assignment, Client
from clients.services.events import record_event
from staff.models import User


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
    current = Assignment.objects.select_for_update().select_related("user").get(client=client, ended_at__isnull=True)
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

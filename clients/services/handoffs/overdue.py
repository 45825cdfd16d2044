from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clients.enums import AssignmentReason, AssignmentState, EventKind
from clients.models import Handoff
from clients.queries.handoffs import caretaker, is_held_for_real, waits_for_acceptance
from clients.services.assignments import assign_owner, hold_assignment
from clients.services.events import record_event
from clients.services.handoffs.letters import tell_overdue
from staff.models import User

BATCH = 200


def mark_overdue_handoffs(*, now: datetime) -> Mapping[str, int]:
    """Hand-offs whose time to accept has passed: the head holds the client and is told. A sweep."""
    done = 0
    while batch := _mark_batch(now=now):
        done += batch
    return {"overdue": done}


@transaction.atomic
def _mark_batch(*, now: datetime) -> int:
    rows = list(
        waits_for_acceptance(now)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("client", "salesperson", "proposed_owner")[:BATCH]
    )
    head = caretaker() if rows else None
    for handoff in rows:
        _hand_to_head(handoff, head, now=now)
    return len(rows)


def _hand_to_head(handoff: Handoff, head: User | None, *, now: datetime) -> None:
    client = handoff.client
    if client is None or head is None:  # pragma: no cover - the database keeps drafts out of the query
        return
    current = hold_assignment(client)
    if not is_held_for_real(current):
        assign_owner(
            client=client,
            user=head,
            reason=AssignmentReason.OVERDUE,
            state=AssignmentState.OFFERED,
            actor=None,
            now=now,
            to_distribute=current.to_distribute,
        )
    handoff.overdue_at = now
    handoff.version += 1
    handoff.save()
    record_event(
        client_id=client.pk,
        kind=EventKind.HANDOFF_OVERDUE,
        at=now,
        summary=str(handoff.proposed_owner),
        data={"to": head.pk},
        subject=handoff,
    )
    tell_overdue(handoff, head, now=now)

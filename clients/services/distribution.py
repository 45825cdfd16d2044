"""Nobody's client: what an owner who has left held goes to the head and stands on the list to distribute (A19)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from clients.enums import AssignmentReason, AssignmentState, EventKind
from clients.models import Assignment, Client
from clients.queries.handoffs import caretaker
from clients.services.events import new_event, record_events
from staff.enums import DEPARTMENT_ROLES
from staff.models import User

BATCH = 2000


def take_over_orphans(*, now: datetime) -> Mapping[str, int]:
    """Set-based, a batch per transaction; without anybody active to take them the clients stay where they are."""
    taken = 0
    while True:
        done = _take_over_batch(now)
        taken += done
        if done < BATCH:
            return {"taken_over": taken}


@transaction.atomic
def _take_over_batch(now: datetime) -> int:
    at_work = Q(user__is_active=True) & (Q(user__roles__overlap=list(DEPARTMENT_ROLES)) | Q(user__is_superuser=True))
    awaited = Q(user__is_active=False, user__deactivated_at__isnull=True)  # imported, not invited yet
    fits = at_work | awaited
    orphans = Assignment.objects.filter(ended_at__isnull=True).exclude(fits)
    first = orphans.order_by("pk").values("client_id")[:BATCH]
    held = Client.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=first)  # before assignments
    clients = list(held.order_by("pk").values_list("pk", flat=True))
    orphans = orphans.filter(client__in=clients).select_related("user")
    rows = list(orphans.select_for_update(skip_locked=True, of=("self",)).order_by("pk")) if clients else []
    head = _head() if rows else None
    if head is None:
        return 0
    for row in rows:
        row.ended_at = max(now, row.started_at)
    Assignment.objects.filter(pk__in=[row.pk for row in rows if row.started_at <= now]).update(ended_at=now)
    Assignment.objects.bulk_update([row for row in rows if row.started_at > now], ["ended_at"])
    opened = Assignment.objects.bulk_create(
        [
            Assignment(
                client_id=row.client_id,
                user=head,
                state=AssignmentState.ACTIVE,
                reason=AssignmentReason.NOBODY,
                started_at=max(now, row.started_at),
                to_distribute=True,
            )
            for row in rows
        ]
    )
    record_events(
        [
            new_event(
                client_id=row.client_id,
                kind=EventKind.OWNER_CHANGED,
                at=now,
                summary=f"{row.user} → {head}",
                data={"from": row.user_id, "to": head.pk, "reason": AssignmentReason.NOBODY.value},
                subject=fresh,
            )
            for row, fresh in zip(rows, opened, strict=True)
        ]
    )
    return len(rows)


def _head() -> User | None:
    """Somebody active who may hold clients; nobody in a system that has no such person yet."""
    if (
        not User.objects.filter(is_active=True)
        .filter(Q(roles__overlap=list(DEPARTMENT_ROLES)) | Q(is_superuser=True))
        .exists()
    ):
        return None
    return caretaker()

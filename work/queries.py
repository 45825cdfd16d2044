from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.timezone import localdate

from clients.models import Client
from core.enums import Tier
from core.fixed import FixedQuery
from staff.models import User
from staff.permissions import colleague, in_department
from staff.queries import name_at
from work.enums import FactKind, TouchState
from work.models import Touch, TouchPolicy
from work.permissions import visible_touches


def policies() -> dict[str, TouchPolicy]:
    """The policy of every tier; defaults for one that has no row."""
    stored = {policy.tier: policy for policy in TouchPolicy.objects.all()}
    return {tier: stored.get(tier) or TouchPolicy(tier=tier) for tier in Tier.values}


def base_days(kind: FactKind, *, after: int, upto: int) -> list[date]:
    """The days from which the waiting facts with ``after < id ≤ upto`` are counted."""
    waiting = "p.kind = %(kind)s AND p.id > %(after)s AND p.id <= %(upto)s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT (coalesce(o.completed_at, o.ordered_at) AT TIME ZONE %(zone)s)::date
            FROM work_pendingfact p JOIN clients_order o ON o.id = p.order_id
            WHERE {waiting} AND p.order_id IS NOT NULL
            UNION SELECT greatest(k.signed_on, k.starts_on)
            FROM work_pendingfact p JOIN clients_contract k ON k.id = p.contract_id
            WHERE {waiting} AND p.contract_id IS NOT NULL""",  # noqa: S608 - a constant
            {"kind": kind.value, "after": after, "upto": upto, "zone": settings.TIME_ZONE},
        )
        return [day for (day,) in cursor.fetchall()]


def in_order_of_need(touches: QuerySet[Touch]) -> QuerySet[Touch]:
    """Urgent first, then by the day they are due."""
    return touches.order_by("-is_urgent", "due_on", "id")


def open_touches_of(client: Client, user: User) -> list[Touch]:
    """What is planned with this client, for its card."""
    return _OPEN_OF_CLIENT.rows(client.pk) if in_department(user) else []


def _open_of_client(client_id: int) -> QuerySet[Touch]:
    touches = visible_touches(colleague()).filter(client=client_id, state=TouchState.OPEN)
    return in_order_of_need(touches.annotate(who=name_at("assignee")))[:10]


_OPEN_OF_CLIENT = FixedQuery(_open_of_client, int)


def overdue(touches: QuerySet[Touch], today: date) -> QuerySet[Touch]:
    return touches.filter(state=TouchState.OPEN, due_on__lt=today)


def due(touches: QuerySet[Touch], today: date) -> QuerySet[Touch]:
    """Their window is open today."""
    return touches.filter(state=TouchState.OPEN, due_from__lte=today, due_on__gte=today)


def coming(touches: QuerySet[Touch], today: date) -> QuerySet[Touch]:
    return touches.filter(state=TouchState.OPEN, due_from__gt=today)


def closed_since(touches: QuerySet[Touch], moment: datetime) -> QuerySet[Touch]:
    return touches.filter(state=TouchState.DONE, closed_at__gte=moment)


def calls_due(user: User) -> int:
    """How many contacts wait for this person today, overdue ones included: the number in the menu."""
    waiting = Touch.objects.filter(assignee=user, state=TouchState.OPEN, due_from__lte=localdate())
    return waiting[:1000].count()

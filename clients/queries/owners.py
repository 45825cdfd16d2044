from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.utils.timezone import make_aware

from clients.models import Assignment, Client
from staff.models import User


def open_assignment(client: Client) -> Assignment:
    """The one that the database guarantees, with its user."""
    return Assignment.objects.select_related("user").get(client=client, ended_at__isnull=True)


def current_owner(client: Client) -> User:
    return open_assignment(client).user


def owners_of(client_ids: Collection[int]) -> dict[int, User]:
    """Client id → owner, in one query."""
    rows = Assignment.objects.select_related("user").filter(client_id__in=client_ids, ended_at__isnull=True)
    return {row.client_id: row.user for row in rows}


def owner_on(client: Client, day: date) -> User:
    """Whose client it was when that day ended; the first owner of all for a day before him."""
    rows = Assignment.objects.select_related("user").filter(client=client)
    end = make_aware(datetime.combine(day + timedelta(days=1), time.min))
    held = rows.filter(started_at__lt=end).order_by("-started_at", "-id").first()
    return (held or rows.order_by("started_at", "id")[0]).user

"""The one gate to clients: views, API, reports, exports and search all start here."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from clients.models import Client, Handoff
from staff.enums import Role
from staff.models import User
from staff.permissions import in_department


def visible_clients(user: User) -> QuerySet[Client]:
    """The department sees every client; sales see those they handed off; anybody else sees none."""
    if in_department(user):
        return Client.objects.all()
    if user.has_role(Role.SALES):
        own = Handoff.objects.filter(client=OuterRef("pk"), salesperson=user)
        return Client.objects.filter(Exists(own))
    return Client.objects.none()


def visible_handoffs(user: User) -> QuerySet[Handoff]:
    """The department sees what was given; sales see their own, drafts included; a draft is its author's alone."""
    own = (
        Handoff.objects.filter(salesperson=user)
        if user.has_role(Role.SALES) or in_department(user)
        else Handoff.objects.none()
    )
    if in_department(user):
        return own | Handoff.objects.filter(client__isnull=False)
    return own

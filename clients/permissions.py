"""The one gate to clients: views, API, reports, exports and search all start here."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from clients.enums import EventKind, HandoffStatus
from clients.models import Client, Handoff
from core.fixed import FixedQuery
from staff.enums import Role
from staff.models import User
from staff.permissions import in_department, leads, sells


def visible_clients(user: User) -> QuerySet[Client]:
    """The department sees every client; sales see those they handed off; anybody else sees none."""
    if in_department(user):
        return Client.objects.all()
    if user.has_role(Role.SALES):
        own = Handoff.objects.filter(client=OuterRef("pk"), salesperson=user)
        return Client.objects.filter(Exists(own))
    return Client.objects.none()


def visible_client(user: User, external_id: str) -> Client | None:
    """The one of that key, if this person sees it."""
    if in_department(user):
        return _OF_ALL.first(external_id)
    return visible_clients(user).filter(external_id=external_id).order_by().first()


_OF_ALL = FixedQuery(lambda key: Client.objects.filter(external_id=key).only("external_id").order_by(), str)


#: What becomes of a client one has handed off. What is said, heard and noted about the client is the department's own:
#: calls and their notes, letters, surveys, complaints, renewals, refusals.
OPEN_TO_SALES = frozenset({
    EventKind.CLIENT_CREATED, EventKind.CLIENT_CHANGED, EventKind.CLIENT_ARCHIVED, EventKind.CLIENT_RESTORED,
    EventKind.CONTACT_ADDED, EventKind.CONTACT_CHANGED, EventKind.OWNER_CHANGED, EventKind.FILE_ADDED,
    EventKind.CONTRACT_SIGNED, EventKind.CONTRACT_CHANGED, EventKind.ORDER_CREATED, EventKind.ORDER_COMPLETED,
    EventKind.ORDER_CANCELLED, EventKind.ORDER_REFUNDED, EventKind.HANDOFF_OFFERED, EventKind.HANDOFF_ACCEPTED,
    EventKind.HANDOFF_RETURNED, EventKind.HANDOFF_OVERDUE, EventKind.SALES_ASKED,
})  # fmt: skip


def visible_events(user: User) -> frozenset[EventKind]:
    """Which events of a client's history somebody who sees the client may read; of a colleague all of them."""
    return frozenset(EventKind) if in_department(user) else OPEN_TO_SALES


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


def may_edit_handoff(user: User, handoff: Handoff) -> bool:
    """Its author, until it is sent and again once it is returned."""
    return (
        sells(user)
        and handoff.salesperson_id == user.pk
        and handoff.status in {HandoffStatus.DRAFT, HandoffStatus.RETURNED}
    )


def may_answer_handoff(user: User, handoff: Handoff) -> bool:
    """The manager who was asked; the head may take a client that nobody accepted in time."""
    if not in_department(user):
        return False
    return handoff.proposed_owner_id == user.pk or (handoff.overdue_at is not None and leads(user))


def may_redirect_handoff(user: User) -> bool:
    return leads(user)


def may_ask_sales(user: User) -> bool:
    return in_department(user)

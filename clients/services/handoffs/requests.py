from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.models import Client, SalesRequest
from clients.services.events import record_event
from clients.services.handoffs.letters import tell_asked_back
from core.errors import ConflictError, DomainError
from staff.models import User
from staff.permissions import sells


@transaction.atomic
def ask_sales_back(*, client: Client, salesperson: User, text: str, actor: User, now: datetime) -> SalesRequest:
    """The client wants a new project: the salesperson is told by letter and finds it on his list.

    Asking again while the first request is open adds nothing.
    """
    if not sells(salesperson):
        reason = _("Choose an active salesperson.")
        raise DomainError(reason, fields={"salesperson": [reason]})
    Client.objects.select_for_update().only("pk").get(pk=client.pk)
    waiting = SalesRequest.objects.filter(client=client, salesperson=salesperson, closed_at=None).first()
    if waiting is not None:
        return waiting
    request = SalesRequest.objects.create(
        client=client, salesperson=salesperson, asked_by=actor, asked_at=now, text=text
    )
    record_event(client_id=client.pk, kind=EventKind.SALES_ASKED, at=now, actor=actor, summary=text, subject=request)
    tell_asked_back(request, now=now)
    return request


@transaction.atomic
def dismiss_request(*, request: SalesRequest, because: str, actor: User, now: datetime) -> SalesRequest:
    """Nothing comes of it; the reason stands on the timeline."""
    closed = SalesRequest.objects.filter(pk=request.pk, closed_at=None).update(
        closed_at=now, dismissed_because=because, updated_at=now
    )
    if not closed:
        raise ConflictError(_("This request is answered already."))
    record_event(
        client_id=request.client_id,
        kind=EventKind.SALES_ASKED,
        at=now,
        actor=actor,
        summary=because,
        data={"dismissed": True},
        subject=request,
    )
    return request

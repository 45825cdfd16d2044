"""Notes. Apart from the rest of the package, because a letter goes out and letters build upon it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from clients.enums import EventKind
from clients.letters import send_to_staff
from clients.models import Client
from clients.queries import current_owner
from clients.services.events import record_event
from staff.models import User


@transaction.atomic
def add_note(*, client: Client, text: str, actor: User, now: datetime) -> None:
    """A colleague's note covers for the owner, who hears of it by letter; the owner stays the owner (row A45)."""
    owner = current_owner(client)
    covering = owner.pk != actor.pk
    event = record_event(
        client_id=client.pk,
        kind=EventKind.NOTE,
        at=now,
        actor=actor,
        summary=text,
        data={"covering": True} if covering else {},
    )
    if covering and owner.is_active:
        send_to_staff(
            user=owner,
            template_code="covering_note",
            key=f"covering:{event.pk}",
            now=now,
            extra={
                "client": client.name,
                "who": actor.name,
                "comment": text,
                "link": f"{settings.APP_URL}/clients/{client.pk}/",
            },
        )

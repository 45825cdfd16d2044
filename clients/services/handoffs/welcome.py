from __future__ import annotations

from datetime import datetime

from clients.letters import send_to_contact
from clients.models import Client, Contact, Handoff
from gateways.enums import MessageClass


def welcome(handoff: Handoff, client: Client, *, now: datetime) -> None:
    """The letter in which the manager introduces himself, with the greeting of that contact.

    Who knows the manager from an earlier hand-off is not introduced twice; a client without an e-mail gets none.
    """
    manager = handoff.accepted_by
    earlier = client.handoffs.filter(accepted_by=manager).exclude(pk=handoff.pk)
    contact = _addressee(client)
    if contact is None or earlier.exists():
        return
    send_to_contact(
        contact=contact,
        template_code="welcome",
        actor=manager,
        key=f"welcome:handoff:{handoff.pk}",
        message_class=MessageClass.SERVICE,
        now=now,
    )


def _addressee(client: Client) -> Contact | None:
    contacts = client.contacts.filter(archived_at=None).exclude(email="")
    return contacts.order_by("-is_primary", "id").first()

"""Contacts: the people at the client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from clients.enums import EventKind
from clients.models import Client, Contact, ContactPhone
from clients.services.events import record_event
from core.concurrency import decide, plain, snapshot, update_versioned
from core.enums import AddressForm
from core.models import new_external_id
from staff.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactData:
    """``phones`` are E.164 already (``core.phones.normalize_phone``)."""

    name: str
    position: str = ""
    email: str = ""
    phones: Sequence[str] = ()
    greeting: str = ""
    address_form: AddressForm = AddressForm.VY
    tone: str = ""
    channel: str = ""
    hours: str = ""
    is_primary: bool = False
    external_id: str = field(default_factory=new_external_id)


def set_phones(contact: Contact, numbers: Sequence[str]) -> None:
    """Keeps the rows that stay, so that an unchanged list writes nothing."""
    wanted = list(dict.fromkeys(numbers))
    stored = list(contact.phones.order_by("position", "id").values_list("number", flat=True))
    if stored == wanted:
        return
    contact.phones.all().delete()
    ContactPhone.objects.bulk_create(
        [ContactPhone(contact=contact, number=number, position=place) for place, number in enumerate(wanted)]
    )


def release_primary(client: Client, *, but: Contact | None = None) -> None:
    """Before a contact becomes the main one the present main one steps back."""
    present = client.contacts.filter(is_primary=True, archived_at__isnull=True)
    if but is not None:
        present = present.exclude(pk=but.pk)
    present.update(is_primary=False)


@transaction.atomic
def add_contact(*, client: Client, data: ContactData, actor: User | None, now: datetime) -> Contact:
    """The first contact of a client is its main one; a new main one takes the place of the present."""
    Client.objects.select_for_update().only("pk").get(pk=client.pk)  # two main contacts at once are impossible
    first = not client.contacts.filter(archived_at__isnull=True, is_primary=True).exists()
    if data.is_primary and not first:
        release_primary(client)
    contact = Contact.objects.create(
        client=client,
        external_id=data.external_id,
        name=data.name,
        position=data.position,
        email=data.email.lower(),
        greeting=data.greeting,
        address_form=data.address_form,
        tone=data.tone,
        channel=data.channel,
        hours=data.hours,
        is_primary=data.is_primary or first,
    )
    set_phones(contact, data.phones)
    record_event(
        client_id=client.pk,
        kind=EventKind.CONTACT_ADDED,
        at=now,
        actor=actor,
        summary=data.name,
        subject=contact,
    )
    return contact


@transaction.atomic
def change_contact(
    *, contact_id: int, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Contact:
    """Phones are one field of the edit: the whole list."""
    contact = Contact.objects.select_for_update().select_related("client").get(pk=contact_id)
    fields = [name for name in mine if name != "phones"]
    stored = list(contact.phones.order_by("position", "id").values_list("number", flat=True))
    theirs = {**snapshot(contact, fields), "phones": plain(stored)}
    changed = decide(theirs=theirs, original=original, mine=mine)
    if not changed:
        return contact
    if "is_primary" in changed and mine["is_primary"]:
        release_primary(contact.client, but=contact)
    for name in changed - {"phones"}:
        setattr(contact, name, mine[name])
    update_versioned(contact, fields=changed - {"phones"}, expected_version=contact.version)
    if "phones" in changed:
        set_phones(contact, mine["phones"])
    record_event(
        client_id=contact.client_id,
        kind=EventKind.CONTACT_CHANGED,
        at=now,
        actor=actor,
        summary=contact.name,
        data={"fields": [name for name in mine if name in changed]},
        subject=contact,
    )
    return contact


@transaction.atomic
def archive_contact(*, contact_id: int, actor: User, now: datetime) -> None:
    """A person who has left is written to no more; the next one becomes the main contact."""
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if contact.archived_at is not None:
        return
    was_primary, contact.archived_at, contact.is_primary = contact.is_primary, now, False
    contact.save(update_fields=["archived_at", "is_primary", "updated_at"])
    heir = Contact.objects.filter(client=contact.client_id, archived_at__isnull=True).order_by("id").first()
    if was_primary and heir is not None:
        Contact.objects.filter(pk=heir.pk).update(is_primary=True)
    record_event(
        client_id=contact.client_id,
        kind=EventKind.CONTACT_CHANGED,
        at=now,
        actor=actor,
        summary=contact.name,
        data={"archived": True},
        subject=contact,
    )

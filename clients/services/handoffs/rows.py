"""The rows that a hand-off brings: written in as few statements as they need, changed only where sales may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind, Source
from clients.models import Assignment, Client, Contact, ContactPhone, Contract, Industry, Region
from clients.services.contacts import ContactData, add_contact, set_phones
from clients.services.events import record_event
from clients.services.handoffs.data import HandoffData
from core.errors import DomainError
from core.fixed_insert import FixedInsert, reserve_keys, write_together
from staff.models import User

_CLIENTS = FixedInsert(Client, keyed=True)
_CONTACTS = FixedInsert(Contact, keyed=True)
_PHONES = FixedInsert(ContactPhone)
_ASSIGNMENTS = FixedInsert(Assignment)
_CONTRACTS = FixedInsert(Contract, unless_taken=True)


@dataclass(frozen=True, slots=True)
class Named:
    industry: Industry | None
    region: Region | None


def named_rows(data: HandoffData) -> Named:
    return Named(
        industry=Industry.objects.get_or_create(name=data.industry)[0] if data.industry else None,
        region=Region.objects.get_or_create(name=data.region)[0] if data.region else None,
    )


def write_client(data: HandoffData, owner: Assignment, *, now: datetime, origin: Source) -> tuple[Client, Contract]:
    """A new client with his owner, contacts and contract, in one round trip.

    Phones come first and the client after his contacts (the database asks for whom they name when all is written): so
    the words by which he is found are put together once, when everything is there.
    """
    [key], people = reserve_keys((Client, 1), (Contact, len(data.contacts)))
    client = _new_client(data, key, now=now, origin=origin)
    owner.client = client
    contacts = _new_contacts(client, people, data.contacts)
    contract = _new_contract(client, data, origin=origin)
    _written(
        contract,
        data,
        (_PHONES, _new_phones(people, data.contacts)),
        (_CONTACTS, contacts),
        (_CLIENTS, [client]),
        (_ASSIGNMENTS, [owner]),
    )
    return client, contract


def write_contract(client: Client, data: HandoffData, *, origin: Source) -> Contract:
    contract = _new_contract(client, data, origin=origin)
    _written(contract, data)
    return contract


def _written(contract: Contract, data: HandoffData, *before: tuple[FixedInsert[Any], Sequence[Any]]) -> None:
    if not write_together(*before, (_CONTRACTS, [contract])):
        text = _("A contract with this external id exists already.")
        raise DomainError(text, code="contract_exists", fields={"contract.external_id": [text]})
    if data.contract.products:
        link = Contract.products.through
        link.objects.bulk_create(link(contract=contract, product=product) for product in data.contract.products)


def _new_client(data: HandoffData, key: int, *, now: datetime, origin: Source) -> Client:
    """The same ИНН elsewhere is flagged, never refused."""
    given, named = data.client, named_rows(data)
    duplicate = Client.objects.filter(inn=given.inn).order_by("id").only("id").first() if given.inn else None
    return Client(
        pk=key,
        external_id=given.external_id,
        name=given.name,
        kind=given.kind,
        inn=given.inn,
        kpp=given.kpp,
        tier=given.tier,
        industry=named.industry,
        region=named.region,
        timezone=given.timezone,
        parent=given.parent,
        created_on=given.created_on or localdate(now),
        source=origin,
        possible_duplicate_of=duplicate,
    )


def _new_contacts(client: Client, keys: Sequence[int], contacts: Sequence[ContactData]) -> list[Contact]:
    """One of them is the main one."""
    main = next((number for number, one in enumerate(contacts) if one.is_primary), 0)
    return [
        Contact(pk=key, client=client, is_primary=number == main, **_contact_values(one))
        for number, (key, one) in enumerate(zip(keys, contacts, strict=True))
    ]


def _new_phones(keys: Sequence[int], contacts: Sequence[ContactData]) -> list[ContactPhone]:
    return [
        ContactPhone(contact_id=key, number=phone, position=place)
        for key, one in zip(keys, contacts, strict=True)
        for place, phone in enumerate(dict.fromkeys(one.phones))
    ]


def _new_contract(client: Client, data: HandoffData, *, origin: Source) -> Contract:
    given = data.contract
    return Contract(
        client=client,
        external_id=given.external_id,
        number=given.number,
        signed_on=given.signed_on,
        starts_on=given.starts_on,
        ends_on=given.ends_on,
        amount=given.amount,
        prolongation_months=given.prolongation_months,
        notice_days=given.notice_days,
        source=origin,
    )


def complete_client(client: Client, data: HandoffData, *, actor: User, now: datetime) -> None:
    """A client whom the department looks after: sales add what is missing and new people, and change nothing."""
    named = named_rows(data)
    wanted = {"inn": data.client.inn, "kpp": data.client.kpp, "industry": named.industry, "region": named.region}
    added: dict[str, object] = {field: value for field, value in wanted.items() if value and not getattr(client, field)}
    if client.archived_at is not None:
        added["archived_at"] = None
        record_event(client_id=client.pk, kind=EventKind.CLIENT_RESTORED, at=now, actor=actor, subject=client)
    if added:
        _change_client(client, added, actor=actor, now=now)
    known = list(client.contacts.filter(archived_at=None).prefetch_related("phones"))
    for one in data.contacts:
        if not any(_is_same_person(row, one) for row in known):
            add_contact(client=client, data=_not_primary(one) if known else one, actor=actor, now=now)


def rewrite_client(client: Client, data: HandoffData, *, actor: User, now: datetime) -> None:
    """A client that nobody accepted yet is still what its salesperson says it is."""
    named = named_rows(data)
    given = data.client
    values = {
        "name": given.name,
        "kind": given.kind,
        "inn": given.inn,
        "kpp": given.kpp,
        "tier": given.tier,
        "timezone": given.timezone,
        "industry": named.industry,
        "region": named.region,
    }
    changed: dict[str, object] = {field: value for field, value in values.items() if getattr(client, field) != value}
    if changed:
        _change_client(client, changed, actor=actor, now=now)
    _rewrite_contacts(client, data.contacts, actor=actor, now=now)


def rewrite_contract(contract: Contract, data: HandoffData) -> None:
    given = data.contract
    for field in ("number", "signed_on", "starts_on", "ends_on", "amount", "prolongation_months", "notice_days"):
        setattr(contract, field, getattr(given, field))
    contract.version += 1
    contract.save()
    contract.products.set(given.products)


def _rewrite_contacts(client: Client, contacts: Sequence[ContactData], *, actor: User, now: datetime) -> None:
    rows = list(client.contacts.filter(archived_at=None).order_by("id"))
    client.contacts.filter(archived_at=None).update(is_primary=False)
    main = next((number for number, one in enumerate(contacts) if one.is_primary), 0)
    for number, (row, one) in enumerate(zip(rows, contacts, strict=False)):
        for field, value in _contact_values(one, with_key=False).items():
            setattr(row, field, value)
        row.is_primary = number == main
        row.version += 1
        row.save()
        set_phones(row, one.phones)
    for number, one in enumerate(contacts[len(rows) :], start=len(rows)):
        add_contact(client=client, data=one if number == main else _not_primary(one), actor=actor, now=now)
    client.contacts.filter(pk__in=[row.pk for row in rows[len(contacts) :]]).update(archived_at=now)


def _change_client(client: Client, values: dict[str, object], *, actor: User, now: datetime) -> None:
    for field, value in values.items():
        setattr(client, field, value)
    client.version += 1
    client.save(update_fields=[*values, "version", "updated_at"])
    record_event(
        client_id=client.pk,
        kind=EventKind.CLIENT_CHANGED,
        at=now,
        actor=actor,
        data={"fields": sorted(values)},
        subject=client,
    )


def _contact_values(one: ContactData, *, with_key: bool = True) -> dict[str, object]:
    values: dict[str, object] = {
        field: getattr(one, field)
        for field in ("name", "position", "greeting", "address_form", "tone", "channel", "hours")
    }
    values["email"] = one.email.lower()
    return {**values, "external_id": one.external_id} if with_key else values


def _is_same_person(row: Contact, one: ContactData) -> bool:
    phones = {phone.number for phone in row.phones.all()}
    if one.email and row.email:
        return row.email.lower() == one.email.lower()
    return bool(phones & set(one.phones)) or row.name.casefold() == one.name.casefold()


def _not_primary(one: ContactData) -> ContactData:
    return replace(one, is_primary=False)

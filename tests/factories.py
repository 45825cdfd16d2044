"""Rows for tests: valid, minimal, without surprises. Each room's tests add what they need here."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from clients.enums import AssignmentReason, HandoffStatus, OrderStatus
from clients.models import Assignment, Client, Contact, ContactPhone, Contract, Handoff, Order
from staff.enums import Role
from staff.models import User

_numbers = count(1)


def make_user(*roles: Role, **values: object) -> User:
    number = next(_numbers)
    defaults: dict[str, object] = {
        "name": f"Сотрудник {number}",
        "email": f"user{number}@company.test",
        "roles": list(roles),
    }
    return User.objects.create_user(f"user{number}", **{**defaults, **values})  # type: ignore[arg-type]


@transaction.atomic
def make_client(owner: User, **values: object) -> Client:
    number = next(_numbers)
    client = Client.objects.create(**{"name": f"ООО «Клиент {number}»", **values})
    Assignment.objects.create(client=client, user=owner, reason=AssignmentReason.CREATED)
    return client


def make_order(client: Client, completed_at: datetime | None, **values: Any) -> Order:
    """A completed order, or one in progress when ``completed_at`` is None."""
    status = OrderStatus.NEW if completed_at is None else OrderStatus.COMPLETED
    defaults = {"ordered_at": completed_at or timezone.now(), "amount": 1000, "status": status}
    return Order.objects.create(client=client, completed_at=completed_at, **{**defaults, **values})


def make_contract(client: Client, signed_on: date, starts_on: date | None = None, **values: Any) -> Contract:
    return Contract.objects.create(
        client=client, signed_on=signed_on, starts_on=starts_on or signed_on, **{"amount": 12000, **values}
    )


def make_accepted_handoff(contract: Contract, owner: User, now: datetime) -> Handoff:
    return Handoff.objects.create(
        salesperson=owner,
        client=contract.client,
        contract=contract,
        status=HandoffStatus.ACCEPTED,
        proposed_owner=owner,
        offered_at=now,
        accepted_at=now,
        accepted_by=owner,
    )


def make_contact(client: Client, *phones: str, **values: object) -> Contact:
    number = next(_numbers)
    defaults: dict[str, object] = {
        "name": f"Контакт {number}",
        "email": f"contact{number}@client.test",
        "is_primary": not client.contacts.exists(),
    }
    contact = Contact.objects.create(client=client, **{**defaults, **values})
    ContactPhone.objects.bulk_create(
        [ContactPhone(contact=contact, number=phone, position=place) for place, phone in enumerate(phones)]
    )
    return contact

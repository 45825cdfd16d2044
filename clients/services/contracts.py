"""Contracts: days that are covered, and what for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import EventKind, Source
from clients.models import Client, Contract, Product
from clients.services.events import record_event
from core.concurrency import decide, plain, snapshot, update_versioned
from core.errors import DomainError
from core.models import new_external_id
from staff.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractData:
    signed_on: date
    starts_on: date
    amount: Decimal
    ends_on: date | None = None
    number: str = ""
    prolongation_months: int | None = None
    notice_days: int | None = None
    terminated_on: date | None = None
    products: Sequence[Product] = ()
    external_id: str = field(default_factory=new_external_id)


def check_contract_dates(*, starts_on: date, ends_on: date | None, terminated_on: date | None) -> None:
    """A person gets the reason at the field; the database refuses the same."""
    late = [_("The last day cannot be before the first.")]
    if ends_on is not None and ends_on < starts_on:
        raise DomainError(late[0], code="dates", fields={"ends_on": late})
    if terminated_on is not None and terminated_on < starts_on:
        raise DomainError(late[0], code="dates", fields={"terminated_on": late})


@transaction.atomic
def sign_contract(
    *,
    client: Client,
    data: ContractData,
    actor: User | None,
    now: datetime,
    source: Source = Source.MANUAL,
) -> Contract:
    check_contract_dates(starts_on=data.starts_on, ends_on=data.ends_on, terminated_on=data.terminated_on)
    contract = Contract.objects.create(
        client=client,
        external_id=data.external_id,
        number=data.number,
        signed_on=data.signed_on,
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        amount=data.amount,
        prolongation_months=data.prolongation_months,
        notice_days=data.notice_days,
        terminated_on=data.terminated_on,
        source=source,
    )
    contract.products.set(data.products)
    record_event(
        client_id=client.pk,
        kind=EventKind.CONTRACT_SIGNED,
        at=now,
        actor=actor,
        summary=data.number,
        data={"amount": str(data.amount), "from": data.starts_on.isoformat()},
        subject=contract,
    )
    return contract


def product_ids(row: Any) -> list[str]:
    """The products of a contract or an order as one field of an edit."""
    return sorted(str(pk) for pk in row.products.order_by().values_list("pk", flat=True))


@transaction.atomic
def change_contract(
    *, contract_id: int, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Contract:
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    wanted = {**mine, "products": sorted(plain(list(mine["products"])))}
    theirs = {**snapshot(contract, [name for name in mine if name != "products"]), "products": product_ids(contract)}
    changed = decide(theirs=theirs, original=original, mine=wanted)
    for name in changed - {"products"}:
        setattr(contract, name, mine[name])
    check_contract_dates(starts_on=contract.starts_on, ends_on=contract.ends_on, terminated_on=contract.terminated_on)
    if not changed:
        return contract
    update_versioned(contract, fields=changed - {"products"}, expected_version=contract.version)
    if "products" in changed:
        contract.products.set(mine["products"])
    record_event(
        client_id=contract.client_id,
        kind=EventKind.CONTRACT_CHANGED,
        at=now,
        actor=actor,
        summary=contract.number,
        data={"fields": [name for name in mine if name in changed]},
        subject=contract,
    )
    return contract

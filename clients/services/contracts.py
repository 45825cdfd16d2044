"""Contracts: days that are covered, and what for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import EventKind, Source
from clients.models import Client, Contract, Product
from clients.services.events import record_event
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

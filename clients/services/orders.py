"""Orders and refunds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind, OrderStatus, Source
from clients.models import Client, Contract, Order, Product
from clients.services.contracts import product_ids
from clients.services.events import record_event
from core.concurrency import decide, plain, snapshot, update_versioned, write_edit
from core.errors import DomainError
from core.fixed_insert import FixedInsert
from core.models import new_external_id
from staff.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderData:
    ordered_at: datetime
    amount: Decimal
    status: OrderStatus = OrderStatus.NEW
    completed_at: datetime | None = None
    refunded_amount: Decimal = Decimal(0)
    refunded_on: date | None = None
    cost: Decimal | None = None
    contract: Contract | None = None
    products: Sequence[Product] = ()
    external_id: str = field(default_factory=new_external_id)


_STATUS_EVENTS = {
    OrderStatus.NEW: EventKind.ORDER_CREATED,
    OrderStatus.COMPLETED: EventKind.ORDER_COMPLETED,
    OrderStatus.CANCELLED: EventKind.ORDER_CANCELLED,
}
_FIELDS = ("contract", "ordered_at", "completed_at", "status", "amount", "refunded_amount", "refunded_on", "cost")
_UNLESS_TAKEN = FixedInsert(Order, unless_taken=True)


def check_order(*, client: Client, data: OrderData) -> None:
    if data.refunded_amount > data.amount:
        text = _("A refund cannot be larger than the order.")
        raise DomainError(text, code="refund", fields={"refunded_amount": [text]})
    if data.completed_at is not None and data.completed_at < data.ordered_at:
        text = _("An order cannot be completed before it was made.")
        raise DomainError(text, code="dates", fields={"completed_at": [text]})
    if data.contract is not None and data.contract.client_id != client.pk:
        text = _("This contract belongs to another client.")
        raise DomainError(text, code="contract", fields={"contract": [text]})


@transaction.atomic
def write_order(
    *,
    client: Client,
    data: OrderData,
    actor: User | None,
    now: datetime,
    order: Order | None = None,
    source: Source = Source.MANUAL,
) -> Order:
    """Creates an order, or brings ``order`` to ``data``; a change of status and a refund go on the timeline.

    A completed order without a completion time was completed now; a refund without a day was made today.
    """
    return write_within(client=client, data=data, actor=actor, now=now, order=order, source=source)


def create_within(*, client: Client, data: OrderData, actor: User, now: datetime, source: Source) -> Order | None:
    """A new order, for a service that has opened the transaction; nothing when its external id is taken already."""
    check_order(client=client, data=data)
    row = Order(client=client, external_id=data.external_id, source=source)
    _fill(row, data, now)
    if not _UNLESS_TAKEN.write(row):
        return None
    _link(row, data.products)
    _tell(row, before=(None, Decimal(0)), actor=actor, now=now)
    return row


def write_within(
    *, client: Client, data: OrderData, actor: User | None, now: datetime, order: Order | None, source: Source
) -> Order:
    """``write_order`` for a service that has opened the transaction and lets every error end it."""
    check_order(client=client, data=data)
    before = (order.status, order.refunded_amount) if order is not None else (None, Decimal(0))
    row = order or Order(client=client, external_id=data.external_id, source=source)
    _fill(row, data, now)
    if order is None:
        row.save(force_insert=True)
        _link(row, data.products)
    else:
        update_versioned(row, fields=_FIELDS, expected_version=order.version)
        row.products.set(data.products)
    _tell(row, before=before, actor=actor, now=now)
    return row


def _fill(row: Order, data: OrderData, now: datetime) -> None:
    row.contract, row.ordered_at, row.status, row.cost = data.contract, data.ordered_at, data.status, data.cost
    row.amount, row.refunded_amount = data.amount, data.refunded_amount
    row.completed_at = (data.completed_at or max(now, data.ordered_at)) if _is_completed(data) else data.completed_at
    row.refunded_on = (data.refunded_on or localdate(now)) if data.refunded_amount else None


def _link(row: Order, products: Sequence[Product]) -> None:
    """A new order has no products to compare with."""
    through = Order.products.through
    if products:
        through.objects.bulk_create(through(order=row, product=product) for product in products)


def _is_completed(data: OrderData) -> bool:
    return data.status == OrderStatus.COMPLETED


def _tell(row: Order, *, before: tuple[str | None, Decimal], actor: User | None, now: datetime) -> None:
    status, refunded = before
    data = {"amount": str(row.amount)}
    if row.status != status:
        kind = _STATUS_EVENTS[OrderStatus(row.status)]
        record_event(client_id=row.client_id, kind=kind, at=now, actor=actor, data=data, subject=row)
    if row.refunded_amount != refunded and row.refunded_amount:
        data = {"amount": str(row.refunded_amount)}
        kind = EventKind.ORDER_REFUNDED
        record_event(client_id=row.client_id, kind=kind, at=now, actor=actor, data=data, subject=row)


@transaction.atomic
def change_order(
    *, order_id: int, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Order:
    """An edit by a person: merged with what others wrote meanwhile, then written like any order."""
    order = Order.objects.select_for_update(of=("self",)).select_related("client", "contract").get(pk=order_id)
    wanted = {**mine, "products": sorted(plain(list(mine["products"])))}
    theirs = {**snapshot(order, [field for field in mine if field != "products"]), "products": product_ids(order)}
    changed = decide(theirs=theirs, original=original, mine=wanted)
    if not changed:
        return order
    stored = {field: getattr(order, field) for field in _FIELDS}
    stored["products"] = list(order.products.all())
    data = OrderData(**{**stored, **{field: mine[field] for field in changed}})
    return write_order(client=order.client, data=data, actor=actor, now=now, order=order)


@transaction.atomic
def refund_order(
    *, order_id: int, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Order:
    """``refunded_amount`` is what has been paid back in all; the whole amount means the order was for nothing."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if mine["refunded_amount"] > order.amount:
        text = _("A refund cannot be larger than the order.")
        raise DomainError(text, code="refund", fields={"refunded_amount": [text]})
    before = (order.status, order.refunded_amount)
    wanted = mine if mine["refunded_amount"] else {**mine, "refunded_on": None}
    write_edit(order, original=original, mine=wanted)
    _tell(order, before=before, actor=actor, now=now)
    return order

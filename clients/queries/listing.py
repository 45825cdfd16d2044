"""The client list: filters, order, and light rows instead of model instances."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast

from clients.enums import OrderStatus
from clients.models import Client, Contract, Industry, Order, Product, Region
from clients.queries.search import Hits
from core.pagination import COUNT_LIMIT, Count, count_up_to
from staff.models import User

ROW = (
    "id", "name", "kind", "inn", "tier", "timezone", "archived_at", "sort_key", "industry__name", "region__name",
    "standing__owner_id", "standing__owner__name", "standing__owner__photo", "standing__last_order_at",
    "standing__contract_ends", "standing__to_distribute", "standing__owner_key", "standing__name_key",
    "standing__client_id",
)  # fmt: skip
SORTS = {
    "name": ("sort_key", "id"),
    "order": ("standing__last_order_at", "standing__client_id"),
    "owner": ("standing__owner_key", "standing__client_id"),
    "contract": ("standing__contract_ends", "standing__client_id"),
}
NARROWED_LIMIT = 1000
_BY_NAME_OF_OWNER = ("standing__name_key", "standing__client_id")  # the order in which the owner's index lies


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFilter:
    """What the list is narrowed to; empty means everything that the person may see and that is not archived."""

    text: str = ""
    owner_id: int | None = None
    tier: str = ""
    kind: str = ""
    industry_id: int | None = None
    region_id: int | None = None
    product_id: int | None = None
    state: str = "active"
    to_distribute: bool = False
    sort: str = "name"


def filter_clients(clients: QuerySet[Client], wanted: ClientFilter, hits: Hits | None) -> QuerySet[Client]:
    """``hits`` are what ``find`` answered to the text."""
    clients = clients.filter(standing__isnull=False)  # always true; lets the planner walk an index of the standing
    if hits is not None:
        clients = clients.filter(hits.condition)
    if wanted.state in {"active", "archived"}:
        clients = clients.filter(archived_at__isnull=wanted.state == "active")
    same = {
        "standing__owner_id": wanted.owner_id,
        "tier": wanted.tier,
        "kind": wanted.kind,
        "industry_id": wanted.industry_id,
        "region_id": wanted.region_id,
    }
    clients = clients.filter(**{name: value for name, value in same.items() if value})
    if wanted.to_distribute:
        clients = clients.filter(standing__to_distribute=True)
    return clients.filter(_bought(wanted.product_id)) if wanted.product_id else clients


def _bought(product_id: int) -> Q:
    contracts = Contract.products.through.objects.filter(contract__client=OuterRef("pk"), product=product_id)
    orders = Order.products.through.objects.filter(order__client=OuterRef("pk"), product=product_id)
    return Q(Exists(contracts)) | Q(Exists(orders))


def count_clients(clients: QuerySet[Client], wanted: ClientFilter, hits: Hits | None) -> Count:
    """Exact up to a limit, which is lower once the list has been narrowed: there no index counts."""
    if hits is not None and hits.more:
        some = count_up_to(clients.filter(pk__in=hits.ids), NARROWED_LIMIT)
        if some.more:
            return some
    return count_up_to(clients, COUNT_LIMIT if wanted == ClientFilter(sort=wanted.sort) else NARROWED_LIMIT)


def order_of(wanted: ClientFilter) -> list[str]:
    """Names for ``keyset_page``; an index stands behind each."""
    name = wanted.sort.removeprefix("-")
    fields = SORTS.get(name, SORTS["name"])
    if name == "name" and wanted.owner_id:
        fields = _BY_NAME_OF_OWNER
    return [f"-{field}" for field in fields] if wanted.sort.startswith("-") else list(fields)


def list_rows(clients: QuerySet[Client]) -> QuerySet[Client, dict[str, Any]]:
    rows: QuerySet[Client, dict[str, Any]] = clients.values(*ROW)
    return rows


def bought_since(client_ids: Collection[int], since: datetime) -> dict[int, tuple[int, Any]]:
    """Client id → (completed orders, their sum net of refunds), for the rows of one page."""
    rows = (
        Order.objects.filter(client_id__in=client_ids, ordered_at__gte=since, status=OrderStatus.COMPLETED)
        .order_by()
        .values_list("client_id")
        .annotate(models.Count("id"), Sum("net"))
    )
    return {client_id: (number, total) for client_id, number, total in rows}


def year_before(now: datetime) -> datetime:
    return now - timedelta(days=365)


def filter_choices() -> Mapping[str, list[tuple[int, str]]]:
    """What the select boxes offer, all of them in one query."""
    queries = [
        User.objects.filter(is_active=True).order_by(),
        Industry.objects.order_by(),
        Region.objects.order_by(),
        Product.objects.filter(archived_at__isnull=True).order_by(),
    ]
    kinds = ("owner", "industry", "region", "product")
    parts = [
        query.annotate(of=Value(kind, output_field=CharField())).values_list("of", "pk", Cast("name", CharField()))
        for kind, query in zip(kinds, queries, strict=True)
    ]
    found: dict[str, list[tuple[int, str]]] = {kind: [] for kind in kinds}
    for kind, pk, name in parts[0].union(*parts[1:], all=True):
        found[kind].append((pk, name))
    for rows in found.values():
        rows.sort(key=lambda row: row[1].lower().replace("ё", "е"))
    return found

"""The client list: filters, order, and light rows instead of model instances."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.timezone import localdate, make_aware

from clients.enums import OrderStatus
from clients.models import NO_CONTRACT, Client, Contract, Order
from clients.queries.search import Hits
from core.fixed import FixedQuery, Value
from core.lookups import AnyOf
from core.pagination import Count, count_up_to

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
#: What the values of a place in the list are, by the column.
KINDS: Mapping[str, type[Value]] = {
    "sort_key": str, "id": int, "standing__last_order_at": datetime, "standing__client_id": int,
    "standing__owner_key": str, "standing__contract_ends": date, "standing__name_key": str,
}  # fmt: skip
COUNTED = 1000
#: Written out: to put this union together costs the ORM more than the answer costs the database. An owner is whoever
#: is an account manager at work, or has clients, even after leaving: these are to be found and passed on. The first
#: client of each is looked up by the index; ``EXISTS`` behind ``OR`` would read the owners of all clients.
_CHOICES = """
SELECT 'owner', id, name FROM staff_user u WHERE is_active AND 'am' = ANY(roles)
    OR (SELECT true FROM clients_clientstanding s WHERE s.owner_id = u.id ORDER BY s.name_key LIMIT 1)
UNION ALL SELECT 'industry', id, name FROM clients_industry
UNION ALL SELECT 'region', id, name FROM clients_region
UNION ALL SELECT 'product', id, name FROM clients_product WHERE archived_at IS NULL
"""
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


def filter_clients(clients: QuerySet[Client], wanted: ClientFilter) -> QuerySet[Client]:
    """All but the text, which ``find`` answers."""
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


def still_buying(clients: QuerySet[Client], *, now: datetime, days: int) -> QuerySet[Client]:
    """The last contract is over and no other begins, but an order that stands is later than it and within so many days."""
    today = localdate(now)
    since = make_aware(datetime.combine(today - timedelta(days=days - 1), time.min))
    orders = Order.objects.filter(
        client=OuterRef("pk"),
        status=OrderStatus.COMPLETED,
        net__gt=0,
        ordered_at__gte=since,
        ordered_at__lte=now,
        ordered_at__date__gt=OuterRef("standing__contract_ends"),
    )
    lapsed = clients.filter(standing__contract_ends__gt=NO_CONTRACT, standing__contract_ends__lt=today)
    # The last order may not stand, so it decides only whose orders are looked at.
    late = lapsed.filter(
        standing__last_order_at__gte=since, standing__last_order_at__date__gt=F("standing__contract_ends")
    )
    return late.filter(Exists(orders))


def _bought(product_id: int) -> Q:
    contracts = Contract.products.through.objects.filter(contract__client=OuterRef("pk"), product=product_id)
    orders = Order.products.through.objects.filter(order__client=OuterRef("pk"), product=product_id)
    return Q(Exists(contracts)) | Q(Exists(orders))


def count_clients(clients: QuerySet[Client], hits: Hits | None) -> Count:
    """Exact up to a limit. Of many found by a text those named are counted first: that is mostly enough."""
    if hits is None:
        return count_up_to(clients, COUNTED)
    some = count_up_to(clients.filter(hits.named), COUNTED)
    return count_up_to(clients.filter(hits.condition), COUNTED) if hits.more and not some.more else some


def order_of(wanted: ClientFilter) -> list[str]:
    """Names for ``keyset_page``; an index stands behind each."""
    name = wanted.sort.removeprefix("-")
    fields = SORTS.get(name, SORTS["name"])
    if name == "name" and wanted.owner_id:
        fields = _BY_NAME_OF_OWNER
    return [f"-{field}" for field in fields] if wanted.sort.startswith("-") else list(fields)


def in_list_order(clients: QuerySet[Client], wanted: ClientFilter) -> QuerySet[Client]:
    """Of what stands behind an index of the standing the planner has to know that it is always there."""
    by_standing = order_of(wanted)[-1].endswith("standing__client_id")
    return clients.filter(standing__isnull=False) if by_standing else clients


def bought_since(client_ids: Collection[int], since: datetime) -> dict[int, tuple[int, Any]]:
    """Client id → (completed orders, their sum net of refunds), for the rows of one page."""
    return {client_id: (number, total) for client_id, number, total in _BOUGHT.tuples(list(client_ids), since)}


def _bought_by(client_ids: Collection[int], since: datetime) -> Any:
    orders = Order.objects.filter(AnyOf("client", client_ids), ordered_at__gte=since, status=OrderStatus.COMPLETED)
    return orders.order_by().values_list("client_id").annotate(models.Count("id"), Sum("net"))


_BOUGHT: FixedQuery[Order] = FixedQuery(_bought_by, list, datetime)


def year_before(now: datetime) -> datetime:
    return now - timedelta(days=365)


def filter_choices() -> Mapping[str, list[tuple[int, str]]]:
    """What the select boxes offer, all of them in one query."""
    found: dict[str, list[tuple[int, str]]] = {"owner": [], "industry": [], "region": [], "product": []}
    with connection.cursor() as cursor:
        cursor.execute(_CHOICES)
        for kind, pk, name in cursor.fetchall():
            found[kind].append((pk, name))
    for rows in found.values():
        rows.sort(key=lambda row: row[1].lower().replace("ё", "е"))
    return found

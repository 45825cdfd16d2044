"""What the card of one client shows of this room; each function is one query.

Of people and clients who are only named the name is fetched alone: a row of a person has thirty columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.contrib.postgres.aggregates import ArrayAgg, StringAgg
from django.db.models import Count, DecimalField, F, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from clients.enums import OrderStatus
from clients.models import Assignment, Client, Contact, Contract, Order, StoredFile, TimelineEvent
from core.fixed import FixedQuery
from staff.queries import name_at

TIMELINE_PAGE = 20
SHOWN = 10
BRIEFLY = 5  # contracts and orders, before the timeline; all of them have a page of their own
M = TypeVar("M", bound=Model)


def for_card(clients: QuerySet[Client], since: datetime) -> QuerySet[Client]:
    """The client with what the head shows: owner, parent, and what was bought since that moment."""
    bought = (
        Order.objects.filter(client=OuterRef("pk"), status=OrderStatus.COMPLETED, ordered_at__gte=since)
        .order_by()
        .values("client")
    )
    return clients.select_related("standing").annotate(
        industry_name=F("industry__name"),
        region_name=F("region__name"),
        parent_name=F("parent__name"),
        duplicate_name=F("possible_duplicate_of__name"),
        orders_number=Coalesce(
            Subquery(bought.annotate(number=Count("id")).values("number")), Value(0), output_field=IntegerField()
        ),
        orders_sum=Coalesce(
            Subquery(bought.annotate(total=Sum("net")).values("total")),
            Value(Decimal(0)),
            output_field=DecimalField(max_digits=16, decimal_places=2),
        ),
    )


def contacts_of(client: Client) -> QuerySet[Contact]:
    return (
        client.contacts.filter(archived_at__isnull=True)
        .annotate(numbers=ArrayAgg("phones__number", filter=Q(phones__isnull=False), order_by=("phones__position",)))
        .order_by("-is_primary", "id")
    )


def contracts_of(client: Client) -> QuerySet[Contract]:
    return client.contracts.annotate(
        product_names=StringAgg("products__name", ", ", order_by=("products__name",))
    ).order_by("-starts_on", "-id")


def orders_of(client: Client) -> QuerySet[Order]:
    return client.orders.annotate(
        product_names=StringAgg("products__name", ", ", order_by=("products__name",))
    ).order_by("-ordered_at", "-id")


def owners_history(client: Client) -> QuerySet[Assignment]:
    people = [f"user__{name}" for name in ("name", "username", "photo", "phone", "extension")]
    own = ("client", "state", "reason", "to_distribute", "started_at", "ended_at")
    return client.assignments.select_related("user").only(*own, *people).order_by("-started_at", "-id")


def files_of(client: Client) -> QuerySet[StoredFile]:
    return client.files.annotate(uploader=name_at("uploaded_by")).order_by("-uploaded_at", "-id")


def branches_of(client: Client) -> QuerySet[Client]:
    return client.branches.filter(archived_at__isnull=True).only("name", "parent").order_by("sort_key", "id")


def timeline_of(client: Client, kinds: Sequence[str] = ()) -> QuerySet[TimelineEvent]:
    events = client.timeline.annotate(who=F("actor__name"))
    return events.filter(kind__in=kinds) if kinds else events


def _compiled(rows_of: Callable[[Client], QuerySet[M]], limit: int) -> FixedQuery[M]:
    """The same question about every client: ``rows(client.pk)``."""
    return FixedQuery(lambda pk: rows_of(Client(pk=pk))[:limit], int)


OWNERS = _compiled(owners_history, SHOWN)
CONTACTS = _compiled(contacts_of, 1000)
CONTRACTS = _compiled(contracts_of, BRIEFLY + 1)
ORDERS = _compiled(orders_of, BRIEFLY + 1)
FILES = _compiled(files_of, SHOWN)
BRANCHES = _compiled(branches_of, SHOWN)
TIMELINE = _compiled(lambda client: timeline_of(client).order_by("-at", "-id"), TIMELINE_PAGE + 1)

"""Which clients a page of the list shows, and how many there are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict

from clients.filters import WITHOUT_TOUCH, ClientFilterForm
from clients.models import Client
from clients.permissions import visible_clients
from clients.queries.listing import (
    COUNTED,
    ROW,
    ClientFilter,
    count_clients,
    filter_clients,
    in_list_order,
    order_of,
)
from clients.queries.search import find
from core.fixed import FixedQuery
from core.lookups import AnyOf
from core.pagination import PAGE_SIZE, Count, KeysetPage, counted_up_to, first_page, keyset_page
from retention.queries.freezes import frozen_now
from retention.queries.lifecycle import with_lifecycle
from staff.models import User
from staff.permissions import colleague, in_department
from work.enums import TouchState
from work.models import Touch

Found = tuple[KeysetPage[dict[str, Any]], Count]
SIZE = PAGE_SIZE


def found(query: QueryDict, form: ClientFilterForm, wanted: ClientFilter, user: User) -> Found:
    """The first page of everybody's or of somebody's clients is opened all day: it is compiled once."""
    if in_department(user) and query.keys() <= {"owner", "sort"}:
        return _usual(wanted)
    return _asked(query, form, wanted, user)


def _asked(query: QueryDict, form: ClientFilterForm, wanted: ClientFilter, user: User) -> Found:
    """Keys alone in their order, then their rows, whose statement is the same whatever was asked."""
    hits = find(wanted.text)
    clients = filter_clients(visible_clients(user), wanted)
    inside = in_department(user)
    if inside and form.cleaned_data["touch"] == WITHOUT_TOUCH:
        clients = without_planned_touch(clients)
    if inside and form.cleaned_data["frozen"]:
        clients = clients.filter(frozen_now())
    order = order_of(wanted)
    keys = in_list_order(clients if hits is None else clients.filter(hits.condition), wanted)
    page = keyset_page(
        keys.values("id", *(name.removeprefix("-") for name in order)),
        order=order,
        after=query.get("after", ""),
        before=query.get("before", ""),
        size=SIZE,
    )
    rows = _rows_of([key["id"] for key in page.rows])
    return KeysetPage(rows, page.next_cursor, page.previous_cursor), count_clients(clients, hits)


def without_planned_touch(clients: QuerySet[Client]) -> QuerySet[Client]:
    """Nobody is going to contact these: what must never happen unseen."""
    return clients.filter(~Exists(Touch.objects.filter(client=OuterRef("pk"), state=TouchState.OPEN)))


def _shown(clients: QuerySet[Client]) -> Any:
    return with_lifecycle(clients.values(*ROW).annotate(frozen=frozen_now()))


def _rows_of(ids: list[int]) -> list[dict[str, Any]]:
    rows = {row["id"]: row for row in _ROWS.dicts(ids)} if ids else {}
    return [rows[pk] for pk in ids]


_ROWS: FixedQuery[Client] = FixedQuery(lambda ids: _shown(Client.objects.filter(AnyOf("pk", ids)).order_by()), list)


def _usual(wanted: ClientFilter) -> Found:
    rows, counted = _compiled(wanted.sort, owned=wanted.owner_id is not None)
    owner = () if wanted.owner_id is None else (wanted.owner_id,)
    page = first_page(rows.dicts(*owner), order=order_of(wanted), size=SIZE)
    return page, counted_up_to(counted.count(*owner), COUNTED)


@lru_cache(maxsize=32)
def _compiled(sort: str, *, owned: bool) -> tuple[FixedQuery[Client], FixedQuery[Client]]:
    """Rows and number, with nothing left to fill in but the owner."""

    def clients(owner: int | None) -> tuple[ClientFilter, QuerySet[Client]]:
        wanted = ClientFilter(owner_id=owner, sort=sort)
        return wanted, filter_clients(visible_clients(colleague()), wanted)

    def rows(owner: int | None = None) -> Any:
        wanted, everybody = clients(owner)
        return _shown(in_list_order(everybody, wanted)).order_by(*order_of(wanted))[: SIZE + 1]

    def numbered(owner: int | None = None) -> Any:
        return clients(owner)[1].order_by().values_list("pk")[: COUNTED + 1]

    kinds = [int] if owned else []
    return FixedQuery(rows, *kinds), FixedQuery(numbered, *kinds)

"""Which clients a page of the list shows, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.timezone import now

from clients.filters import WITHOUT_TOUCH, ClientFilterForm
from clients.models import Client
from clients.permissions import visible_clients
from clients.queries.listing import (
    COUNTED,
    KINDS,
    ROW,
    ClientFilter,
    count_clients,
    filter_clients,
    in_list_order,
    order_of,
    still_buying,
)
from clients.queries.search import Hits, find
from core.fixed import FixedQuery, Value
from core.lookups import AnyOf
from core.pagination import (
    PAGE_SIZE,
    Count,
    KeysetPage,
    counted_up_to,
    keyset_page,
    page_of,
    place_of,
    walked_from,
)
from core.queries import company
from retention.queries.freezes import frozen_now
from retention.queries.lifecycle import with_lifecycle
from staff.models import User
from staff.permissions import colleague, in_department
from work.enums import TouchState
from work.models import Touch

Found = tuple[KeysetPage[dict[str, Any]], Count]
SIZE = PAGE_SIZE
_USUAL = {"q", "owner", "sort", "after", "before"}


def found(query: QueryDict, form: ClientFilterForm, wanted: ClientFilter, user: User) -> Found:
    """Everybody's or somebody's clients, found by a text perhaps, page by page: opened all day, so compiled once."""
    hits = find(wanted.text)
    asked = {name for name, value in query.items() if value}
    if in_department(user) and asked <= _USUAL and not (hits and hits.more):
        return _usual(query, wanted, hits)
    return _asked(query, form, wanted, user, hits)


def _asked(query: QueryDict, form: ClientFilterForm, wanted: ClientFilter, user: User, hits: Hits | None) -> Found:
    """Keys alone in their order, then their rows, whose statement is the same whatever was asked."""
    clients = filter_clients(visible_clients(user), wanted)
    inside = in_department(user)
    if inside and form.cleaned_data["touch"] == WITHOUT_TOUCH:
        clients = without_planned_touch(clients)
    if inside and form.cleaned_data["frozen"]:
        clients = clients.filter(frozen_now())
    if inside and form.cleaned_data["lapsed"]:
        clients = still_buying(clients, now=now(), days=company().active_days)
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


def _usual(query: QueryDict, wanted: ClientFilter, hits: Hits | None) -> Found:
    order = order_of(wanted)
    place = place_of(after=query.get("after", ""), before=query.get("before", ""), kinds=_kinds(order))
    backwards = place is not None and place.backwards
    narrowed: list[Value] = [] if wanted.owner_id is None else [wanted.owner_id]
    narrowed += [hits.ids] if hits else []
    shape = {"owned": wanted.owner_id is not None, "named": hits is not None}
    rows = _rows(wanted.sort, inside=place is not None, backwards=backwards, **shape)
    read = rows.dicts(*narrowed, *(place.values if place else ()))
    page = page_of(read, order=order, size=SIZE, backwards=backwards, inside=place is not None)
    return page, counted_up_to(_number(**shape).count(*narrowed), COUNTED)


def _kinds(order: list[str]) -> list[type[Value]]:
    return [KINDS[name.removeprefix("-")] for name in order]


def _narrowed(sort: str, given: Sequence[Any], *, owned: bool, named: bool) -> tuple[ClientFilter, QuerySet[Client]]:
    """The values stand in the order of ``_narrowing``."""
    wanted = ClientFilter(owner_id=given[0] if owned else None, sort=sort)
    clients = filter_clients(visible_clients(colleague()), wanted)
    return wanted, clients.filter(AnyOf("pk", given[int(owned)])) if named else clients


def _narrowing(*, owned: bool, named: bool) -> list[type[Value]]:
    return [*([int] if owned else []), *([list] if named else [])]


@lru_cache(maxsize=128)
def _rows(sort: str, *, owned: bool, named: bool, inside: bool, backwards: bool) -> FixedQuery[Client]:
    """Nothing is left to fill in but the owner, whom a text found, and the place."""
    order = order_of(ClientFilter(owner_id=1 if owned else None, sort=sort))

    def rows(*given: Any) -> Any:
        wanted, clients = _narrowed(sort, given, owned=owned, named=named)
        shown = _shown(in_list_order(clients, wanted))
        if inside:
            return walked_from(shown, order, given[-len(order) :], backwards=backwards)[: SIZE + 1]
        return shown.order_by(*order)[: SIZE + 1]

    return FixedQuery(rows, *_narrowing(owned=owned, named=named), *(_kinds(order) if inside else []))


@lru_cache(maxsize=4)
def _number(*, owned: bool, named: bool) -> FixedQuery[Client]:
    def numbered(*given: Any) -> Any:
        _wanted, clients = _narrowed("name", given, owned=owned, named=named)
        return clients.order_by().values_list("pk")[: COUNTED + 1]

    return FixedQuery(numbered, *_narrowing(owned=owned, named=named))

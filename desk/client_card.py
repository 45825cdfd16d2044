"""The card of one client: panels of several rooms on one page, a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.forms.people import NoteForm
from clients.models import NO_ORDER, Client, Contract
from clients.permissions import visible_clients, visible_events
from clients.queries.card import (
    BRANCHES,
    BRIEFLY,
    CONTACTS,
    CONTRACTS,
    FILES,
    ORDERS,
    OWNERS,
    TIMELINE,
    TIMELINE_PAGE,
    contracts_of,
    for_card,
    orders_of,
    timeline_of,
)
from clients.queries.listing import year_before
from core.fixed import FixedQuery
from core.htmx import render_page
from core.page_links import page_urls
from core.pagination import keyset_page, page_of
from desk.client_list import ENDS_SOON_DAYS, TIER_TONES
from desk.client_timeline import GROUPS, group_tabs, kinds_of, shown_events
from feedback.queries import complaints_of, scores_of
from retention.enums import WinBackStage
from retention.queries.attention import attention_of
from retention.queries.lifecycle import lifecycle_of, with_lifecycle
from retention.queries.marks import with_keeping
from retention.queries.renewals.page import open_renewals_of
from staff.access import person
from staff.models import User
from staff.permissions import colleague, in_department, leads
from work.queries import open_touches_of


@require_safe
@login_required
def client_card(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    now = timezone.now()
    client = _find(user, pk, year_before(now))
    context = {
        "client": client,
        "may_edit": in_department(user),
        "may_transfer": leads(user),
        **_timeline(request, client, user),
    }
    if request.headers.get("HX-Target", "").startswith("timeline"):
        return render_page(request, "desk/client_card.html", context, fragment="desk/_client_timeline.html")
    owners = OWNERS.rows(client.pk)
    context |= {
        "owner": owners[0].user if owners else None,
        "assignment": owners[0] if owners else None,
        "owners": owners,
        "is_mine": bool(owners) and owners[0].user_id == user.pk,
        "contacts": CONTACTS.rows(client.pk),
        **_briefly("contracts", _with_states(CONTRACTS.rows(client.pk), timezone.localdate(now))),
        **_briefly("orders", ORDERS.rows(client.pk)),
        "files": FILES.rows(client.pk),
        "branches": BRANCHES.rows(client.pk),
        "tier_tone": TIER_TONES[client.tier],
        "lifecycle": lifecycle_of(vars(client)["first_orders"], vars(client)["regular_from"]),
        "has_ordered": client.standing.last_order_at != NO_ORDER,
        "note": NoteForm(),
        **_other_rooms(client, user, now),
    }
    return render_page(request, "desk/client_card.html", context)


def _shown(user: User, since: datetime) -> QuerySet[Client]:
    return with_lifecycle(with_keeping(for_card(visible_clients(user), since)))


_FOR_DEPARTMENT = FixedQuery(lambda pk, since: _shown(colleague(), since).filter(pk=pk).order_by(), int, datetime)


def _find(user: User, pk: int, since: datetime) -> Client:
    if not in_department(user):
        return get_object_or_404(_shown(user, since), pk=pk)
    found = _FOR_DEPARTMENT.first(pk, since)
    if found is None:
        raise Http404
    return found


@require_safe
@login_required
def client_contracts(request: HttpRequest, pk: int) -> HttpResponse:
    rows, context = _paged(request, pk, contracts_of, ["-starts_on", "-id"])
    return render(
        request, "desk/client_contracts.html", {**context, "contracts": _with_states(rows, timezone.localdate())}
    )


@require_safe
@login_required
def client_orders(request: HttpRequest, pk: int) -> HttpResponse:
    rows, context = _paged(request, pk, orders_of, ["-ordered_at", "-id"])
    return render(request, "desk/client_orders.html", {**context, "orders": rows})


def _paged(
    request: HttpRequest, pk: int, rows_of: Callable[[Client], QuerySet[Any]], order: list[str]
) -> tuple[list[Any], dict[str, Any]]:
    """What does not fit on the card: the rows of one page, and what its template needs besides."""
    user = person(request)
    client = get_object_or_404(visible_clients(user), pk=pk)
    page = keyset_page(
        rows_of(client), order=order, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    links = page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor)
    return page.rows, {"client": client, "may_edit": in_department(user), **links}


def _briefly(name: str, rows: list[Any]) -> dict[str, Any]:
    return {name: rows[:BRIEFLY], f"more_{name}": len(rows) > BRIEFLY}


def _with_states(contracts: Iterable[Contract], today: date) -> list[tuple[Contract, str, str]]:
    return [(contract, *_state(contract, today)) for contract in contracts]


def _other_rooms(client: Client, user: User, now: datetime) -> dict[str, Any]:
    stage = vars(client)["win_back_stage"]
    return {
        "touches": open_touches_of(client, user),
        "can_plan": client.archived_at is None and in_department(user),
        "renewals": open_renewals_of(client, user),
        "attention": attention_of(client, user, today=timezone.localdate(now)),
        "win_back_stage": WinBackStage(stage).label if stage and in_department(user) else "",
        "responses": scores_of(client, user),
        "complaints": complaints_of(client, user),
        "now": now,
    }


def _timeline(request: HttpRequest, client: Client, user: User) -> dict[str, Any]:
    visible = visible_events(user)
    asked = request.GET.get("events", "")
    group = asked if asked in GROUPS and kinds_of(asked, visible) else ""
    kinds = kinds_of(group, visible)
    after, order = request.GET.get("after", ""), ["-at", "-id"]
    if kinds or after:
        page = keyset_page(timeline_of(client, kinds), order=order, after=after, size=TIMELINE_PAGE)
    else:
        page = page_of(TIMELINE.rows(client.pk), order=order, size=TIMELINE_PAGE)
    return {
        "events": shown_events(page.rows),
        "event_tabs": group_tabs(group, visible),
        "group": group,
        "next_cursor": page.next_cursor,
        "is_first": not after,
    }


def _state(contract: Contract, today: date) -> tuple[str, str]:
    """Which badge a contract wears: (code for the template, tone)."""
    ends = contract.last_day
    if contract.starts_on > today:
        return "ahead", "info"
    if ends is None:
        return ("runs" if contract.prolongation_months else "open"), "good"
    if ends < today:
        return ("terminated" if contract.terminated_on else "ended"), "neutral"
    return ("soon", "warn") if (ends - today).days <= ENDS_SOON_DAYS else ("runs", "good")

"""The client list: composed here because a row also shows the next planned contact, which lies above clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from clients.enums import ClientKind
from clients.filters import MINE, WITHOUT_TOUCH, ClientFilterForm
from clients.models import NO_CONTRACT, NO_ORDER, OPEN_ENDED
from clients.queries.listing import (
    ClientFilter,
    bought_since,
    filter_choices,
    year_before,
)
from core import formats
from core.enums import Tier
from core.fixed import FixedQuery
from core.lookups import AnyOf
from core.options import options
from core.templatetags.ui import badge
from desk.client_pages import found
from retention.enums import Lifecycle
from retention.rules.lifecycle import lifecycle
from staff.models import User
from staff.permissions import in_department, sells
from work.enums import TouchState
from work.models import Touch

ENDS_SOON_DAYS = 60
TIER_TONES = {"A": "accent", "B": "neutral", "C": "neutral"}
EXTRA = ("kind", "industry", "region", "product", "touch", "distribute", "frozen", "lapsed")
FILTERS = ("q", "owner", "tier", "state", *EXTRA)


@dataclass(frozen=True, slots=True)
class Row:
    """One line, everything ready to print."""

    id: int
    name: str
    under: str
    tier: str
    tier_tone: str
    marks: str
    owner: str
    initials: str
    hue: int
    last_order: str
    orders: str
    bought: str
    until: str
    until_tone: str
    touch: str
    touch_tone: str


@require_safe
@vary_on_headers("HX-Target")
@login_required
def client_list(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    if not (in_department(user) or sells(user)):
        raise Http404
    form = ClientFilterForm(request.GET)
    wanted = form.wanted(user.pk)
    page, count = found(request.GET, form, wanted, user)
    context = {
        "rows": build_rows(page.rows, now=timezone.now(), inside=in_department(user)),
        "count": count,
        "next_url": _url(request.GET, after=page.next_cursor),
        "previous_url": _url(request.GET, before=page.previous_cursor),
        "first_url": _url(request.GET, first=True),
        "narrowed": any(request.GET.get(name) for name in FILTERS),
        "wide": True,
    }
    if request.headers.get("HX-Target") == "client-rows":
        return render(request, "desk/_client_rows.html", context)
    context |= _filter_bar(form, wanted, user)
    return render(request, "desk/client_list.html", context)


def next_touches(client_ids: Collection[int]) -> dict[int, date]:
    return dict(_NEXT.tuples(list(client_ids)))


def _first_open(client_ids: Collection[int]) -> Any:
    rows = Touch.objects.filter(AnyOf("client", client_ids), state=TouchState.OPEN).order_by()
    return rows.values_list("client_id").annotate(Min("due_on"))


_NEXT: FixedQuery[Touch] = FixedQuery(_first_open, list)


def build_rows(rows: list[dict[str, Any]], *, now: datetime, inside: bool) -> list[Row]:
    """``inside``: for somebody of the department, who also sees what is planned and what stands still."""
    ids = [row["id"] for row in rows]
    bought = bought_since(ids, year_before(now)) if ids else {}
    touches = next_touches(ids) if ids and inside else {}
    zone = timezone.get_current_timezone()
    today = now.astimezone(zone).date()
    for row in rows:
        if row["standing__last_order_at"] != NO_ORDER:
            row["last_order"] = row["standing__last_order_at"].astimezone(zone).date()
        row["frozen"] = row["frozen"] and inside
    words = _words(get_language())
    return [_row(row, words, bought.get(row["id"]), touches.get(row["id"]), today) for row in rows]


@dataclass(frozen=True, slots=True)
class Words:
    """What the rows say, fetched once for all of them."""

    language: str | None
    under: Mapping[str, str]
    inn: str
    to_distribute: str
    frozen: str
    archived: str


@lru_cache(maxsize=8)
def _words(language: str | None) -> Words:
    under = {str(kind): str(kind.label) for kind in ClientKind if kind != ClientKind.LEGAL}  # the usual goes without
    under |= {Lifecycle.NEW: _("new"), Lifecycle.REGULAR: _("regular")}
    marks = badge(_("to distribute"), "warn"), badge(_("frozen"), "info"), badge(_("archived"), "neutral")
    return Words(language, under, _("INN %(inn)s"), *marks)


def _row(row: Mapping[str, Any], words: Words, bought: tuple[int, Any] | None, touch: date | None, today: date) -> Row:
    owner = row["standing__owner__name"] or ""
    last_order = row.get("last_order")
    until, until_tone = _until(row["standing__contract_ends"], today, words.language)
    number = words.inn % {"inn": row["inn"]} if row["inn"] else ""
    kind, stage = words.under.get(row["kind"]), words.under.get(_stage(row))
    return Row(
        id=row["id"],
        name=row["name"],
        under=" · ".join(filter(None, [kind, number, row["region__name"], stage])),
        tier=row["tier"],
        tier_tone=TIER_TONES[row["tier"]],
        marks=_marks(row, words),
        owner=owner,
        initials="".join(word[0] for word in owner.split()[:2]).upper(),
        hue=_hue(owner),
        last_order=formats.relative_day(last_order, today, words.language) if last_order else "",
        orders=formats.number(bought[0], 0, words.language) if bought else "",
        bought=formats.money(bought[1], words.language) if bought else "",
        until=until,
        until_tone=until_tone,
        touch=formats.relative_day(touch, today, words.language) if touch else "",
        touch_tone="bad" if touch and touch < today else "",
    )


def _stage(row: Mapping[str, Any]) -> str:
    """Where the client stands between new and regular; nothing before the first order."""
    orders = len(row["first_orders"])
    return lifecycle(orders, regular_from=row["regular_from"]) if orders else ""


@lru_cache(maxsize=1024)
def _hue(name: str) -> int:
    return int(sha256(name.encode()).hexdigest(), 16) % 6


def _marks(row: Mapping[str, Any], words: Words) -> str:
    marks = words.to_distribute if row["standing__to_distribute"] else ""
    if row["frozen"]:
        marks += words.frozen
    if row["archived_at"]:
        marks += words.archived
    return marks


def _until(ends: date, today: date, language: str | None) -> tuple[str, str]:
    if ends == NO_CONTRACT:
        return "", ""
    if ends == OPEN_ENDED:
        return _("open-ended"), ""
    left = (ends - today).days
    tone = "bad" if left < 0 else "warn" if left <= ENDS_SOON_DAYS else ""
    return formats.short_day(ends, today, language), tone


def _url(query: QueryDict, *, after: str = "", before: str = "", first: bool = False) -> str:
    if not (after or before or first):
        return ""
    kept = query.copy()
    for name in ("after", "before"):
        kept.pop(name, None)
    for name, value in (("after", after), ("before", before)):
        if value:
            kept[name] = value
    return f"?{kept.urlencode()}"


def _filter_bar(form: ClientFilterForm, wanted: ClientFilter, user: User) -> dict[str, Any]:
    choices = filter_choices()
    data = form.cleaned_data
    owner = MINE if data.get("owner") == MINE else wanted.owner_id
    people = [(MINE, _("Mine")), *choices["owner"]] if in_department(user) else choices["owner"]
    return {
        "form": form,
        "text": wanted.text,
        "owners": options(people, owner, _("all")),
        "tiers": options(Tier.choices, wanted.tier, _("all")),
        "states": options([("archived", _("archived")), ("all", _("all"))], data["state"], _("in work")),
        "kinds": options(ClientKind.choices, wanted.kind, _("all")),
        "industries": options(choices["industry"], wanted.industry_id, _("all")),
        "regions": options(choices["region"], wanted.region_id, _("all")),
        "products": options(choices["product"], wanted.product_id, _("all")),
        "more": any(data.get(name) for name in EXTRA),
        "tabs": _tabs(data) if in_department(user) else [],
        "sort": data["sort"],
        "may_create": in_department(user),
    }


def _tabs(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ready-made views; the whole state of each stands in its address."""
    mine, untouched, spare = data.get("owner") == MINE, data["touch"] == WITHOUT_TOUCH, data["distribute"] == "1"
    frozen, lapsed = data["frozen"] == "1", data["lapsed"] == "1"
    return [
        {"label": _("All"), "url": "?", "active": not (mine or untouched or spare or frozen or lapsed)},
        {"label": _("Mine"), "url": f"?owner={MINE}", "active": mine and not untouched},
        {"label": _("No planned contact"), "url": f"?touch={WITHOUT_TOUCH}", "active": untouched},
        {"label": _("To distribute"), "url": "?distribute=1", "active": spare},
        {"label": _("Frozen"), "url": "?frozen=1", "active": frozen},
        {"label": _("Contract over, still buying"), "url": "?lapsed=1", "active": lapsed},
    ]

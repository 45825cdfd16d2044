"""What a person gets to by typing: clients, pages of the menu and things to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from clients.permissions import visible_clients
from clients.queries.search import pick
from clients.rules.search import LONGEST, fold, swap_layout
from desk.navigation import navigation_for
from staff.models import User
from staff.permissions import in_department, leads, sells

CLIENTS = 7


@dataclass(frozen=True, slots=True)
class Action:
    label: Promise
    route: str
    icon: str
    allowed: Callable[[User], bool]


ACTIONS = (
    Action(_("New client"), "clients:create", "plus", in_department),
    Action(_("New hand-off"), "handoffs:new", "handshake", lambda user: leads(user) or sells(user)),
    Action(_("Plan a contact"), "touches:new", "calendar-plus", in_department),
)


@dataclass(frozen=True, slots=True)
class Place:
    label: str
    url: str
    icon: str
    note: str = ""


def fits(label: str, text: str) -> bool:
    """Each word typed, on either keyboard layout, begins a word of the label; an empty text fits everything."""
    words = fold(label).split()
    return any(
        all(any(word.startswith(typed) for word in words) for typed in fold(reading).split())
        for reading in (text, swap_layout(text.lower()))
    )


def _fitting(places: Iterable[Place], text: str) -> list[Place]:
    return [place for place in places if fits(place.label, text)]


def places_for(user: User, text: str) -> list[tuple[Promise, list[Place]]]:
    """Groups that have anything, clients first."""
    clients = [
        Place(client.name, reverse("clients:card", args=[client.pk]), "building-2", client.inn)
        for client in pick(visible_clients(user), text, limit=CLIENTS)
    ]
    pages = [Place(link.label, link.url, link.icon) for link in navigation_for(user, "").links]
    begun = [Place(str(one.label), reverse(one.route), one.icon) for one in ACTIONS if one.allowed(user)]
    groups = (_("Clients"), clients), (_("Pages"), _fitting(pages, text)), (_("Begin"), _fitting(begun, text))
    return [(title, found) for title, found in groups if found]


@require_safe
@login_required
def palette(request: HttpRequest) -> HttpResponse:
    """What is found while a person types, or a page of its own."""
    template = "desk/_palette_found.html" if request.htmx else "desk/palette.html"  # type: ignore[attr-defined]
    text = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:LONGEST]
    groups = places_for(cast("User", request.user), text)
    return render(request, template, {"text": text, "groups": groups})

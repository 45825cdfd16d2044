"""One client in figures: happiness, what he has brought, and, for those who lead, what serving him costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.models import Client
from clients.permissions import visible_clients
from core import formats
from core import queries as core_queries
from core.charts import Chart, Point, Series
from core.charts import Unit as ChartUnit
from core.figures import Figure, Period, Question, Unit, add_months, months_of
from core.htmx import render_page
from reports import bands, queries, worth
from reports.permissions import reads_costs
from reports.wording import Wording, month_label
from staff.access import only, person
from staff.permissions import in_department

YEAR = 12
WORDS = Wording(formats.PERCENT, language=None)


@require_safe
@only(in_department)
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """A page of its own, and the panel that the card asks for once it stands."""
    found = get_object_or_404(visible_clients(person(request)), pk=pk)
    month = localdate().replace(day=1)
    period = Period(add_months(month, 1 - YEAR), add_months(month, 1))
    asked = replace(queries.question(period), clients=(found.pk,))
    context = {"client": found, **_said(asked, found), **_brought(asked, found)}
    if reads_costs(person(request)):
        context |= _costs(asked, found)
    return render_page(request, "reports/client.html", context, fragment="reports/_client_figures.html")


def _said(asked: Question, found: Client) -> dict[str, Any]:
    index = bands.happiness(asked, client=found.pk)
    names = {"csat10": _("scores"), "nps": "NPS", "solved": _("complaints solved")}
    parts = [f"{names[key]} {formats.number(value, 0)}" for key, value in index.extras.items() if value is not None]
    return {"happiness": formats.number(index.value, 0), "parts": ", ".join(parts) if index.value is not None else ""}


def _brought(asked: Question, found: Client) -> dict[str, Any]:
    row = next(iter(worth.brought_by_client(asked)), None)
    points = _margins(worth.margin_of_client(asked, found.pk))
    chart = (
        Chart(_("Margin of orders by month"), [Series(_("Margin"), points, unit=ChartUnit.SHARE)], id="client-margin")
        if points
        else None
    )
    return {
        "brought": formats.money(round(row.money)) if row else formats.NOTHING,
        "margin": formats.money(round(row.margin)) if row and row.orders_with_cost else formats.NOTHING,
        "chart": chart,
    }


def _margins(known: Mapping[date, Figure]) -> list[Point]:
    """Up to two years that end with the latest order; months without one are gaps: the axis is time."""
    if not known:
        return []
    last = max(known)
    shown = [month.start for month in months_of(Period(add_months(last, 1 - 2 * YEAR), add_months(last, 1)))]
    return [_margin(month, known.get(month)) for month in shown if month >= min(known)]


def _margin(month: date, found: Figure | None) -> Point:
    if found is None:
        return Point(month_label(month), None)
    note = _("margin %(money)s") % {"money": WORDS.value(Unit.MONEY, float(found.numerator or 0))}
    return Point(month_label(month), found.value, "", note)


def _costs(asked: Question, found: Client) -> dict[str, Any]:
    """Of twelve months; when the client had paid for having been won."""
    served = worth.served_by_client(asked)
    known = sum(one.contacts - one.unknown for one in served)
    price = core_queries.company().acquisition_cost
    paid = worth.payback_of(asked, [found.pk], cost=price).get(found.pk) if price is not None else None
    return {
        "costs": True,
        "cost": formats.money(round(sum(one.cost for one in served))) if known else formats.NOTHING,
        "minutes": sum(one.minutes for one in served),
        "price": price,
        "paid": paid,
    }

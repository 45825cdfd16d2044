"""Renewals seen from above: columns, list, calendar, forecast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.enums import Tier
from core.errors import ConflictError, DomainError
from core.htmx import is_partial, render_page
from core.page_links import page_urls
from core.pagination import count_up_to, keyset_page
from retention.enums import Likelihood, RenewalOutcome, RenewalStage
from retention.forms.renewals import NONE, RenewalFilterForm, StageForm, month_of
from retention.models import Renewal
from retention.permissions import visible_renewals
from retention.queries.renewals.board import Column, columns_by_stage, columns_by_term, month_grid
from retention.queries.renewals.forecast import Forecast, by_month
from retention.queries.renewals.listing import SHOWN, Card, managers_with_renewals, order_of, renewals
from retention.rules.contracts import shift_months
from retention.rules.renewals import months_ahead
from retention.services.renewals import move_stage
from retention.services.stages import StageAsksError
from retention.views.common import StageQuestion, stage_question
from retention.views.renewals.common import TONES, view_tabs
from retention.views.renewals.page import find, show
from staff.access import only, person
from staff.models import User
from staff.permissions import in_department

MONTHS_BACK, MONTHS = 2, 7


def _filters(request: HttpRequest, form: RenewalFilterForm) -> dict[str, Any]:
    wanted = form.wanted()
    states = [("closed", _("all that are closed")), *RenewalOutcome.choices]
    marks = [("must", _("to be decided now")), ("disputed", _("disagreement")), ("sleeping", _("postponed"))]
    today = localdate()
    return {
        "wanted": wanted,
        "narrowed": any(request.GET.get(name) for name in ("manager", "tier", "stage", "signal", "opinion", "mark")),
        "managers": managers_with_renewals(),
        "tiers": Tier.choices,
        "stages": RenewalStage.choices,
        "likelihoods": Likelihood.choices,
        "opinions": [*Likelihood.choices, *NONE],
        "states": states,
        "marks": marks,
        "sort": form.order,
        "tones": TONES,
        "today": today,
    }


def _none(columns: Iterable[Column]) -> bool:
    return not any(column.count for column in columns)


@require_safe
@only(in_department)
def board(request: HttpRequest) -> HttpResponse:
    form = RenewalFilterForm(request.GET)
    context = _filters(request, form)
    columns = columns_by_term(person(request), form.wanted(), today=localdate())
    context |= {"columns": columns, "nothing": _none(columns), "tabs": view_tabs(request, "board"), "wide": True}
    return render_page(request, "retention/renewals/board.html", context, fragment="retention/renewals/_columns.html")


@require_safe
@only(in_department)
def stages(request: HttpRequest) -> HttpResponse:
    return _stages(request)


def _stages(request: HttpRequest, status: int = 200, question: StageQuestion | None = None) -> HttpResponse:
    form = RenewalFilterForm(request.GET)
    context = _filters(request, form)
    columns = columns_by_stage(person(request), form.wanted(), today=localdate())
    context |= {
        "question": question,
        "columns": columns,
        "nothing": _none(columns),
        "tabs": view_tabs(request, "stages"),
        "movable": True,
        "kept": request.GET.urlencode(),
        "wide": True,
    }
    page, piece = "retention/renewals/board.html", "retention/renewals/_columns.html"
    return render_page(request, page, context, fragment=piece, status=status)


@require_POST
@only(in_department)
def stage(request: HttpRequest, pk: int) -> HttpResponse:
    """From the board by drag, key or menu; the board answers with its present state."""
    user = person(request)
    renewal = get_object_or_404(visible_renewals(user), pk=pk)
    form = StageForm(request.POST)
    status = 200
    if not form.is_valid():
        status = 422
        messages.error(request, _("There is no such stage."))
    else:
        data = form.cleaned_data
        wanted, note = RenewalStage(data["stage"]), data["note"]
        try:
            move_stage(renewal=renewal, stage=wanted, seen=data["seen"], note=note, actor=user, now=now())
        except StageAsksError as error:
            return _asked(request, renewal, error, wanted, data["seen"])
        except DomainError as error:
            status = 409 if isinstance(error, ConflictError) else 422
            messages.error(request, str(error.detail))
    if is_partial(request) or status != 200:
        return _stages(request, status=status)
    back = "renewals:page" if request.POST.get("back") == "page" else "renewals:stages"
    return redirect(reverse(back, args=[pk] if back == "renewals:page" else []) + _kept(request))


def _asked(
    request: HttpRequest, renewal: Renewal, error: StageAsksError, stage: RenewalStage, seen: str
) -> HttpResponse:
    at_page = request.POST.get("back") == "page"
    page = reverse("renewals:page", args=[renewal.pk])
    question = stage_question(
        request,
        error,
        name=renewal.client.name,
        stage=stage,
        seen=seen,
        leave_url=page if at_page else reverse("renewals:stages"),
        terms_url=f"{page}#offers",
    )
    if at_page and not is_partial(request):
        return show(request, find(request, renewal.pk), status=422, question=question)
    return _stages(request, status=422, question=question)


def _kept(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


@require_safe
@only(in_department)
def listing(request: HttpRequest) -> HttpResponse:
    form = RenewalFilterForm(request.GET)
    context = _filters(request, form)
    wanted = form.wanted()
    months = months_ahead(shift_months(context["today"].replace(day=1), -3), 13)
    rows = renewals(person(request), wanted, today=localdate())
    page = keyset_page(
        rows.values_list(*SHOWN, named=True),
        order=order_of(form.order, state=wanted.state),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context |= {
        "rows": [Card(*row) for row in page.rows],
        "months": [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in months],
        "month": f"{wanted.month:%Y-%m}" if wanted.month else "",
        "count": count_up_to(rows, 1000),
        "tabs": view_tabs(request, "list"),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
        "wide": True,
    }
    return render_page(request, "retention/renewals/list.html", context, fragment="retention/renewals/_rows.html")


@require_safe
@only(in_department)
def calendar(request: HttpRequest) -> HttpResponse:
    form = RenewalFilterForm(request.GET)
    context = _filters(request, form)
    month = form.wanted().month or localdate().replace(day=1)
    kept = request.GET.copy()
    links = {}
    for name, step in (("previous_url", -1), ("next_url", 1)):
        kept["month"] = f"{shift_months(month, step):%Y-%m}"
        links[name] = f"?{kept.urlencode()}"
    kept.pop("month", None)
    context |= {
        "weeks": month_grid(person(request), form.wanted(), month, today=localdate()),
        "month": month,
        "tabs": view_tabs(request, "calendar"),
        "rest_url": f"{reverse('renewals:list')}?month={month:%Y-%m}&{kept.urlencode()}",
        **links,
        "wide": True,
    }
    return render(request, "retention/renewals/calendar.html", context)


@require_safe
@only(in_department)
def forecast(request: HttpRequest, ask: Callable[..., Forecast]) -> HttpResponse:
    """``ask`` comes with the route: the facts belong to a room above."""
    first = month_of(request.GET.get("from", "")) or shift_months(localdate().replace(day=1), -MONTHS_BACK)
    months = months_ahead(first, MONTHS)
    found = ask(user=person(request), months=months, now=now())
    rows = found.rows
    names = User.objects.in_bulk({row.manager_id for row in rows if row.manager_id})
    people = [(names[row.manager_id], row) for row in rows if row.manager_id in names]
    context = {
        "months": [
            (row, [(who, own) for who, own in people if own.month == row.month]) for row in by_month(rows, months)
        ],
        "view": found,
        "is_empty": not rows,
        "previous_url": f"?from={shift_months(first, -MONTHS):%Y-%m}",
        "next_url": f"?from={shift_months(first, MONTHS):%Y-%m}",
        "tabs": view_tabs(request, "forecast"),
        "this_month": localdate().replace(day=1),
        "wide": True,
    }
    return render(request, "retention/renewals/forecast.html", context)

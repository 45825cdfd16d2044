from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.permissions import visible_clients
from core import formats
from core import queries as core_queries
from core.figures import Norms, Period, Question, add_months
from core.wakeup import wake
from reports import filters, page, queries, services
from reports.forms import CohortPageForm, DaysForm, PageForm, QuestionForm, WhoForm
from reports.page import KpiPage, Wording, period_label
from reports.permissions import reads_figures, visible_segment
from reports.registry import FIGURES
from staff.access import only, person
from staff.permissions import leads


@require_safe
@only(reads_figures)
def kpi(request: HttpRequest) -> HttpResponse:
    form = PageForm(request.GET.dict())
    context = _frame(request, form)
    if not form.is_valid():
        return render(request, "reports/kpi.html", context, status=400)
    if form.data.get("last"):
        return redirect(_canonical(request, form))
    company = core_queries.company()
    norms = Norms(grace=company.grace_days, early=company.early_days, active=company.active_days)
    view = queries.at_once(_asked(request, form, norms))
    context |= {"modes": _modes(request, form), "cohorts_url": _with(request, "reports:cohorts"), "view": view}
    if view.absent:
        wake("reports.refresh_facts")
        return render(request, "reports/kpi.html", context)
    board = KpiPage(page.answers(view), form, started=company.department_started_on)
    context |= {"board": board, "period": f"{period_label(form.period)} · {company.department_name}"}
    if board.is_empty:
        context["known"] = _known(request, form)
    return render(request, "reports/kpi.html", context)


def _known(request: HttpRequest, form: PageForm) -> dict[str, Any] | None:
    """Where there is something to see, for a period with nothing in it: the last month of it."""
    span = queries.known_days()
    if span is None:
        return None
    first, last = span
    month = last.replace(day=1)
    period = Period(month, add_months(month, 1))
    if period == form.period:
        return None
    url = _page(request, **{"from": period.start.isoformat(), "to": period.end.isoformat()})
    return {"first": first, "last": last, "label": period_label(period), "url": url}


@require_safe
@only(reads_figures)
def who(request: HttpRequest, metric: str) -> HttpResponse:
    """Clients behind one side of a figure."""
    if metric not in FIGURES or FIGURES[metric].denominator is None:
        raise Http404
    form = WhoForm(request.GET.dict())
    if not form.is_valid():
        return render(request, "reports/who.html", {"form": form, "definition": FIGURES[metric]}, status=400)
    side = form.cleaned_data["side"] or "denominator"
    asked = _asked(request, form)
    data = form.cleaned_data
    found = queries.behind(asked, getattr(FIGURES[metric], side), after=data["after"], before=data["before"])
    clients = visible_clients(person(request)).in_bulk([row.client_id for row in found.rows])
    [answer] = queries.figures(asked, keys=[metric])
    context = {
        "definition": FIGURES[metric],
        "figure": answer[metric],
        "value": Wording(formats.PERCENT).value(answer[metric].unit, answer[metric].value),
        "rows": [(clients[row.client_id], row) for row in found.rows if row.client_id in clients],
        "period": period_label(form.period),
        "has_amounts": any(row.amount != row.events for row in found.rows),
        "sides": _sides(request, side),
        "next_url": _page(request, after=found.after),
        "previous_url": _page(request, before=found.before),
        "back_url": _with(request, "reports:kpi", side="", after="", before=""),
    }
    return render(request, "reports/who.html", context)


@require_safe
@only(reads_figures)
def cohorts(request: HttpRequest) -> HttpResponse:
    form = CohortPageForm(request.GET.dict())
    context = _frame(request, form)
    if not form.is_valid():
        return render(request, "reports/cohorts.html", context, status=400)
    if form.data.get("last"):
        return redirect(_canonical(request, form))
    basis = form.cleaned_data["basis"] or "contracts"
    rows = page.cohort_rows(queries.cohorts(_asked(request, form), basis=basis), Wording(formats.PERCENT))
    width = max((len(row["cells"]) for row in rows), default=0)
    tabs = [
        {"label": label, "url": _page(request, basis=key), "active": key == basis}
        for key, label in (("contracts", _("By contracts")), ("orders", _("By orders")))
    ]
    back = _with(request, "reports:kpi", basis="", **{"from": "", "to": ""})
    context |= {"rows": rows, "columns": range(width), "tabs": tabs, "back_url": back, "basis": basis}
    return render(request, "reports/cohorts.html", context)


def _asked(request: HttpRequest, form: QuestionForm, norms: Norms | None = None) -> Question:
    services.catch_up(now=now())
    segment = visible_segment(person(request), form.segment)
    return queries.question(form.period, as_of=form.cleaned_data["as_of"], segment=segment, given=norms)


def _frame(request: HttpRequest, form: DaysForm) -> dict[str, Any]:
    """Filters and periods on offer; a manager is not offered another manager."""
    values = filters.offered()
    if not leads(person(request)):
        values.pop("manager", None)
    asked = form.period if form.is_valid() else None
    return {
        "form": form,
        "wide": True,
        "days": filters.days(form),
        "choices": filters.choices(form, values),
        "hidden": [(name, form.data[name]) for name in ("show", "basis", "as_of") if form.data.get(name)],
        "more_open": any(form.data.get(name) for name in filters.NAMES),
        "presets": [
            {
                "label": label,
                "url": _page(request, last="", **{"from": period.start.isoformat(), "to": period.end.isoformat()}),
                "active": asked == period,
            }
            for label, period in page.presets(localdate())
        ],
    }


def _canonical(request: HttpRequest, form: DaysForm) -> str:
    """The same question as addresses have it: the last day of the form becomes the day after it."""
    period = form.period
    return _page(request, last="", **{"from": period.start.isoformat(), "to": period.end.isoformat()})


def _modes(request: HttpRequest, form: PageForm) -> list[dict[str, Any]]:
    names = ((formats.PERCENT, "%"), (formats.COEFFICIENT, _("coefficient")))
    return [{"label": label, "url": _page(request, show=mode), "active": form.mode == mode} for mode, label in names]


def _sides(request: HttpRequest, side: str) -> list[dict[str, Any]]:
    names = (("numerator", _("In the numerator")), ("denominator", _("In the denominator")))
    return [
        {"label": label, "url": _page(request, side=name, after="", before=""), "active": name == side}
        for name, label in names
    ]


def _page(request: HttpRequest, **changes: Any) -> str:
    """The same page with other parameters; empty when one of them is None."""
    if any(value is None for value in changes.values()):
        return ""
    kept = {name: value for name, value in request.GET.items() if name not in {"after", "before"}}
    return f"{request.path}?{urlencode({name: text for name, text in {**kept, **changes}.items() if text})}"


def _with(request: HttpRequest, route: str, **changes: Any) -> str:
    kept = {name: text for name, text in {**request.GET.dict(), **changes}.items() if text}
    return f"{reverse(route)}?{urlencode(kept)}" if kept else reverse(route)

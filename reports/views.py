from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.permissions import visible_clients
from core import formats
from core import queries as core_queries
from core.figures import Period, Question, add_months
from core.htmx import is_partial, render_page
from core.wakeup import wake
from reports import filters, page, queries
from reports.asking import answered_by, asked_by, canonical, frame, modes, same_page, told_of, with_question
from reports.forms import CohortPageForm, PageForm, WhoForm
from reports.managers.behind import Share, by_manager
from reports.page import KpiPage
from reports.permissions import reads_figures, visible_managers
from reports.registry import FIGURES
from reports.wording import Wording, period_label
from staff.access import only, person
from staff.permissions import leads


@require_safe
@only(reads_figures)
def kpi(request: HttpRequest) -> HttpResponse:
    form = PageForm(request.GET.dict())
    context = frame(request, form)
    if not form.is_valid():
        return render(request, "reports/kpi.html", context, status=400)
    if form.data.get("last"):
        return redirect(canonical(request, form))
    company = core_queries.company()
    norms = queries.norms_of(company)
    view = queries.at_once(asked_by(request, form, norms))
    context |= {"modes": modes(request, form), "cohorts_url": with_question(request, "reports:cohorts"), "view": view}
    if view.absent:
        wake("reports.refresh_facts")
        return render(request, "reports/kpi.html", context)
    board = KpiPage(page.answers(view), form, started=company.department_started_on)
    context |= {"board": board, "period": told_of(request, form, department=company.department_name)}
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
    url = same_page(request, **{"from": period.start.isoformat(), "to": period.end.isoformat()})
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
    view = answered_by(request, form, queries.norms())
    if view.absent:
        wake("reports.refresh_facts")
        return render(request, "reports/who.html", {"definition": FIGURES[metric], "view": view})
    data, asked = form.cleaned_data, view.asked
    found = queries.behind(
        asked, getattr(FIGURES[metric], side), after=data["after"], before=data["before"], source=view.source
    )
    clients = visible_clients(person(request)).only("name", "tier").in_bulk([row.client_id for row in found.rows])
    [answer] = queries.figures(asked, keys=[metric], source=view.source)
    words = Wording(data["show"] or formats.PERCENT)
    context = {
        "definition": FIGURES[metric],
        "figure": answer[metric],
        "value": words.value(answer[metric].unit, answer[metric].value),
        "of": words.of(answer[metric]),
        "people": _people(request, view, metric, words),
        "view": view,
        "reasons_url": _reasons_url(metric, asked),
        "rows": [(clients[row.client_id], row) for row in found.rows if row.client_id in clients],
        "period": told_of(request, form),
        "has_amounts": any(row.amount != row.events for row in found.rows),
        "sides": _sides(request, side),
        "next_url": same_page(request, after=found.after),
        "previous_url": same_page(request, before=found.before),
        "back_url": with_question(request, back_route(data["page"]), side="", after="", before="", page=""),
    }
    return render(request, "reports/who.html", context)


def _people(request: HttpRequest, view: queries.View, metric: str, words: Wording) -> list[tuple[Share, str]]:
    """Managers with the way to their clients in the same list; for those who compare managers."""
    if not leads(person(request)):
        return []
    shares = by_manager(view, metric, visible_managers(person(request)), words)
    return [(one, same_page(request, manager=one.manager.username, after="", before="")) for one in shares]


def _reasons_url(metric: str, asked: Question) -> str:
    """Why contracts were not renewed; of other figures nobody is asked for a reason."""
    if metric not in {"refusal_rate", "renewal_rate"}:
        return ""
    [period] = asked.periods
    days = {"since": str(period.start), "until": str(period.last)}
    if asked.segment.manager is not None:
        days["manager"] = str(asked.segment.manager)
    return f"{reverse('refusals:reasons')}?{urlencode(days)}"


#: What the page of the department asks for once somebody scrolls to it.
MAP = "reports/_cohort_map.html"


@require_safe
@only(reads_figures)
def cohorts(request: HttpRequest) -> HttpResponse:
    form = CohortPageForm(request.GET.dict())
    context = frame(request, form)
    if not form.is_valid():
        return render_page(request, "reports/cohorts.html", context, fragment=MAP, status=400)
    if form.data.get("last"):
        return redirect(canonical(request, form))
    basis = form.cleaned_data["basis"] or "contracts"
    kept = {name: form.data[name] for name in (*filters.NAMES, "as_of") if form.data.get(name)}
    tail = f"&{urlencode({'basis': basis, **kept})}"
    rows = page.cohort_rows(
        queries.cohorts(asked_by(request, form), basis=basis),
        Wording(form.cleaned_data["show"] or formats.PERCENT),
        url=reverse("reports:cell"),
        tail=tail,
    )
    width = max((len(row["cells"]) for row in rows), default=0)
    tabs = [
        {"label": label, "url": same_page(request, basis=key), "active": key == basis}
        for key, label in (("contracts", _("By contracts")), ("orders", _("By orders")))
    ]
    back = with_question(request, "reports:kpi", basis="", **{"from": "", "to": ""})
    context |= {"rows": rows, "columns": range(width), "tabs": tabs, "back_url": back, "basis": basis}
    context |= {"modes": modes(request, form), "lifecycle_url": with_question(request, "reports:lifecycle", basis="")}
    return render_page(request, "reports/cohorts.html", context | {"embedded": is_partial(request)}, fragment=MAP)


def back_route(page: str) -> str:
    return f"reports:{page or 'kpi'}"


def _sides(request: HttpRequest, side: str) -> list[dict[str, Any]]:
    names = (("numerator", _("In the numerator")), ("denominator", _("In the denominator")))
    return [
        {"label": label, "url": same_page(request, side=name, after="", before=""), "active": name == side}
        for name, label in names
    ]

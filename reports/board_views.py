"""The department's page, before and after, who is behind a flow or a cell, views under a name, alerts seen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.permissions import visible_clients
from core import queries as core_queries
from core.errors import DomainError
from core.figures import Period, Side, Text, add_months
from core.wakeup import wake
from reports import compare as comparing
from reports import department_charts, queries, roubles, standards
from reports.asking import asked_by, canonical, frame, modes, same_page, told_of, with_question
from reports.department import Board, find
from reports.enums import ViewPage
from reports.filters import NAMES, Field
from reports.flows import FLOWS
from reports.forms import CellForm, CompareForm, DepartmentForm, KeepViewForm, PageForm, QuestionForm, WhoForm
from reports.periods import a_year_before
from reports.permissions import reads_costs, reads_figures, visible_alerts, visible_segment, visible_views
from reports.shelf import Shelf, shelf
from reports.story import Story, story_months
from reports.wording import period_label
from staff.access import only, person
from staff.permissions import leads

ROUTES = {ViewPage.DEPARTMENT: "reports:department", ViewPage.COMPARE: "reports:compare"}


@require_safe
@only(reads_figures)
def department(request: HttpRequest) -> HttpResponse:
    form = DepartmentForm(request.GET.dict())
    context = frame(request, form)
    if not form.is_valid():
        return render(request, "reports/department.html", context, status=400)
    if form.data.get("last"):
        return redirect(canonical(request, form))
    context |= department_context(request, form)
    return render(request, "reports/wall.html" if form.cleaned_data["view"] else "reports/department.html", context)


def department_context(request: HttpRequest, form: PageForm) -> dict[str, Any]:
    """The page and its files are made of this."""
    user, company = person(request), core_queries.company()
    norms = queries.norms_of(company)
    view = queries.at_once(asked_by(request, form, norms))
    kept = shelf(user=user)
    context: dict[str, Any] = {
        "view": view,
        "kept": kept,
        "period": told_of(request, form, department=company.department_name),
        "modes": modes(request, form),
        "views": view_tabs(request, kept, ViewPage.DEPARTMENT),
        "keep_query": kept_query(request.GET),
        "keep_page": ViewPage.DEPARTMENT,
        "leads": leads(user),
        "files": _files(request, "department"),
    }
    if view.absent:
        wake("reports.refresh_facts")
        return context
    told = [rate.month for rates in kept.rates.values() for rate in rates]
    plain = view.source.stored and not view.asked.segment.given()
    months = story_months(told, company.department_started_on, view.asked.today) if plain else []
    found = find(view, *months)
    board = Board(
        found, kept, segment=view.asked.segment, mode=form.mode, filters={**_filters(form), "page": "department"}
    )
    story = Story(board, months, company.department_started_on)
    return context | {
        "board": board,
        "charts": [*story.charts, *department_charts.charts(board)],
        "events": story.events,
        "months": roubles.roubles(view, user=user, kept=kept, now=now(), period=form.period),
        "cohorts_url": with_question(request, "reports:cohorts", **{"from": "", "to": "", "show": "", "view": ""}),
        "voice_url": with_question(request, "reports:voice", view=""),
        "money_url": with_question(request, "reports:money", view="") if reads_costs(user) else "",
        "wall_url": same_page(request, view="wall"),
        "page_url": same_page(request, view=""),
        "now": now(),
    }


def _filters(form: PageForm) -> dict[str, str]:
    return {name: form.data[name] for name in (*NAMES, "as_of", "show") if form.data.get(name)}


def _files(request: HttpRequest, page: str) -> list[dict[str, str]]:
    kinds = (("xlsx", "XLSX"), ("pdf", "PDF"))
    return [{"label": label, "url": with_question(request, f"reports:{page}_{kind}", view="")} for kind, label in kinds]


def kept_query(data: QueryDict) -> str:
    asked = data.copy()
    for name in ("view", "after", "before", "last"):
        asked.pop(name, None)
    return asked.urlencode()[:1000]


def view_tabs(request: HttpRequest, kept: Shelf, page: ViewPage) -> list[dict[str, Any]]:
    """The plain page first, then the saved ones."""
    here, route = kept_query(request.GET), reverse(ROUTES[page])
    plain = _("Whole department") if leads(person(request)) else _("All your clients")
    tabs: list[dict[str, Any]] = [{"label": plain, "url": route, "active": not here}]
    for one in kept.views:
        label = f"{one.name} · {_('shared')}" if one.shared else one.name
        tabs.append({"label": label, "url": f"{route}?{one.query}", "active": bool(here) and here == one.query})
    return tabs


@require_safe
@only(reads_figures)
def compare(request: HttpRequest) -> HttpResponse:
    form = CompareForm(request.GET.dict())
    context = frame(request, form)
    if not form.is_valid():
        context["all_days"] = [*_before_days(form, None), *context["days"]]
        return render(request, "reports/compare.html", context, status=400)
    if form.data.get("last") or form.data.get("before_last"):
        return redirect(_canonical_compare(request, form))
    context |= compare_context(request, form)
    context["all_days"] = [*context["before_days"], *context["days"]]
    return render(request, "reports/compare.html", context)


def compare_context(request: HttpRequest, form: CompareForm) -> dict[str, Any]:
    user, company = person(request), core_queries.company()
    norms = queries.norms_of(company)
    after = form.period
    before = form.before or a_year_before(after)
    asked = asked_by(request, form, norms)
    view = queries.at_once(asked.about(before, after))
    kept = shelf(user=user, page=ViewPage.COMPARE)
    context: dict[str, Any] = {
        "view": view,
        "kept": kept,
        "before_days": _before_days(form, before),
        "before_label": period_label(before),
        "after_label": period_label(after),
        "period": told_of(request, form, department=company.department_name, period=False),
        "presets": _presets(request, kept, company.department_started_on, (before, after)),
        "views": view_tabs(request, kept, ViewPage.COMPARE),
        "keep_query": kept_query(request.GET),
        "keep_page": ViewPage.COMPARE,
        "leads": leads(user),
        "modes": modes(request, form),
        "files": _files(request, "compare"),
    }
    if view.absent:
        wake("reports.refresh_facts")
        return context
    rows = comparing.compare(view, mode=form.mode, filters=_filters(form))
    return context | {"rows": rows, "nothing": not any(any(row.numbers[:2]) for row in rows)}


def _before_days(form: CompareForm, before: Period | None) -> list[Field]:
    def wrong(*names: str) -> str:
        return " ".join(str(text) for name in names for text in form.errors.get(name, []))

    first = before.start.isoformat() if before else form.data.get("before_from", "")
    last = before.last.isoformat() if before else form.data.get("before_last", "")
    return [
        Field("before_from", _("Earlier period: from"), first, wrong("before_from")),
        Field("before_last", _("until (last day)"), last, wrong("before_last", "before_to")),
    ]


def _canonical_compare(request: HttpRequest, form: CompareForm) -> str:
    days: dict[str, str] = {"from": form.period.start.isoformat(), "to": form.period.end.isoformat()}
    if form.before:
        days |= {"before_from": form.before.start.isoformat(), "before_to": form.before.end.isoformat()}
    return same_page(request, last="", before_last="", **days)


def _presets(request: HttpRequest, kept: Shelf, started: Any, shown: tuple[Period, Period]) -> list[dict[str, Any]]:
    found = comparing.presets(today=localdate(), started=started, events=kept.events)
    return [
        {
            "label": one.label,
            "url": same_page(
                request,
                **{"from": one.after.start.isoformat(), "to": one.after.end.isoformat()},
                before_from=one.before.start.isoformat(),
                before_to=one.before.end.isoformat(),
            ),
            "active": shown == (one.before, one.after),
        }
        for one in found
    ]


@require_safe
@only(reads_figures)
def flow(request: HttpRequest, name: str) -> HttpResponse:
    """Who came with a first contract, or came back."""
    if name not in FLOWS:
        raise Http404
    title, meaning, side = FLOWS[name]
    form = WhoForm(request.GET.dict())
    if not form.is_valid():
        return render(request, "reports/behind.html", {"form": form, "title": title}, status=400)
    return _behind_side(request, form, title, meaning, side)


def _behind_side(request: HttpRequest, form: WhoForm, title: Text, meaning: Text, side: Side) -> HttpResponse:
    data = form.cleaned_data
    found = queries.behind(asked_by(request, form), side, after=data["after"], before=data["before"])
    return _who_page(request, form, title, meaning, found)


@require_safe
@only(reads_figures)
def cell(request: HttpRequest) -> HttpResponse:
    """Who of a month's newcomers was there in a later month."""
    form = CellForm(request.GET.dict())
    title = _("Cohorts")
    if not form.is_valid():
        return render(request, "reports/behind.html", {"form": form, "title": title}, status=400)
    data = form.cleaned_data
    segment = visible_segment(person(request), form.segment)
    asked = queries.question(form.period, as_of=data["as_of"], segment=segment)
    basis, month = data["basis"] or "contracts", data["month"].replace(day=1)
    found = queries.cohort_cell(asked, basis=basis, month=month, after=data["after"], before=data["before"])
    meaning = _("Newcomers of that month who were there in %(month)s.") % {
        "month": period_label(Period(month, add_months(month, 1)))
    }
    return _who_page(request, form, title, meaning, found)


def _who_page(
    request: HttpRequest, form: QuestionForm, title: Text, meaning: Text, found: queries.BehindPage
) -> HttpResponse:
    clients = visible_clients(person(request)).in_bulk([row.client_id for row in found.rows])
    context = {
        "title": title,
        "meaning": meaning,
        "period": told_of(request, form),
        "rows": [(clients[row.client_id], row) for row in found.rows if row.client_id in clients],
        "next_url": same_page(request, after=found.after),
        "previous_url": same_page(request, before=found.before),
        "back_url": reverse("reports:department"),
    }
    return render(request, "reports/behind.html", context)


@require_POST
@only(reads_figures)
def keep_view(request: HttpRequest, page: str) -> HttpResponse:
    if page not in ViewPage.values:
        raise Http404
    form, where = KeepViewForm(request.POST), reverse(ROUTES[ViewPage(page)])
    if not form.is_valid():
        messages.error(request, _("A view needs a name of at most sixty letters."))
        return redirect(where)
    asked = kept_query(QueryDict(form.cleaned_data["query"]))
    values = replace_query(form.cleaned_data, asked)
    try:
        kept = standards.keep_view(owner=person(request), page=ViewPage(page), **values)
    except DomainError as error:
        messages.error(request, str(error.detail))
        return HttpResponseRedirect(f"{where}?{asked}")
    messages.success(request, _("The view “%(name)s” is on the tabs.") % {"name": kept.name})
    return HttpResponseRedirect(f"{where}?{kept.query}")


def replace_query(values: dict[str, Any], query: str) -> dict[str, Any]:
    return {"name": values["name"].strip(), "query": query, "shared": values["shared"]}


@require_POST
@only(reads_figures)
def drop_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(visible_views(person(request)), pk=pk)
    where = ROUTES[ViewPage(view.page)]
    try:
        standards.drop_view(view=view, actor=person(request))
    except DomainError as error:
        messages.error(request, str(error.detail))
    return redirect(where)


@require_POST
@only(leads)
def see_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """The head's alone: whom an alert is about can't put it out of the head's sight."""
    alert = get_object_or_404(visible_alerts(person(request)), pk=pk)
    standards.see_alert(alert=alert, actor=person(request), now=now())
    return redirect("reports:department")

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import formats
from core import queries as core_queries
from core.figures import Period, Question, Segment
from core.models import Company
from core.wakeup import wake
from reports import filters, queries, services
from reports.asking import same_page, with_question
from reports.bands import around_changes_of_owner
from reports.file_views import file_answer
from reports.forms import PageForm
from reports.managers import leaders, page, people, taken
from reports.managers.drops import WATCHED, trailing
from reports.managers.files import manager_sheet, table_sheet
from reports.managers.queries import manager_sums, month_by_month
from reports.managers.tiers import COMPARED, tier_rows
from reports.managers.tiers import headers as tier_headers
from reports.periods import a_year_before, presets, shown_months
from reports.permissions import every_manager, reads_figures, unseen_alerts, visible_manager
from reports.registry import FIGURES
from reports.wording import Wording, period_label
from staff.access import only, person
from staff.models import User
from staff.permissions import leads
from work.metrics import missed_touches

MOST_LATE = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What every page of managers is made of."""

    form: PageForm
    company: Company
    view: queries.View
    context: dict[str, Any]

    @property
    def period(self) -> Period:
        return self.form.period

    @property
    def words(self) -> Wording:
        return Wording(self.form.mode)


def _ask(request: HttpRequest, template: str, **context: Any) -> Asked | HttpResponse:
    """The question of the address; an answer at once where it is wrong, has another address or must wait."""
    form = PageForm({name: request.GET[name] for name in ("from", "to", "last", "show") if name in request.GET})
    valid = form.is_valid()
    period = form.period if valid else None
    context |= {
        "form": form,
        "wide": True,
        "days": filters.days(form),
        "hidden": [("show", form.data["show"])] if form.data.get("show") else [],
        "presets": page.presets(request.path, presets(localdate()), period),
        "modes": _modes(request, form),
    }
    if period is None:
        return render(request, template, context, status=400)
    if form.data.get("last"):
        kept = {"from": str(period.start), "to": str(period.end), "show": form.data.get("show", "")}
        return redirect(f"{request.path}?{urlencode({name: text for name, text in kept.items() if text})}")
    company = core_queries.company()
    norms = queries.norms_of(company)
    view = queries.at_once(queries.question(period, given=norms))
    if view.behind is not None:
        services.catch_up(now=now())
        view = queries.at_once(queries.question(period, given=norms))
    context |= {"view": view, "period": period_label(period), "query": request.GET.urlencode()}
    if view.absent:
        wake("reports.refresh_facts")
        return render(request, template, context)
    return Asked(form, company, view, context)


def _modes(request: HttpRequest, form: PageForm) -> list[dict[str, Any]]:
    mode = form.data.get("show") or formats.PERCENT
    names = ((formats.PERCENT, "%"), (formats.COEFFICIENT, _("coefficient")))
    return [
        {"label": label, "url": f"?{urlencode({**request.GET.dict(), 'show': name})}", "active": name == mode}
        for name, label in names
    ]


TABLE, ONE = "reports/managers/table.html", "reports/managers/one.html"


@require_safe
@only(reads_figures)
def table(request: HttpRequest) -> HttpResponse:
    """All managers side by side, for the head; a manager goes on to his own page."""
    if not leads(person(request)):
        return redirect("reports:manager", username=person(request).username)
    context = _table(request)
    return context if isinstance(context, HttpResponse) else render(request, TABLE, context)


@require_safe
@only(leads)
def table_file(request: HttpRequest, kind: str) -> HttpResponse:
    """A question that can't be answered is explained by the page."""
    context = _table(request)
    if isinstance(context, HttpResponse):
        return redirect(with_question(request, "reports:managers"))
    return file_answer(table_sheet(context), "managers", kind)


def _table(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    asked = _ask(request, TABLE)
    if isinstance(asked, HttpResponse):
        return asked
    question, source, period, words = asked.view.asked, asked.view.source, asked.period, asked.words
    keys = (*page.TABLE, "renewal_rate")
    groups = manager_sums(question.about(period), source=source, keys=keys)
    spans = month_by_month(question.about(*trailing(question.today)), source=source, sums=WATCHED)
    everybody = every_manager(person(request))
    compared = page.Compared(groups, period, words)
    by = request.GET.get("by", "")
    by = by if by in leaders.OUTCOMES else next(iter(leaders.OUTCOMES))
    rows = page.rows(
        compared,
        everybody,
        work=people.work_of(question, period, company=asked.company),
    )
    return asked.context | {
        "rows": rows,
        "files": _files(request, ""),
        "headers": [FIGURES[key] for key in page.TABLE],
        "department": [compared.department(key) for key in page.TABLE],
        "outcomes": [(key, title, key == by, same_page(request, by=key)) for key, title in leaders.OUTCOMES.items()],
        "leaders": leaders.leader_rows(
            leaders.leaders(question, period, groups, [one for one in everybody if one.is_active], by=by), period, words
        ),
        "drops": page.drops(spans, [one for one in everybody if one.is_active], question.today, words),
    }


@require_safe
@only(leads)
def leader_cases(request: HttpRequest, username: str, outcome: str) -> HttpResponse:
    """What stands behind a share of those who have proven success; of anybody who works here."""
    who = get_object_or_404(User, username=username)
    if outcome not in leaders.STORIES:
        raise Http404
    template, title = "reports/managers/cases.html", leaders.OUTCOMES[outcome]
    back = {"back_url": with_question(request, "reports:managers"), "back_label": _("Managers")}
    asked = _ask(request, template, who=who, title=title, **back)
    if isinstance(asked, HttpResponse):
        return asked
    found = leaders.cases(asked.view.asked, asked.period, who=who, outcome=outcome)
    context = {"cases": found[: leaders.MOST_CASES], "more": len(found) > leaders.MOST_CASES}
    return render(request, template, asked.context | context)


def _files(request: HttpRequest, username: str) -> list[dict[str, str]]:
    name, args = ("reports:manager", [username]) if username else ("reports:managers", [])
    tail = f"?{request.GET.urlencode()}" if request.GET else ""
    return [{"label": kind.upper(), "url": reverse(f"{name}_{kind}", args=args) + tail} for kind in ("xlsx", "pdf")]


def _manager(request: HttpRequest, username: str) -> User:
    manager = visible_manager(person(request), username)
    if manager is None:
        raise Http404
    return manager


@require_safe
@only(reads_figures)
def one(request: HttpRequest, username: str) -> HttpResponse:
    """One manager: the four figures, what clients say, what was kept, and what there is to do."""
    context = _one(request, _manager(request, username))
    return context if isinstance(context, HttpResponse) else render(request, ONE, context)


@require_safe
@only(reads_figures)
def one_file(request: HttpRequest, username: str, kind: str) -> HttpResponse:
    manager = _manager(request, username)
    context = _one(request, manager)
    if isinstance(context, HttpResponse):
        return redirect(_to_page(request, manager))
    return file_answer(manager_sheet(context), manager.username, kind)


def _one(request: HttpRequest, manager: User) -> dict[str, Any] | HttpResponse:
    asked = _ask(request, ONE, manager=manager, back_url=_back(request))
    if isinstance(asked, HttpResponse):
        return asked
    question, source, period, words = asked.view.asked, asked.view.source, asked.period, asked.words
    keys = (*page.FOUR, *page.KEPT, *COMPARED, "csat10")
    groups = manager_sums(
        question.about(period, a_year_before(period)),
        source=source,
        manager=manager.pk,
        keys=keys,
        trend=shown_months(period),
        trend_sums=page.SUMS_OF_FOUR,
    )
    work = people.work_of(question, period, company=asked.company, people=[manager.pk]).get(manager.pk, people.Work())
    compared = page.Compared(groups, period, words)
    year = people.year_to(period)
    return asked.context | {
        "files": _files(request, manager.username),
        "four": [compared.cell(key, manager, page.trend(groups, period, key, manager, words)) for key in page.FOUR],
        "kept": [compared.cell(key, manager) for key in page.KEPT],
        "score": compared.cell("csat10", manager),
        "perfect": page.perfect(groups, period, manager, words),
        "bands": page.band_rows(
            people.bands(question, year, manager=manager.pk, source=source), words, year=year, manager=manager
        ),
        "year": period_label(year),
        "charts": page.charts(groups, period, manager, words),
        "on_time": page.on_time(work.on_time, words),
        "load": work,
        "tiers": tier_rows(groups, period, manager, words),
        "tier_headers": tier_headers(),
        "alerts": unseen_alerts(person(request), manager),
        "around": taken.around(around_changes_of_owner(_asked_of(question, year, manager)), words),
        "changes": people.changes(question, period, manager=manager.pk) if work.came or work.left else [],
        "minutes": page.minute_rows(work.minutes),
        "is_head": leads(person(request)),
    }


def _asked_of(asked: Question, period: Period, manager: User) -> Question:
    return replace(asked, periods=(period,), segment=Segment(manager=manager.pk))


def _back(request: HttpRequest) -> str:
    return reverse("reports:managers") if leads(person(request)) else ""


@require_safe
@only(reads_figures)
def late(request: HttpRequest, username: str) -> HttpResponse:
    """Who is behind the contacts that were not in time."""
    manager = _manager(request, username)
    template = "reports/managers/late.html"
    back = {"back_url": _to_page(request, manager), "back_label": manager.name}
    asked = _ask(request, template, who=manager, title=_("Contacts missed"), **back)
    if isinstance(asked, HttpResponse):
        return asked
    found = missed_touches(asked.period, today=asked.view.asked.today, assignee=manager.pk)[: MOST_LATE + 1]
    context = asked.context | {"cases": list(found)[:MOST_LATE], "more": len(found) > MOST_LATE}
    return render(request, template, context)


def _to_page(request: HttpRequest, manager: User) -> str:
    address = reverse("reports:manager", args=[manager.username])
    return f"{address}?{request.GET.urlencode()}" if request.GET else address

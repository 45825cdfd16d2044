"""Money, the client's voice, from new to regular: pages of tiles and tables, their files, and who is behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.permissions import visible_clients
from core import queries as core_queries
from core.figures import Text
from core.models import Company
from core.wakeup import wake
from reports import bands, lifecycle, money, queries, voice, worth
from reports.asking import answered_by, canonical, frame, modes, same_page, told_of, with_question
from reports.effort import effort_behind
from reports.file_views import file_answer
from reports.filters import NAMES
from reports.forms import GroupForm, LifecycleForm, PageForm, SegmentForm, ServedForm
from reports.permissions import reads_costs, reads_figures
from reports.reading import Reading
from reports.services.quality import quality_behind
from reports.wording import Wording
from staff.access import only, person
from staff.models import User

PAGE = 50


def _kept(form: PageForm) -> dict[str, str]:
    return {name: form.data[name] for name in (*NAMES, "as_of", "show") if form.data.get(name)}


def _names(request: HttpRequest, clients: Iterable[int]) -> dict[int, str]:
    found = visible_clients(person(request)).filter(pk__in=list(clients))
    return dict(found.values_list("pk", "name"))


def _view(request: HttpRequest, form: PageForm, company: Company) -> queries.View:
    return answered_by(request, form, queries.norms_of(company))


def _money(_request: HttpRequest, form: PageForm, view: queries.View, company: Company) -> Reading:
    return money.Money(view, mode=form.mode, filters=_kept(form), company=company).reading()


def _voice(_request: HttpRequest, form: PageForm, view: queries.View, _company: Company) -> Reading:
    return voice.Voice(view, mode=form.mode, filters=_kept(form)).reading()


def _lifecycle(_request: HttpRequest, form: PageForm, view: queries.View, _company: Company) -> Reading:
    return lifecycle.Lifecycle(view, mode=form.mode, filters=_kept(form)).reading()


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of tiles and tables: who may read it, what is asked, and what it says."""

    title: Text
    allowed: Callable[[User], bool]
    read: Callable[[HttpRequest, PageForm, queries.View, Company], Reading]
    form: type[PageForm] = PageForm


READINGS: Mapping[str, Shown] = {
    "money": Shown(money.TITLE, reads_costs, _money),
    "voice": Shown(voice.TITLE, reads_figures, _voice),
    "lifecycle": Shown(lifecycle.TITLE, reads_figures, _lifecycle, LifecycleForm),
}
FILES = {"xlsx": "XLSX", "pdf": "PDF"}


@require_safe
def reading(request: HttpRequest, *, name: str, kind: str = "") -> HttpResponse:
    """The page itself, or one of its files."""
    shown = READINGS[name]
    return only(shown.allowed)(_file if kind else _page)(request, shown, name, kind)


def _page(request: HttpRequest, shown: Shown, name: str, _kind: str) -> HttpResponse:
    form = shown.form(request.GET.dict())
    context = frame(request, form) | {"title": shown.title, "back_url": reverse("reports:department")}
    if not form.is_valid():
        return render(request, "reports/reading.html", context, status=400)
    if form.data.get("last"):
        return redirect(canonical(request, form))
    company = core_queries.company()
    view = _view(request, form, company)
    files = [{"label": label, "url": with_question(request, f"reports:{name}_{kind}")} for kind, label in FILES.items()]
    context |= {"view": view, "modes": modes(request, form), "files": files, "period": told_of(request, form)}
    if view.absent:
        wake("reports.refresh_facts")
    else:
        context["reading"] = shown.read(request, form, view, company)
    return render(request, "reports/reading.html", context)


def _file(request: HttpRequest, shown: Shown, name: str, kind: str) -> HttpResponse:
    """A question that can't be answered is explained by the page."""
    form = shown.form(request.GET.dict())
    company = core_queries.company()
    view = _view(request, form, company) if form.is_valid() else None
    if view is None or view.absent:
        return redirect(with_question(request, f"reports:{name}"))
    reading = replace(shown.read(request, form, view, company), period=told_of(request, form))
    return file_answer(reading.sheet(), name, kind)


@require_safe
@only(reads_figures)
def group(request: HttpRequest, kind: str) -> HttpResponse:
    """Who is in a group of the page of voices: by talks, by the height of a score, or with a new manager."""
    if kind not in voice.GROUPS:
        raise Http404
    form = GroupForm(request.GET.dict())
    if not form.is_valid():
        return _list(request, form, str(voice.GROUPS[kind]), None, page="voice")
    band, view = form.cleaned_data["band"], _view(request, form, core_queries.company())
    if not (band in voice.GROUP_BANDS[kind] if kind in voice.GROUP_BANDS else band.isascii() and band.isdigit()):
        raise Http404
    beyond = form.cleaned_data["after"] or 0
    found = _behind(view, kind, band, beyond)
    more, found = len(found) > PAGE, found[:PAGE]
    table = voice.group_table(found, _names(request, [row[0] for row in found]), Wording(form.mode))
    return _list(request, form, str(voice.GROUPS[kind]), table, found[-1][0] if more else None, page="voice")


def _behind(view: queries.View, kind: str, band: str, beyond: int) -> list[tuple[int, ...]]:
    page, manager = {"beyond": beyond, "limit": PAGE + 1}, view.asked.segment.manager
    if kind == "effort":
        return effort_behind(view.asked, person=int(band), **page)
    if kind in {"latest", "earlier"}:
        return quality_behind(now=now(), scale=band, latest=kind == "latest", manager=manager, **page)
    if kind == "talks":
        clients = bands.talks_behind(view.asked, band=band, source=view.source, **page)
    elif kind == "changes":
        clients = bands.changes_behind(view.asked, **page)
    else:
        clients = bands.scores_behind(view.asked, scale=kind, band=int(band), source=view.source, **page)
    return [(client,) for client in clients]


@require_safe
@only(reads_costs)
def money_clients(request: HttpRequest) -> HttpResponse:
    """Who has brought how much, most first: of one segment, or all."""
    form = SegmentForm(request.GET.dict())
    title = _("What each client has brought")
    if not form.is_valid():
        return _list(request, form, title, None)
    company = core_queries.company()
    view, after = _view(request, form, company), form.cleaned_data["after"] or 0
    segment = form.cleaned_data["group"] or None
    rows = worth.brought_by_client(view.asked, segment=segment, after=after, size=PAGE + 1, source=view.source)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    names = _names(request, [row.client_id for row in rows])
    served, _few = worth.served_by_tier(view.asked, source=view.source)
    price = worth.acquisition_cost(worth.cost_to_serve(view.asked, served).value, company)
    paid = worth.payback_of(view.asked, list(names), cost=price) if price is not None else {}
    table = money.clients_table(rows, names, paid, Wording(form.mode), priced=price is not None)
    return _list(request, form, title, table, rows[-1].place if more else None)


@require_safe
@only(reads_costs)
def money_served(request: HttpRequest) -> HttpResponse:
    """What serving each client cost in the period, dearest first."""
    form = ServedForm(request.GET.dict())
    title = _("What serving each client costs")
    if not form.is_valid():
        return _list(request, form, title, None)
    after = form.cleaned_data["after"] or 0
    view = _view(request, form, core_queries.company())
    found = worth.served_by_client(view.asked, after=after, size=PAGE + 1, source=view.source)
    table = money.served_table(found[:PAGE], Wording(form.mode))
    return _list(request, form, title, table, after + PAGE if len(found) > PAGE else None)


def _list(
    request: HttpRequest, form: PageForm, title: str, table: Any, after: int | None = None, *, page: str = "money"
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "table": table,
        "period": told_of(request, form) if table else "",
        "next_url": same_page(request, after=after),
        "back_url": with_question(request, f"reports:{page}", after="", group="", band=""),
    }
    return render(request, "reports/reading_list.html", context, status=200 if table else 400)

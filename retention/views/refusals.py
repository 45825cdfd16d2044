"""Refusals: the list, one of them with everything on one screen, and writing it down."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.permissions import visible_clients
from core.forms import EditForm
from core.page_links import page_urls
from core.pagination import COUNT_LIMIT, count_up_to, keyset_page
from retention.forms.refusals import (
    InterviewerForm,
    RefusalFilterForm,
    RefusalForm,
    StatedForm,
    VersionForm,
    WithdrawForm,
    filter_bar,
)
from retention.models import Refusal
from retention.permissions import may_decide_keeping, may_hold_interview
from retention.queries.refusal_list import (
    WITHDRAWN,
    Left,
    lines,
    objections_of,
    refusal_for_page,
    refusals,
    timeline_of,
    work_waiting,
)
from retention.services.refusals import edit_refusal, record_refusal, withdraw_refusal
from retention.views.common import edit as edit_row
from retention.views.common import form_page, take
from staff.access import only, person
from staff.models import User
from staff.permissions import in_department


def tabs(user: User, active: str) -> list[dict[str, Any]]:
    work = work_waiting(user, today=localdate())
    return [
        {"label": _("All"), "url": reverse("refusals:list"), "active": active == "list"},
        {"label": _("Reasons"), "url": reverse("refusals:reasons"), "active": active == "reasons"},
        {
            "label": _("Interviews to hold"),
            "url": reverse("refusals:interviews"),
            "count": work.interviews,
            "active": active == "interviews",
        },
        {
            "label": _("What we change"),
            "url": reverse("refusals:retros"),
            "count": work.retros,
            "active": active == "retros",
            "tone": "bad" if work.retros_overdue else "",
        },
        {
            "label": _("Left without a reason"),
            "url": reverse("refusals:unexplained"),
            "active": active == "unexplained",
        },
    ]


def find(request: HttpRequest, pk: int) -> Refusal:
    return get_object_or_404(refusal_for_page(person(request)), pk=pk)


@require_safe
@only(in_department)
def refusal_list(request: HttpRequest) -> HttpResponse:
    user, form = person(request), RefusalFilterForm(request.GET)
    wanted = form.wanted()
    rows = refusals(user, wanted)
    page = keyset_page(
        lines(rows),
        order=("-refused_on", "-id"),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": [Left(*row) for row in page.rows],
        "today": localdate(),
        "count": count_up_to(rows, COUNT_LIMIT),
        "tabs": tabs(user, "list"),
        "withdrawn": wanted.view == WITHDRAWN,
        "narrowed": any(form.cleaned_data.values()),
        "here": reverse("refusals:list"),
        **filter_bar(form),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
    }
    return render(request, "retention/refusals/list.html", context)


@require_safe
@only(in_department)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    user, refusal = person(request), find(request, pk)
    interview = getattr(refusal, "interview", None)
    retro = getattr(refusal, "retro", None)
    context = {
        "refusal": refusal,
        "client": refusal.client,
        "interview": interview,
        "retro": retro,
        "objections": objections_of(refusal),
        "events": timeline_of(refusal),
        "may_hold": may_hold_interview(user, refusal),
        "may_pass": interview is not None and (may_decide_keeping(user) or user.pk == interview.interviewer_id),
        "interviewer_form": InterviewerForm(interview=interview) if interview else None,
        "withdraw_form": WithdrawForm(initial={"version": refusal.version}),
        "retro_form": VersionForm(initial={"version": retro.version}) if retro else None,
        "today": localdate(),
    }
    return render(request, "retention/refusals/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def create(request: HttpRequest, client_id: int) -> HttpResponse:
    """``?contract=`` names the contract beforehand."""
    client = get_object_or_404(visible_clients(person(request)), pk=client_id)
    initial = {"refused_on": localdate(), "contract": request.GET.get("contract", "")}
    form = RefusalForm(request.POST or None, client=client, initial=initial)

    def save(data: dict[str, Any]) -> str:
        refusal = record_refusal(client=client, actor=person(request), now=now(), **data)
        return reverse("refusals:detail", args=[refusal.pk])

    def show(status: int) -> HttpResponse:
        title, back = _("Refusal"), reverse("clients:card", args=[client.pk])
        note = _("Somebody other than the owner will ask for the real reason.")
        return form_page(request, form, status, title=title, subtitle=client.name, back_url=back, note=note)

    return take(request, form, save, show, _("The refusal is recorded, an exit interview is planned."))


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    refusal = find(request, pk)
    url = reverse("refusals:detail", args=[pk])

    def save(form: EditForm) -> object:
        return edit_refusal(refusal=refusal, original=form.seen(), mine=form.mine(), actor=person(request), now=now())

    def show(form: EditForm, status: int, /, **conflict: Any) -> HttpResponse:
        about = {"title": _("What the client said"), "subtitle": refusal.client.name, "back_url": url}
        return form_page(request, form, status, **about, **conflict)

    return edit_row(request, lambda data: StatedForm(data, refusal=refusal), save, show, url, _("Saved."))


@require_POST
@only(in_department)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """What cannot be taken is asked again on a page of its own: the words stay, the version is the present one."""
    refusal, url = find(request, pk), reverse("refusals:detail", args=[pk])
    form = WithdrawForm(request.POST)

    def save(data: dict[str, Any]) -> str:
        withdraw_refusal(
            refusal=refusal, note=data["note"], expected_version=data["version"], actor=person(request), now=now()
        )
        return url

    def show(status: int) -> HttpResponse:
        form.data = {**request.POST.dict(), "version": refusal.version}
        about = {"title": _("Has the client changed his mind?"), "subtitle": refusal.client.name, "back_url": url}
        return form_page(request, form, status, **about)

    return take(request, form, save, show, _("The refusal is withdrawn: the client stays."))

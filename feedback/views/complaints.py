from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.models import Client
from core.editing import edit_page
from core.errors import DomainError
from core.forms import put_errors
from core.idempotency import run_once
from core.page_links import page_urls
from core.pagination import keyset_page
from feedback import queries
from feedback.enums import ComplaintCategory, ComplaintState
from feedback.forms.complaints import ComplaintFilter, ComplaintForm, EditComplaintForm, ReassignForm, ResolveForm
from feedback.models import Complaint
from feedback.permissions import may_reassign
from feedback.services import (
    ComplaintData,
    edit_complaint,
    open_complaint,
    reassign_complaint,
    resolve_complaint,
)
from staff.access import only, person, shown_in
from staff.models import User
from staff.permissions import in_department

department_only = only(in_department)


@require_GET
@department_only
def complaint_list(request: HttpRequest) -> HttpResponse:
    user, now = person(request), timezone.now()
    form = ComplaintFilter(request.GET)
    form.is_valid()
    view, mine = form.cleaned_data.get("view") or "open", bool(form.cleaned_data.get("mine"))
    responsible = user.pk if mine else form.cleaned_data.get("who")
    page = keyset_page(
        queries.complaint_lines(queries.complaint_list(user, view=view, responsible=responsible, now=now)),
        order=("-resolved_at", "-id") if view == "resolved" else ("deadline", "id"),
        after=form.cleaned_data.get("after", ""),
        before=form.cleaned_data.get("before", ""),
    )
    counts = queries.complaint_counts(user, now=now)
    context = {
        "rows": [queries.ComplaintLine(*row) for row in page.rows],
        "view": view,
        "resolved": view == "resolved",
        "alone": responsible is not None,
        "whose": User.objects.filter(pk=responsible).first() if responsible is not None and not mine else None,
        "now": now,
        "tabs": _tabs(view, suffix="&mine=on" if mine else f"&who={responsible}" if responsible else "", counts=counts),
        "counts": counts,
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
    }
    return render(request, "feedback/complaints.html", context)


def _tabs(view: str, *, suffix: str, counts: queries.ComplaintCounts) -> list[dict[str, object]]:
    return [
        {"label": _("Open"), "url": f"?view=open{suffix}", "count": counts.open, "active": view == "open"},
        {
            "label": _("Overdue"),
            "url": f"?view=overdue{suffix}",
            "count": counts.overdue,
            "active": view == "overdue",
            "tone": "bad" if counts.overdue else "",
        },
        {"label": _("Resolved"), "url": f"?view=resolved{suffix}", "active": view == "resolved"},
    ]


@require_GET
@department_only
def complaint_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _detail(request, _find(request, pk))


@require_http_methods(["GET", "POST"])
@department_only
def complaint_create(request: HttpRequest, client_id: int) -> HttpResponse:
    user = person(request)
    client = get_object_or_404(queries.client_for_complaint(user), pk=client_id)
    form = ComplaintForm(request.POST or None, client=client)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            url = run_once(key=form.cleaned_data["once"], user_id=user.pk, action=lambda: _opened(client, form, user))
        except DomainError as error:
            put_errors(form, error)
            status = error.status
        else:
            messages.success(request, _("The complaint is open, the owner has an urgent call."))
            return redirect(url)
    return render(request, "feedback/complaint_form.html", {"form": form, "client": client}, status=status)


def _opened(client: Client, form: ComplaintForm, user: User) -> str:
    values = form.cleaned_data
    data = ComplaintData(
        category=ComplaintCategory(values["category"]),
        what_happened=values["what_happened"],
        contact=values["contact"],
        deadline=values["deadline"],
    )
    complaint = open_complaint(client=client, data=data, actor=user, now=timezone.now())
    return reverse("complaints:detail", args=[complaint.pk])


@require_http_methods(["GET", "POST"])
@department_only
def complaint_edit(request: HttpRequest, pk: int) -> HttpResponse:
    complaint = _find(request, pk)
    context = {"client": complaint.client, "complaint": complaint}
    return edit_page(
        request,
        build=lambda data: EditComplaintForm(data, complaint=complaint),
        save=lambda form: edit_complaint(
            complaint=complaint, original=form.seen(), mine=form.mine(), actor=person(request), now=timezone.now()
        ),
        show=shown_in(request, "feedback/complaint_form.html", **context),
        done=_back(request, pk, _("The complaint has been changed.")),
    )


@require_POST
@department_only
def complaint_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    complaint = _find(request, pk)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return _detail(request, complaint, resolve=form, status=422)
    try:
        resolve_complaint(
            complaint=complaint,
            resolution=form.cleaned_data["resolution"],
            actor=person(request),
            now=timezone.now(),
        )
    except DomainError as error:
        put_errors(form, error)
        return _detail(request, _find(request, pk), resolve=form, status=error.status)
    return _back(request, pk, _("The complaint is resolved."))()


@require_POST
@department_only
def complaint_reassign(request: HttpRequest, pk: int) -> HttpResponse:
    def show(form: ReassignForm, status: int, /, **conflict: Any) -> HttpResponse:
        return _detail(request, _find(request, pk), reassign=form, status=status, **conflict)

    complaint = _find(request, pk)
    return edit_page(
        request,
        build=lambda data: ReassignForm(data, initial={"responsible": complaint.responsible_id}),
        save=lambda form: reassign_complaint(
            complaint=complaint,
            original=form.seen(),
            responsible=form.cleaned_data["responsible"],
            actor=person(request),
            now=timezone.now(),
        ),
        show=show,
        done=_back(request, pk, _("The complaint has been passed on.")),
    )


def _back(request: HttpRequest, pk: int, text: str) -> Callable[[], HttpResponse]:
    def done() -> HttpResponse:
        messages.success(request, text)
        return redirect("complaints:detail", pk=pk)

    return done


def _find(request: HttpRequest, pk: int) -> Complaint:
    return get_object_or_404(queries.complaint_for_page(person(request)), pk=pk)


def _detail(
    request: HttpRequest,
    complaint: Complaint,
    *,
    resolve: ResolveForm | None = None,
    reassign: ReassignForm | None = None,
    status: int = 200,
    **conflict: Any,
) -> HttpResponse:
    """Everything about one complaint on one screen; forms that were refused keep what was typed."""
    context = {
        **conflict,
        "complaint": complaint,
        "client": complaint.client,
        "around": queries.surroundings(complaint),
        "now": timezone.now(),
        "is_open": complaint.state == ComplaintState.OPEN,
        "unsaved": resolve.data.get("resolution", "") if resolve else "",
        "resolve": resolve or ResolveForm(),
        "reassign": reassign or ReassignForm(initial={"responsible": complaint.responsible_id}),
        "may_reassign": may_reassign(person(request), complaint),
    }
    return render(request, "feedback/complaint.html", context, status=status)

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError
from core.page_links import page_urls
from core.pagination import keyset_page
from feedback import queries
from feedback.enums import ComplaintCategory, ComplaintState
from feedback.forms.complaints import ComplaintFilter, ComplaintForm, ReassignForm, ResolveForm
from feedback.models import Complaint
from feedback.permissions import may_reassign
from feedback.services import (
    ComplaintData,
    edit_complaint,
    open_complaint,
    reassign_complaint,
    resolve_complaint,
)
from feedback.views.access import department_only, show_refusal, user_of


@require_GET
@department_only
def complaint_list(request: HttpRequest) -> HttpResponse:
    user, now = user_of(request), timezone.now()
    form = ComplaintFilter(request.GET)
    form.is_valid()
    view, mine = form.cleaned_data.get("view") or "open", bool(form.cleaned_data.get("mine"))
    page = keyset_page(
        queries.complaint_list(user, view=view, mine=mine, now=now),
        order=("-resolved_at", "-id") if view == "resolved" else ("deadline", "id"),
        after=form.cleaned_data.get("after", ""),
        before=form.cleaned_data.get("before", ""),
    )
    counts = queries.complaint_counts(user, now=now)
    context = {
        "rows": page.rows,
        "view": view,
        "mine": mine,
        "now": now,
        "tabs": _tabs(view, mine=mine, counts=counts),
        "counts": counts,
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
    }
    return render(request, "feedback/complaints.html", context)


def _tabs(view: str, *, mine: bool, counts: queries.ComplaintCounts) -> list[dict[str, object]]:
    suffix = "&mine=on" if mine else ""
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
    user = user_of(request)
    client = get_object_or_404(queries.client_for_complaint(user), pk=client_id)
    form = ComplaintForm(request.POST or None, client=client)
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        complaint_data = ComplaintData(
            category=ComplaintCategory(data["category"]),
            what_happened=data["what_happened"],
            contact=data["contact"],
            deadline=data["deadline"],
        )
        try:
            complaint = open_complaint(client=client, data=complaint_data, actor=user, now=timezone.now())
        except DomainError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("The complaint is open, the owner has an urgent call."))
            return redirect("complaints:detail", pk=complaint.pk)
    return render(request, "feedback/complaint_form.html", {"form": form, "client": client}, status=status)


@require_http_methods(["GET", "POST"])
@department_only
def complaint_edit(request: HttpRequest, pk: int) -> HttpResponse:
    complaint = _find(request, pk)
    form = ComplaintForm(request.POST or None, client=complaint.client, complaint=complaint)
    status = 200
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("category", "what_happened", "contact", "deadline")}
        version = form.cleaned_data["version"] or 0
        try:
            edit_complaint(
                complaint=complaint,
                values=values,
                expected_version=version,
                actor=user_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("The complaint has been changed."))
            return redirect("complaints:detail", pk=pk)
    context = {"form": form, "client": complaint.client, "complaint": complaint}
    return render(request, "feedback/complaint_form.html", context, status=status)


@require_POST
@department_only
def complaint_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    complaint = _find(request, pk)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return _detail(request, complaint, resolve=form, status=400)
    try:
        resolve_complaint(
            complaint=complaint,
            resolution=form.cleaned_data["resolution"],
            expected_version=form.cleaned_data["version"],
            actor=user_of(request),
            now=timezone.now(),
        )
    except DomainError as error:
        status = show_refusal(form, error)
        return _detail(request, _find(request, pk), resolve=form, status=status)
    messages.success(request, _("The complaint is resolved."))
    return redirect("complaints:detail", pk=pk)


@require_POST
@department_only
def complaint_reassign(request: HttpRequest, pk: int) -> HttpResponse:
    complaint = _find(request, pk)
    form = ReassignForm(request.POST)
    if not form.is_valid():
        return _detail(request, complaint, reassign=form, status=400)
    try:
        reassign_complaint(
            complaint=complaint,
            responsible=form.cleaned_data["responsible"],
            expected_version=form.cleaned_data["version"],
            actor=user_of(request),
            now=timezone.now(),
        )
    except DomainError as error:
        status = show_refusal(form, error)
        return _detail(request, _find(request, pk), reassign=form, status=status)
    messages.success(request, _("The complaint has been passed on."))
    return redirect("complaints:detail", pk=pk)


def _find(request: HttpRequest, pk: int) -> Complaint:
    return get_object_or_404(queries.complaint_for_page(user_of(request)), pk=pk)


def _detail(
    request: HttpRequest,
    complaint: Complaint,
    *,
    resolve: ResolveForm | None = None,
    reassign: ReassignForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Everything about one complaint on one screen; forms that were refused keep what was typed."""
    version = {"version": complaint.version}
    context = {
        "complaint": complaint,
        "client": complaint.client,
        "around": queries.surroundings(complaint),
        "now": timezone.now(),
        "is_open": complaint.state == ComplaintState.OPEN,
        "resolve": resolve or ResolveForm(initial=version),
        "reassign": reassign or ReassignForm(initial={**version, "responsible": complaint.responsible_id}),
        "may_reassign": may_reassign(user_of(request), complaint),
    }
    return render(request, "feedback/complaint.html", context, status=status)

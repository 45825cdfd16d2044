"""Contacts planned by hand, and the windows of each tier."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.models import Client
from clients.permissions import visible_clients
from core.errors import ConflictError, DomainError
from staff.access import only, person, put_errors
from staff.permissions import in_department, leads
from work.enums import TouchState
from work.forms import CancelForm, FindClientForm, PolicyForm, TouchForm
from work.models import Touch
from work.permissions import visible_touches
from work.queries import clients_like, policies
from work.services import cancel_touch, change_policy, move_touch, plan_touch


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def new(request: HttpRequest) -> HttpResponse:
    """Without a client in the address the person finds one first."""
    asked = request.GET.get("client", "")
    if not asked.isdecimal():
        return _find_client(request)
    client = get_object_or_404(visible_clients(person(request)), pk=int(asked), archived_at__isnull=True)
    form = TouchForm(request.POST or None, client=client, initial={"due_on": localdate()})
    status = 200
    if request.method == "POST":
        if form.is_valid() and _planned(request, client, form):
            return redirect(reverse("calls:queue"))
        status = 422
    return render(request, "work/touch_form.html", {"form": form, "client": client}, status=status)


def _find_client(request: HttpRequest) -> HttpResponse:
    form = FindClientForm(request.GET or None)
    q = form.cleaned_data["q"].strip() if form.is_valid() else ""
    found = clients_like(visible_clients(person(request)), q) if q else []
    return render(request, "work/find_client.html", {"form": form, "q": q, "found": found})


def _planned(request: HttpRequest, client: Client, form: TouchForm) -> bool:
    data = form.cleaned_data
    try:
        plan_touch(
            client=client,
            due_on=data["due_on"],
            subject=data["subject"],
            contact=data["contact"],
            assignee=data["assignee"],
            actor=person(request),
            now=now(),
        )
    except DomainError as error:
        put_errors(form, error)
        return False
    messages.success(request, _("The contact with %(client)s is planned.") % {"client": client})
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    touch = get_object_or_404(visible_touches(person(request)).select_related("client"), pk=pk, state=TouchState.OPEN)
    initial = {"version": touch.version, "assignee": None if touch.follows_owner else touch.assignee_id}
    form = TouchForm(request.POST or None, client=touch.client, instance=touch, initial=initial)
    status = 200
    if request.method == "POST":
        status = _moved(touch, form) if form.is_valid() else 422
        if status == 200:
            messages.success(request, _("The contact is changed."))
            return redirect("calls:screen", pk)
    context = {"form": form, "client": touch.client, "touch": touch, "cancel_form": CancelForm()}
    return render(request, "work/touch_form.html", context, status=status)


def _moved(touch: Touch, form: TouchForm) -> int:
    data = form.cleaned_data
    try:
        move_touch(
            touch=touch,
            due_on=data["due_on"],
            subject=data["subject"],
            assignee=data["assignee"],
            contact=data["contact"],
            expected_version=data["version"] or 0,
            now=now(),
        )
    except DomainError as error:
        put_errors(form, error)
        return 409 if isinstance(error, ConflictError) else 422
    return 200


@require_POST
@login_required
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    touch = get_object_or_404(visible_touches(person(request)), pk=pk)
    try:
        cancel_touch(touch=touch, reason=request.POST.get("reason", ""), actor=person(request), now=now())
    except DomainError as error:
        messages.error(request, str(error.detail))
        return redirect("calls:screen", pk)
    messages.success(request, _("The contact is taken off the list."))
    return HttpResponseRedirect(reverse("calls:queue"))


@require_http_methods(["GET", "HEAD", "POST"])
@only(leads)
def policy_page(request: HttpRequest) -> HttpResponse:
    """One form per tier on one page; each is saved by itself."""
    stored = policies()
    saved = request.POST.get("tier", "")
    forms = {
        tier: PolicyForm(
            request.POST if tier == saved else None,
            instance=policy,
            initial={"version": policy.version},
            prefix=tier,
        )
        for tier, policy in stored.items()
    }
    status = 200
    if request.method == "POST":
        status = _saved(request, saved, forms[saved]) if saved in forms and forms[saved].is_valid() else 422
        if status == 200:
            messages.success(request, _("Windows of tier %(tier)s are saved.") % {"tier": saved})
            return redirect("policies:page")
    return render(request, "work/policies.html", {"forms": forms}, status=status)


def _saved(request: HttpRequest, tier: str, form: PolicyForm) -> int:
    try:
        change_policy(
            tier=tier,
            values=form.values(),
            expected_version=form.cleaned_data["version"],
            actor=person(request),
        )
    except ConflictError as error:
        put_errors(form, error)
        return 409
    return 200

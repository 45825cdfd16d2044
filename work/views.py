"""Contacts planned by hand, and the windows of each tier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
from clients.queries.search import pick
from core.editing import edit_page
from core.errors import DomainError
from core.forms import put_errors
from core.idempotency import run_once
from staff.access import only, person, shown_in
from staff.permissions import in_department, leads
from work.enums import TouchState
from work.forms import CancelForm, FindClientForm, MoveTouchForm, PolicyForm, TouchForm
from work.models import TouchPolicy
from work.permissions import visible_touches
from work.queries import policies
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
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            key = form.cleaned_data["once"]
            url = run_once(key=key, user_id=person(request).pk, action=lambda: _planned(request, client, form))
        except DomainError as error:
            put_errors(form, error)
            status = 422
        else:
            messages.success(request, _("The contact with %(client)s is planned.") % {"client": client})
            return redirect(url)
    return render(request, "work/touch_form.html", {"form": form, "client": client}, status=status)


def _planned(request: HttpRequest, client: Client, form: TouchForm) -> str:
    data = form.cleaned_data
    plan_touch(
        client=client,
        due_on=data["due_on"],
        subject=data["subject"],
        contact=data["contact"],
        assignee=data["assignee"],
        actor=person(request),
        now=now(),
    )
    return reverse("calls:queue")


def _find_client(request: HttpRequest) -> HttpResponse:
    form = FindClientForm(request.GET or None)
    q = form.cleaned_data["q"].strip() if form.is_valid() else ""
    found = pick(visible_clients(person(request)), q, limit=20)
    return render(request, "work/find_client.html", {"form": form, "q": q, "found": found})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Closed by somebody meanwhile: what was typed comes back with the reason."""
    touch = get_object_or_404(visible_touches(person(request)).select_related("client"), pk=pk)
    if touch.state != TouchState.OPEN and request.method != "POST":
        return redirect("calls:screen", pk)

    def done() -> HttpResponse:
        messages.success(request, _("The contact is changed."))
        return redirect("calls:screen", pk)

    context = {"client": touch.client, "touch": touch, "cancel_form": CancelForm()}
    return edit_page(
        request,
        build=lambda data: MoveTouchForm(data, touch=touch),
        save=lambda form: move_touch(touch=touch, original=form.seen(), mine=form.mine(), now=now()),
        show=shown_in(request, "work/touch_form.html", **context),
        done=done,
    )


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
    if request.method == "POST" and saved not in stored:
        return _policy_forms(request, stored, status=422)

    def show(form: PolicyForm, status: int, /, **conflict: Any) -> HttpResponse:
        return _policy_forms(request, stored, form, status=status, **conflict)

    def done() -> HttpResponse:
        messages.success(request, _("Windows of tier %(tier)s are saved.") % {"tier": saved})
        return redirect("policies:page")

    return edit_page(
        request,
        build=lambda data: PolicyForm(data, instance=stored[saved or "A"], prefix=saved or "A"),
        save=lambda form: change_policy(tier=saved, original=form.seen(), mine=form.mine(), actor=person(request)),
        show=show,
        done=done,
        prefix=saved,
    )


def _policy_forms(
    request: HttpRequest,
    stored: Mapping[str, TouchPolicy],
    form: PolicyForm | None = None,
    *,
    status: int,
    **conflict: Any,
) -> HttpResponse:
    forms = {tier: PolicyForm(instance=policy, prefix=tier) for tier, policy in stored.items()}
    if form is not None:
        forms[str(form.prefix)] = form
    context = {"forms": forms, "posted": form.prefix if form else "", **conflict}
    return render(request, "work/policies.html", context, status=status)

"""What only the head settles: disagreements, discounts, records against dates, and the terms themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.editing import edit_page
from core.errors import ConflictError, DomainError
from core.forms import EditForm
from core.page_links import page_urls
from core.pagination import keyset_page
from retention.forms.renewals import DecideOfferForm, KeepingPolicyForm, LimitForm
from retention.models import RenewalOffer
from retention.permissions import may_decide_keeping
from retention.queries.renewals import page as queries
from retention.queries.renewals import records
from retention.queries.renewals.policies import discount_limits, keeping_policies
from retention.services import renewals as services
from retention.services.leaving import catch_up
from retention.views.renewals.common import view_tabs
from staff.access import only, person
from staff.enums import Role

SHOWN = 100


@require_safe
@only(may_decide_keeping)
def disputes(request: HttpRequest) -> HttpResponse:
    page = keyset_page(
        queries.disputes(person(request)),
        order=queries.DISPUTES,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": [queries.Dispute(*row) for row in page.rows],
        "today": localdate(),
        "tabs": view_tabs(request, "disputes"),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
        "wide": True,
    }
    return render(request, "retention/renewals/disputes.html", context)


@require_safe
@only(may_decide_keeping)
def offers(request: HttpRequest) -> HttpResponse:
    context = {"rows": queries.waiting_offers()[:SHOWN], "tabs": view_tabs(request, "offers"), "wide": True}
    return render(request, "retention/renewals/offers.html", context)


@require_POST
@only(may_decide_keeping)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    offer = get_object_or_404(RenewalOffer, pk=pk)
    form = DecideOfferForm(request.POST)
    status, note = 422, str(request.POST.get("note", ""))
    if form.is_valid():
        approve = form.cleaned_data["decision"] == "approve"
        note = form.cleaned_data["note"]
        try:
            services.decide_offer(offer=offer, approve=approve, note=note, actor=person(request), now=now())
        except DomainError as error:
            status = error.status if isinstance(error, ConflictError) else 422
            messages.error(request, str(error.detail))
        else:
            messages.success(request, _("The manager is told of your decision."))
            return redirect("renewals:offers")
    rows = queries.waiting_offers()[:SHOWN]
    context = {"rows": rows, "tabs": view_tabs(request, "offers"), "typed": {"pk": pk, "note": note}, "wide": True}
    return render(request, "retention/renewals/offers.html", context, status=status)


@require_safe
@only(may_decide_keeping)
def mismatches(request: HttpRequest) -> HttpResponse:
    catch_up(now=now())
    page = keyset_page(
        records.divergences(person(request), today=localdate()),
        order=records.ORDER,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": [records.Divergent(*row) for row in page.rows],
        "today": localdate(),
        "tabs": view_tabs(request, "mismatches"),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
        "wide": True,
    }
    return render(request, "retention/renewals/mismatches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only(may_decide_keeping)
def settings_page(request: HttpRequest) -> HttpResponse:
    """One small form per tier and per role; each is saved by itself."""
    saved = str(request.POST.get("what", ""))
    kind, _dash, key = saved.partition("-")
    stored: dict[str, Mapping[str, Any]] = {"tier": keeping_policies(), "role": discount_limits()}
    rows = stored.get(kind, {})
    if request.method != "POST" or key not in rows:
        return _settings(request, status=200 if request.method != "POST" else 422)
    form_class: Any = KeepingPolicyForm if kind == "tier" else LimitForm

    def save(form: EditForm) -> None:
        seen, mine, actor = form.seen(), form.mine(), person(request)
        if kind == "tier":
            services.change_keeping_policy(tier=key, original=seen, mine=mine, actor=actor)
        else:
            services.change_limit(role=key, original=seen, percent=mine["percent"], actor=actor)

    def done() -> HttpResponse:
        messages.success(request, _("The terms are saved."))
        return redirect("renewals:settings")

    return edit_page(
        request,
        build=lambda data: form_class(data, instance=rows[key], prefix=saved),
        save=save,
        show=lambda form, status, /, **conflict: _settings(request, form, status=status, **conflict),
        done=done,
        prefix=saved,
    )


def _settings(request: HttpRequest, form: EditForm | None = None, *, status: int, **conflict: Any) -> HttpResponse:
    """All forms as they are stored; the one that was posted as it was typed."""
    posted = str(form.prefix) if form else ""
    policies: dict[str, EditForm] = {
        tier: KeepingPolicyForm(instance=row, prefix=f"tier-{tier}") for tier, row in keeping_policies().items()
    }
    limits: dict[str, EditForm] = {
        role: LimitForm(instance=row, prefix=f"role-{role}") for role, row in discount_limits().items()
    }
    kind, _dash, key = posted.partition("-")
    if form is not None:
        {"tier": policies, "role": limits}[kind][key] = form
    context = {
        "policies": [(tier, f"tier-{tier}", one) for tier, one in policies.items()],
        "limits": [(Role(role).label, f"role-{role}", one) for role, one in limits.items()],
        "posted": posted,
        **conflict,
    }
    return render(request, "retention/renewals/settings.html", context, status=status)

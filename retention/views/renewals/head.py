"""What only the head settles: disagreements, discounts, records against dates, and the terms themselves."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import ConflictError, DomainError
from core.forms import put_errors
from core.pagination import count_up_to
from retention.forms.renewals import DecideOfferForm, KeepingPolicyForm, LimitForm
from retention.models import RenewalOffer
from retention.permissions import may_decide_keeping
from retention.queries.renewals import page as queries
from retention.queries.renewals.policies import discount_limits, keeping_policies
from retention.rules.renewals import SIGNS
from retention.services import renewals as services
from retention.views.renewals.common import TONES, view_tabs
from staff.access import only, person
from staff.enums import Role

SHOWN = 100


@require_safe
@only(may_decide_keeping)
def disputes(request: HttpRequest) -> HttpResponse:
    rows = queries.disputes(person(request))
    shown = [(row, [SIGNS[code] for code in row.signs if code in SIGNS]) for row in rows[:SHOWN]]
    context = {
        "rows": shown,
        "count": count_up_to(rows, 1000),
        "tones": TONES,
        "today": localdate(),
        "tabs": view_tabs(request, "disputes"),
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
    rows = queries.disagreements(person(request), now=now())
    context = {
        "rows": [(row, queries.said_label(row.said)) for row in rows],
        "tabs": view_tabs(request, "mismatches"),
        "wide": True,
    }
    return render(request, "retention/renewals/mismatches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only(may_decide_keeping)
def settings_page(request: HttpRequest) -> HttpResponse:
    """One small form per tier and per role; each is saved by itself."""
    saved = str(request.POST.get("what", ""))
    policies = {tier: _policy_form(request, saved, tier, row) for tier, row in keeping_policies().items()}
    limits = {role: _limit_form(request, saved, role, row) for role, row in discount_limits().items()}
    status = 200
    if request.method == "POST":
        status = _saved(request, saved, policies, limits)
        if status == 200:
            messages.success(request, _("The terms are saved."))
            return redirect("renewals:settings")
    context = {"policies": policies, "limits": [(Role(role).label, role, form) for role, form in limits.items()]}
    return render(request, "retention/renewals/settings.html", context, status=status)


def _policy_form(request: HttpRequest, saved: str, tier: str, row: Model) -> KeepingPolicyForm:
    initial = {"version": row.version, "touch_days": ", ".join(map(str, row.touch_days))}  # type: ignore[attr-defined]
    data = request.POST if saved == f"tier-{tier}" else None
    return KeepingPolicyForm(data, instance=row, initial=initial, prefix=f"tier-{tier}")  # type: ignore[arg-type]


def _limit_form(request: HttpRequest, saved: str, role: str, row: Model) -> LimitForm:
    data = request.POST if saved == f"role-{role}" else None
    initial = {"version": row.version}  # type: ignore[attr-defined]
    return LimitForm(data, instance=row, initial=initial, prefix=f"role-{role}")  # type: ignore[arg-type]


def _saved(
    request: HttpRequest, saved: str, policies: dict[str, KeepingPolicyForm], limits: dict[str, LimitForm]
) -> int:
    kind, _dash, key = saved.partition("-")
    form: ModelForm[Model] | None = {"tier": policies, "role": limits}.get(kind, {}).get(key)  # type: ignore[attr-defined]
    if form is None or not form.is_valid():
        return 422
    version, actor = form.cleaned_data["version"], person(request)
    try:
        if isinstance(form, KeepingPolicyForm):
            services.change_keeping_policy(tier=key, values=form.values(), expected_version=version, actor=actor)
        else:
            percent = form.cleaned_data["percent"]
            services.change_limit(role=key, percent=percent, expected_version=version, actor=actor)
    except ConflictError as error:
        put_errors(form, error)
        return 409
    return 200

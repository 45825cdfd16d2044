"""«Вернуть доверие»: made, filled and closed by the head; how far it has come is seen by everybody."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.forms import put_errors
from core.page_links import rate_modes
from retention.enums import WinBackStage
from retention.forms.winbacks import CampaignForm, FillForm
from retention.models import TrustCampaign
from retention.permissions import may_decide_keeping
from retention.queries.winbacks.listing import WinBackFilter, campaigns, columns, progress, who_may_try, win_backs
from retention.queries.winbacks.segments import SegmentFilter, segment_counts
from retention.services import winbacks as services
from retention.views.winbacks.common import view_tabs
from staff.access import only, person
from staff.permissions import in_department

SHOWN = 50


@require_safe
@only(in_department)
def listing(request: HttpRequest) -> HttpResponse:
    context = {
        "rows": progress(campaigns()[:SHOWN]),
        **rate_modes(request.GET),
        "leads": may_decide_keeping(person(request)),
        "today": localdate(),
        "tabs": view_tabs(request, "campaigns"),
        "wide": True,
    }
    return render(request, "retention/winbacks/campaigns.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only(may_decide_keeping)
def new(request: HttpRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None)
    if form.is_valid():
        try:
            campaign = services.create_campaign(data=form.campaign(), actor=person(request))
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The campaign is made. Add clients now."))
            return redirect("winbacks:campaign", campaign.pk)
    status = 422 if form.is_bound else 200
    return render(request, "retention/winbacks/campaign_new.html", {"form": form}, status=status)


@require_safe
@only(in_department)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(TrustCampaign, pk=pk)
    user = person(request)
    leads = may_decide_keeping(user)
    rows = win_backs(user, WinBackFilter(campaign=pk), today=localdate())
    is_open = campaign.closed_at is None
    waiting = segment_counts(SegmentFilter()) if is_open and leads else {}
    told = progress([campaign])[0]
    context = {
        "progress": told,
        "campaign": campaign,
        **rate_modes(request.GET),
        "is_open": is_open,
        "columns": columns(rows, told.at),
        "stages": WinBackStage.choices,
        "kept": f"campaign={pk}",
        "waiting": sum(count for segment, count in waiting.items() if str(segment) in campaign.segments),
        "may_fill": is_open and leads,
        "people": who_may_try() if is_open and leads else [],
        "leads": leads,
        "today": localdate(),
        "user_id": user.pk,
        "wide": True,
    }
    return render(request, "retention/winbacks/campaign.html", context)


@require_POST
@only(may_decide_keeping)
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(TrustCampaign, pk=pk)
    form = FillForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose people of the department."))
        return redirect("winbacks:campaign", pk)
    try:
        added = services.fill_campaign(
            campaign=campaign,
            people=list(form.cleaned_data["people"]),
            wanted=SegmentFilter(),
            actor=person(request),
            now=now(),
        )
    except DomainError as error:
        messages.error(request, str(error.detail))
    else:
        text = ngettext("%(n)d client is added.", "%(n)d clients are added.", added)
        messages.success(request, text % {"n": added})
    return redirect("winbacks:campaign", pk)


@require_POST
@only(may_decide_keeping)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = get_object_or_404(TrustCampaign, pk=pk)
    try:
        services.close_campaign(campaign=campaign, expected_version=campaign.version, actor=person(request), now=now())
    except DomainError as error:
        messages.error(request, str(error.detail))
    else:
        messages.success(request, _("The campaign is closed. Attempts that are open go on."))
    return redirect("winbacks:campaign", pk)

"""The company's settings, for the head and administrators."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import queries as company_queries
from core import services
from core.editing import edit_page
from core.errors import DomainError
from core.forms import put_errors
from core.models import WorkdayOverride, WorkingPeriod
from staff import audit
from staff.access import shown_in
from staff.settings_forms import CompanyForm, HoursForm, OverrideForm
from staff.views.common import account, leads_only, saved, tell


@require_http_methods(["GET", "HEAD", "POST"])
@leads_only
def company(request: HttpRequest) -> HttpResponse:
    return edit_page(
        request,
        build=lambda data: CompanyForm(data, instance=company_queries.company()),
        save=lambda form: services.update_company(original=form.seen(), mine=form.mine()),
        show=shown_in(request, "staff/company.html"),
        done=saved(request, "settings:company"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@leads_only
def hours(request: HttpRequest) -> HttpResponse:
    form = HoursForm(request.POST or None, initial=HoursForm.initial_of(WorkingPeriod.objects.all()))
    if request.method == "POST" and form.is_valid():
        try:
            services.set_working_hours(periods=form.periods)
        except DomainError as error:
            put_errors(form, error)
        else:
            tell(request, lambda: None, _("Saved."))
            return redirect("settings:hours")
    return render(request, "staff/hours.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@leads_only
def calendar(request: HttpRequest) -> HttpResponse:
    form = OverrideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tell(request, lambda: services.set_override(**form.cleaned_data), _("Saved."))
        return redirect("settings:calendar")
    days = WorkdayOverride.objects.order_by("-day")[:200]
    return render(request, "staff/calendar.html", {"form": form, "days": days}, status=400 if form.errors else 200)


@require_POST
@leads_only
def remove_override(request: HttpRequest, day: date) -> HttpResponse:
    tell(request, lambda: services.remove_override(day=day), _("The day is as in the production calendar again."))
    return redirect("settings:calendar")


@require_safe
@leads_only
def company_audit(request: HttpRequest) -> HttpResponse:
    return render(request, "staff/audit.html", {"changes": audit.company_changes(), "settings_tab": "audit"})


@require_safe
@leads_only
def user_audit(request: HttpRequest, pk: int) -> HttpResponse:
    shown = account(request, pk)
    return render(request, "staff/audit.html", {"changes": audit.user_changes(shown), "shown": shown})

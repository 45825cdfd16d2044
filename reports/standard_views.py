"""Plans, corridors, annotations and rates from before: one list and one form each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core.editing import edit_page
from core.errors import DomainError
from core.figures import Text, Unit
from core.formats import PERCENT, money
from core.forms import put_errors
from reports import standards
from reports.registry import FIGURES
from reports.roubles import PLANNED
from reports.standard_forms import AnnotationForm, CorridorForm, HourlyCostForm, RateForm, StandardForm, TargetForm
from reports.wording import Wording
from retention.models import Annotation, Corridor, HistoricalRate, Target
from staff.access import only, person
from staff.models import HourlyCost
from staff.permissions import leads


@dataclass(frozen=True, slots=True)
class Section:
    title: Text
    text: Text
    rows: Callable[[], QuerySet[Any]]
    model: type[Model]
    form: type[StandardForm]
    cells: Callable[[Any], list[str]]
    columns: tuple[Text, ...]


def _title(metric: str) -> str:
    if metric == PLANNED:
        return _("Roubles of renewals, monthly value")
    return str(FIGURES[metric].title) if metric in FIGURES else metric


def _value(metric: str, value: Any) -> str:
    if value is None:
        return ""
    if metric == PLANNED:
        return money(round(value))
    return Wording(PERCENT).value(FIGURES[metric].unit if metric in FIGURES else Unit.SCORE, float(value))


def _month(day: Any) -> str:
    return date_format(day, "F Y") if day else _("every month")


SECTIONS: Mapping[str, Section] = {
    "targets": Section(
        gettext_lazy("Plans"),
        gettext_lazy("What the department, or one manager, is to reach: always, or in one month."),
        lambda: Target.objects.select_related("manager").order_by("metric", "manager__name", "month"),
        Target,
        TargetForm,
        lambda row: [
            _title(row.metric),
            row.manager.name if row.manager else _("The whole department"),
            _month(row.month),
            _value(row.metric, row.value),
        ],
        (gettext_lazy("Figure"), gettext_lazy("Manager"), gettext_lazy("Month"), gettext_lazy("Target")),
    ),
    "corridors": Section(
        gettext_lazy("Corridors"),
        gettext_lazy("Outside of them a figure of the month raises an alert: on the page and in the morning letter."),
        Corridor.objects.all,
        Corridor,
        CorridorForm,
        lambda row: [_title(row.metric), _value(row.metric, row.low), _value(row.metric, row.high)],
        (gettext_lazy("Figure"), gettext_lazy("Not below"), gettext_lazy("Not above")),
    ),
    "annotations": Section(
        gettext_lazy("What happened"),
        gettext_lazy(
            "Days that explain a turn of a chart: they stand on every chart and offer a comparison around them."
        ),
        lambda: Annotation.objects.order_by("-day", "-id"),
        Annotation,
        AnnotationForm,
        lambda row: [date_format(row.day, "j E Y"), str(row.get_kind_display()), row.text],
        (gettext_lazy("Day"), gettext_lazy("Kind"), gettext_lazy("What happened")),
    ),
    "rates": Section(
        gettext_lazy("Rates from before"),
        gettext_lazy("Figures of months before this system, as the company tells them. Drawn beside, never mixed in."),
        HistoricalRate.objects.all,
        HistoricalRate,
        RateForm,
        lambda row: [_title(row.metric), _month(row.month), _value(row.metric, row.value), row.note],
        (
            gettext_lazy("Figure"),
            gettext_lazy("Month"),
            gettext_lazy("Value"),
            gettext_lazy("Where it is known from"),
        ),
    ),
    "costs": Section(
        gettext_lazy("Cost of an hour"),
        gettext_lazy(
            "Confidential: only heads and administrators see it and what is made of it, cost to serve and money saved."
        ),
        lambda: HourlyCost.objects.select_related("user").order_by("user__name", "-from_on"),
        HourlyCost,
        HourlyCostForm,
        lambda row: [row.user.name, date_format(row.from_on, "j E Y"), money(row.amount)],
        (gettext_lazy("Person"), gettext_lazy("From"), gettext_lazy("Cost of an hour")),
    ),
}
SHOWN = 500


def _section(name: str) -> Section:
    if name not in SECTIONS:
        raise Http404
    return SECTIONS[name]


@require_http_methods(["GET", "HEAD", "POST"])
@only(leads)
def standards_page(request: HttpRequest, section: str) -> HttpResponse:
    """The list with a form for a new row below it."""
    asked = _section(section)
    given = {"day": localdate()} if section == "annotations" else {}
    form = asked.form(request.POST if request.method == "POST" else None)
    for name, value in given.items():
        form.fields[name].initial = value
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                standards.add_standard(model=asked.model, values=form.cleaned_data, actor=person(request))
            except DomainError as error:
                put_errors(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect(_back(request, section))
    return render(request, "reports/standards.html", _context(request, section, asked, form), status=status)


def _context(request: HttpRequest, section: str, asked: Section, form: StandardForm) -> dict[str, Any]:
    rows = [
        {"pk": row.pk, "cells": list(zip(asked.columns, asked.cells(row), strict=True))} for row in asked.rows()[:SHOWN]
    ]
    tabs = [
        {"label": one.title, "url": reverse("reports:standards", args=[name]), "active": name == section}
        for name, one in SECTIONS.items()
    ]
    return {
        "section": section,
        "asked": asked,
        "rows": rows,
        "tabs": tabs,
        "form": form,
        "next": request.GET.get("next"),
    }


def _back(request: HttpRequest, section: str) -> str:
    """To the department's page, if it was asked from there."""
    return (
        reverse("reports:department")
        if request.GET.get("next") == "department"
        else reverse("reports:standards", args=[section])
    )


@require_http_methods(["GET", "HEAD", "POST"])
@only(leads)
def standard(request: HttpRequest, section: str, pk: int) -> HttpResponse:
    asked = _section(section)
    row = get_object_or_404(asked.rows(), pk=pk)
    metric = getattr(row, "metric", "")

    def show(form: Any, status: int, /, **conflict: Any) -> HttpResponse:
        context = {"form": form, "asked": asked, "section": section, "row": row, "name": _name(row), **conflict}
        return render(request, "reports/standard.html", context, status=status)

    def done() -> HttpResponse:
        messages.success(request, _("Saved."))
        return redirect(_back(request, section))

    return edit_page(
        request,
        build=lambda data: asked.form(data, initial=standards.shown_values(row), metric=metric),
        save=lambda form: standards.change_standard(
            row=row, original=form.seen(), mine=form.mine(), actor=person(request)
        ),
        show=show,
        done=done,
    )


def _name(row: Any) -> str:
    if isinstance(row, HourlyCost):
        return str(row.user)
    return _title(row.metric) if hasattr(row, "metric") else str(row)


@require_POST
@only(leads)
def remove_standard(request: HttpRequest, section: str, pk: int) -> HttpResponse:
    row = get_object_or_404(_section(section).rows(), pk=pk)
    standards.remove_standard(row=row, actor=person(request))
    messages.success(request, _("Removed."))
    return redirect(_back(request, section))

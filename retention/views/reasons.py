"""Reasons for leaving: the page that counts them, and the head's own list."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus, urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.charts import Chart, Point, Series
from core.page_links import rate_modes
from retention.enums import ReasonKind
from retention.forms.refusals import ReasonForm, RefusalFilterForm, RenameForm, RetireForm, filter_bar
from retention.metrics.reasons import SERVICE_TIMES, Reasons, count_reasons
from retention.models import RefusalReason
from retention.permissions import may_decide_keeping
from retention.queries.reason_tallies import pairs_of_reasons
from retention.queries.refusal_list import NOT_YET
from retention.services.reasons import add_reason, rename_reason, retire_reason
from retention.views.common import press, take
from retention.views.refusals import tabs
from staff.access import only, person
from staff.permissions import in_department

#: So many bars can be told apart; the table below has all.
BARS = 12


class Behind:
    """Addresses of the list of whoever is behind a number: the same filters, and what was pressed."""

    def __init__(self, query: QueryDict) -> None:
        self._kept = [(name, values) for name, values in query.lists() if name not in {"after", "before"}]
        self._list = reverse("refusals:list")
        self._starts: dict[tuple[str, ...], str] = {}

    def __call__(self, **chosen: str) -> str:
        pressed = tuple(chosen)
        start = self._starts.get(pressed)
        if start is None:
            kept = urlencode([(name, values) for name, values in self._kept if name not in chosen], doseq=True)
            start = self._starts[pressed] = f"{self._list}?{kept}{'&' if kept else ''}"
        return start + "&".join(f"{name}={quote_plus(value)}" for name, value in chosen.items())


def pareto(reasons: Reasons, behind: Behind) -> Chart:
    """Stated beside established. Bars carry the numbers of the table's lines: names are too long for an axis."""
    rows = list(enumerate(reasons.rows[:BARS], start=1))
    said = [Point(str(place), row.stated, behind(said=str(row.reason.id)), row.reason.name) for place, row in rows]
    true = [Point(str(place), row.established, behind(true=str(row.reason.id)), row.reason.name) for place, row in rows]
    return Chart(
        _("Reasons: stated and established"),
        [Series(_("established"), true, tone=1), Series(_("stated"), said, tone=0)],
        kind="bar",
        description=_("The number under a bar is that of the line in the table below. A bar opens who is behind it."),
        id="pareto",
    )


@require_safe
@only(in_department)
def reasons_page(request: HttpRequest) -> HttpResponse:
    user, form = person(request), RefusalFilterForm(request.GET)
    counted = count_reasons(pairs_of_reasons(user, form.wanted()))
    behind = Behind(request.GET)
    lines = [(row, behind(said=str(row.reason.id)), behind(true=str(row.reason.id))) for row in counted.rows]
    matrix = [
        (
            kind,
            [(cell, behind(said=cell.stated, true=cell.established or NOT_YET)) for cell in cells],
            total,
        )
        for kind, cells, total in counted.matrix
    ]
    context = {
        "counted": counted,
        "chart": pareto(counted, behind) if counted.total else None,
        "lines": lines,
        "matrix": matrix,
        "columns": list(ReasonKind),
        "times": SERVICE_TIMES,
        "differ_url": behind(differs="1"),
        "tabs": tabs(user, "reasons"),
        "here": reverse("refusals:reasons"),
        "narrowed": any(form.cleaned_data.values()),
        **rate_modes(request.GET),
        **filter_bar(form),
    }
    return render(request, "retention/refusals/reasons.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only(may_decide_keeping)
def settings_page(request: HttpRequest) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    url = reverse("refusal_reasons:list")

    def save(data: dict[str, Any]) -> str:
        add_reason(kind=ReasonKind(data["kind"]), name=data["name"], actor=person(request))
        return url

    def show(status: int) -> HttpResponse:
        rows = list(RefusalReason.objects.order_by("archived_at", "name"))
        kinds = [
            (kind, [(row, RenameForm(initial={"name": row.name}, auto_id=False)) for row in rows if row.kind == kind])
            for kind in ReasonKind
        ]
        return render(request, "retention/refusals/settings.html", {"form": form, "kinds": kinds}, status=status)

    return take(request, form, save, show, _("Added."))


@require_POST
@only(may_decide_keeping)
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    reason = get_object_or_404(RefusalReason, pk=pk)
    form = RenameForm(request.POST)

    def save(data: dict[str, Any]) -> object:
        return rename_reason(reason=reason, original=form.seen(), name=data["name"], actor=person(request))

    return press(request, form, save, reverse("refusal_reasons:list"), _("Saved."))


@require_POST
@only(may_decide_keeping)
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    reason = get_object_or_404(RefusalReason, pk=pk)

    def save(data: dict[str, Any]) -> object:
        return retire_reason(
            reason=reason,
            retired=data["retired"],
            expected_version=data["version"],
            actor=person(request),
            now=now(),
        )

    return press(request, RetireForm(request.POST), save, reverse("refusal_reasons:list"), _("Saved."))

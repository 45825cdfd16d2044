"""Frozen clients: who stands still, what was found out, how many were saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.defaultfilters import capfirst
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.permissions import visible_clients
from core.charts import Chart, Point, Series
from core.enums import Tier
from core.forms import EditForm
from core.page_links import page_urls, rate_modes
from core.pagination import keyset_page
from retention.enums import StopKind, StopReason
from retention.forms.base import named_colleagues
from retention.forms.freezes import FoundOutForm, FreezeFilterForm, ResumeForm, StopForm
from retention.metrics.freezes import REALLY_LEAVE, StopFigures, stop_figures
from retention.queries.freezes import ENDED, OPEN, Stop, calls_of, counted_by_state, freeze_for_page, freezes, lines
from retention.services.freezes import StopData, edit_freeze, record_stop, resume_client
from retention.views.common import edit, form_page, press, take
from staff.access import only, person
from staff.models import User
from staff.permissions import in_department, reads_figures


def tabs(user: User, active: str) -> list[dict[str, Any]]:
    counts = counted_by_state(user, today=localdate())
    url = reverse("freezes:list")
    return [
        {
            "label": _("Standing still"),
            "url": url,
            "count": counts["open"],
            "tone": "bad" if counts["overdue"] else "",
            "active": active == OPEN,
        },
        {"label": _("Ended"), "url": f"{url}?view=ended", "active": active == ENDED},
        {"label": _("All"), "url": f"{url}?view=all", "active": active == "all"},
        {"label": _("Figures"), "url": reverse("freezes:figures"), "active": active == "figures"},
    ]


def _filter_bar(form: FreezeFilterForm) -> dict[str, Any]:
    return {
        "chosen": form.cleaned_data,
        "people": named_colleagues(),
        "tiers": [(tier, tier) for tier in Tier.values],
        "kinds": [(kind, capfirst(str(label))) for kind, label in StopKind.choices],
        "reasons": [(reason, capfirst(str(label))) for reason, label in StopReason.choices],
        "narrowed": any(value for name, value in form.cleaned_data.items() if name != "view"),
    }


@require_safe
@only(in_department)
def freeze_list(request: HttpRequest) -> HttpResponse:
    user, form = person(request), FreezeFilterForm(request.GET)
    wanted = form.wanted()
    view = wanted.view or OPEN
    page = keyset_page(
        lines(freezes(user, replace(wanted, view=view))),
        order=("-stopped_on", "-id"),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "rows": [Stop(*row) for row in page.rows],
        "view": view,
        "today": localdate(),
        "tabs": tabs(user, view),
        **_filter_bar(form),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
    }
    return render(request, "retention/freezes/list.html", context)


def _behind(request: HttpRequest, **chosen: str) -> str:
    kept = request.GET.copy()
    for name, value in {"view": "all", **chosen}.items():
        kept[name] = value
    return f"{reverse('freezes:list')}?{kept.urlencode()}"


def _by_reason(request: HttpRequest, counted: StopFigures) -> Chart:
    parts = {
        _("left"): (4, "left", {"outcome": "left"}),
        _("resumed"): (2, "resumed", {"outcome": "resumed"}),
        _("not decided yet"): (0, "waiting", {"view": "open"}),
    }
    series = [
        Series(
            label,
            [
                Point(row.reason.label, getattr(row, name), _behind(request, reason=row.reason, **chosen))
                for row in counted.reasons
            ],
            tone=tone,
        )
        for label, (tone, name, chosen) in parts.items()
    ]
    return Chart(_("Stops by reason"), series, kind="bar", description=_("A bar opens who is behind it."), id="stops")


@require_safe
@only(in_department)
def figures(request: HttpRequest) -> HttpResponse:
    user, form = person(request), FreezeFilterForm(request.GET)
    counted = stop_figures(freezes(user, form.wanted()))
    context = {
        "counted": counted,
        "reads_figures": reads_figures(user),
        "saved": counted.save_rate,
        "leaving": counted.leave_rate,
        "literature": REALLY_LEAVE,
        "chart": _by_reason(request, counted) if counted.total else None,
        "resumed_url": _behind(request, outcome="resumed"),
        "left_url": _behind(request, outcome="left"),
        "open_url": _behind(request, view="open"),
        "tabs": tabs(user, "figures"),
        **rate_modes(request.GET),
        **_filter_bar(form),
    }
    return render(request, "retention/freezes/figures.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def create(request: HttpRequest, client_id: int) -> HttpResponse:
    client = get_object_or_404(visible_clients(person(request)), pk=client_id)
    form = StopForm(request.POST or None, client=client, initial={"stopped_on": localdate()})

    def save(data: dict[str, Any]) -> str:
        data |= {"kind": StopKind(data["kind"]), "reason": StopReason(data["reason"])}
        told = record_stop(client=client, data=StopData(**data), actor=person(request), now=now())
        return reverse("freezes:detail", args=[told.freeze.pk])

    def show(status: int) -> HttpResponse:
        title, back = _("The project has stopped"), reverse("clients:card", args=[client.pk])
        note = _("The owner gets an urgent call for today, or for the next working day after hours.")
        return form_page(request, form, status, title=title, subtitle=client.name, back_url=back, note=note)

    return take(request, form, save, show, _("The stop is recorded: the owner gets an urgent call."))


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    freeze = get_object_or_404(freeze_for_page(person(request)), pk=pk)

    def save(form: EditForm) -> object:
        return edit_freeze(freeze=freeze, original=form.seen(), mine=form.mine(), actor=person(request), now=now())

    def show(form: EditForm, status: int, /, **conflict: Any) -> HttpResponse:
        context = {
            "freeze": freeze,
            "client": freeze.client,
            "form": form,
            "resume_form": ResumeForm(initial={"resumed_on": localdate(), "version": freeze.version}),
            "today": localdate(),
            "touches": calls_of(freeze),
            "events": freeze.client.timeline.select_related("actor")[:12],
            **conflict,
        }
        return render(request, "retention/freezes/detail.html", context, status=status)

    url = reverse("freezes:detail", args=[pk])
    return edit(request, lambda data: FoundOutForm(data, freeze=freeze), save, show, url, _("Saved."))


@require_POST
@only(in_department)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    freeze = get_object_or_404(freeze_for_page(person(request)), pk=pk)

    def save(data: dict[str, Any]) -> object:
        return resume_client(
            freeze=freeze,
            resumed_on=data["resumed_on"],
            expected_version=data["version"],
            actor=person(request),
            now=now(),
        )

    url = reverse("freezes:detail", args=[pk])
    return press(request, ResumeForm(request.POST), save, url, _("The client goes on."))

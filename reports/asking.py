"""What pages of figures share: the question of the address, its filters, and addresses of other questions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _

from clients.models import Industry, Product, Region
from core import formats
from core.figures import Norms, Question
from reports import filters, periods, queries, services
from reports.forms import DaysForm, QuestionForm
from reports.permissions import visible_segment
from reports.wording import period_label
from staff.access import person
from staff.models import User
from staff.permissions import leads


def asked_by(request: HttpRequest, form: QuestionForm, norms: Norms | None = None) -> Question:
    services.catch_up(now=now())
    return question_of(request, form, norms)


def answered_by(request: HttpRequest, form: QuestionForm, norms: Norms) -> queries.View:
    """Only facts that are behind are asked to catch up."""
    asked = question_of(request, form, norms)
    view = queries.at_once(asked)
    if view.behind is None:
        return view
    services.catch_up(now=now())
    return queries.at_once(asked)


def question_of(request: HttpRequest, form: QuestionForm, norms: Norms | None = None) -> Question:
    segment = visible_segment(person(request), form.segment)
    return queries.question(form.period, as_of=form.cleaned_data["as_of"], segment=segment, given=norms)


#: Filters that are told by the name of what they stand for.
NAMED: Mapping[str, type[Model]] = {"manager": User, "industry": Industry, "region": Region, "product": Product}


def told_of(request: HttpRequest, form: QuestionForm, *, department: str = "", period: bool = True) -> str:
    """What the numbers are about: period, whose clients, filters, moment. Files have no form beside them to tell it."""
    given = form.segment.given()
    if not leads(person(request)):
        department = _("your clients")
        given.pop("manager", None)
    parts = [period_label(form.period) if period else "", department, *(_filter(*one) for one in given.items())]
    if form.cleaned_data["as_of"]:
        parts.append(_("as of %(moment)s") % {"moment": _moment(form.cleaned_data["as_of"])})
    return " · ".join(part for part in parts if part)


def _filter(name: str, value: int | str) -> str:
    if name not in NAMED:
        return _("tier %(tier)s") % {"tier": value}
    return str(NAMED[name]._default_manager.values_list("name", flat=True).get(pk=value))


def _moment(as_of: date | datetime) -> str:
    if isinstance(as_of, datetime):
        return formats.dated(localtime(as_of), "j b Y, H:i")
    return formats.dated(as_of, "j b Y")


def frame(request: HttpRequest, form: DaysForm) -> dict[str, Any]:
    """Filters and periods on offer; a manager is not offered another manager."""
    values = filters.offered()
    if not leads(person(request)):
        values.pop("manager", None)
    asked = form.period if form.is_valid() else None
    return {
        "form": form,
        "wide": True,
        "days": filters.days(form),
        "choices": filters.choices(form, values),
        "hidden": [(name, form.data[name]) for name in ("show", "basis", "as_of") if form.data.get(name)],
        "more_open": any(form.data.get(name) for name in filters.NAMES),
        "presets": [
            {
                "label": label,
                "url": same_page(request, last="", **{"from": period.start.isoformat(), "to": period.end.isoformat()}),
                "active": asked == period,
            }
            for label, period in periods.presets(localdate())
        ],
    }


def canonical(request: HttpRequest, form: DaysForm) -> str:
    """The same question as addresses have it: the last day of the form becomes the day after it."""
    period = form.period
    return same_page(request, last="", **{"from": period.start.isoformat(), "to": period.end.isoformat()})


def modes(request: HttpRequest, form: QuestionForm) -> list[dict[str, Any]]:
    names = ((formats.PERCENT, "%"), (formats.COEFFICIENT, _("coefficient")))
    shown = form.cleaned_data.get("show") or formats.PERCENT
    return [{"label": label, "url": same_page(request, show=mode), "active": shown == mode} for mode, label in names]


def same_page(request: HttpRequest, **changes: Any) -> str:
    """The same page with other parameters; empty when one of them is None."""
    if any(value is None for value in changes.values()):
        return ""
    kept = {name: value for name, value in request.GET.items() if name not in {"after", "before"}}
    return f"{request.path}?{urlencode({name: text for name, text in {**kept, **changes}.items() if text})}"


def with_question(request: HttpRequest, route: str, **changes: Any) -> str:
    kept = {name: text for name, text in {**request.GET.dict(), **changes}.items() if text}
    return f"{reverse(route)}?{urlencode(kept)}" if kept else reverse(route)

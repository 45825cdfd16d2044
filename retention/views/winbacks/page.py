"""One attempt: what is known, the next step, the offer, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import ConflictError, DomainError
from core.forms import put_errors
from retention.enums import WinBackStage
from retention.forms.winbacks import LoseForm, OfferForm, PassOnForm, ReopenForm, StepForm, WinForm
from retention.models import WinBack
from retention.permissions import may_decide_keeping, may_work_win_back
from retention.queries.winbacks.page import win_back_for_page, win_back_screen
from retention.services import winbacks as services
from retention.views.common import StageQuestion
from staff.access import only, person
from staff.models import User
from staff.permissions import in_department

Act = Callable[[WinBack, dict[str, Any], User], object]


def find(request: HttpRequest, pk: int) -> WinBack:
    return get_object_or_404(win_back_for_page(person(request)), pk=pk)


@require_safe
@only(in_department)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, find(request, pk))


def show(
    request: HttpRequest,
    win_back: WinBack,
    refused: Mapping[str, forms.BaseForm] | None = None,
    status: int = 200,
    question: StageQuestion | None = None,
) -> HttpResponse:
    """Forms that were refused keep what was typed, and everything around them is the present state."""
    user = person(request)
    is_open = win_back.outcome == ""
    context: dict[str, Any] = {
        "win_back": win_back,
        "question": question,
        "client": win_back.client,
        "screen": win_back_screen(win_back),
        "is_open": is_open,
        "may_work": may_work_win_back(user, win_back),
        "leads": may_decide_keeping(user),
        "stages": WinBackStage.choices,
        "today": localdate(),
        "failed": next(iter(refused), "") if refused else "",
        **(_forms(win_back) if is_open else {"reopen_form": ReopenForm(win_back=win_back)}),
        **{f"{name}_form": form for name, form in (refused or {}).items()},
    }
    return render(request, "retention/winbacks/page.html", context, status=status)


def _forms(win_back: WinBack) -> dict[str, forms.BaseForm]:
    return {
        "step_form": StepForm(win_back=win_back),
        "offer_form": OfferForm(win_back=win_back),
        "win_form": WinForm(win_back=win_back),
        "lose_form": LoseForm(win_back=win_back),
        "pass_on_form": PassOnForm(win_back=win_back),
    }


def _acted(request: HttpRequest, pk: int, name: str, form_class: Any, act: Act, done: str) -> HttpResponse:
    win_back = find(request, pk)
    form = form_class(request.POST, win_back=win_back)
    status = 422
    if form.is_valid():
        try:
            act(win_back, form.cleaned_data, person(request))
        except DomainError as error:
            if isinstance(error, ConflictError):
                form = _with_present_version(form, find(request, pk))
            put_errors(form, error)
            status = 409 if isinstance(error, ConflictError) else error.status if error.status == 403 else 422
        else:
            messages.success(request, done)
            return redirect("winbacks:page", pk)
    return show(request, find(request, pk), {name: form}, status=status)


def _with_present_version(form: Any, win_back: WinBack) -> Any:
    """After a conflict the next press goes by what is stored now; what was typed stays."""
    data: QueryDict = cast("QueryDict", form.data).copy()
    data["version"] = str(win_back.version)
    fresh = type(form)(data, win_back=win_back)
    fresh.is_valid()
    return fresh


@require_POST
@only(in_department)
def step(request: HttpRequest, pk: int) -> HttpResponse:
    def act(row: WinBack, data: dict[str, Any], actor: User) -> object:
        version = data["version"]
        return services.plan_step(
            win_back=row, on=data["on"], note=data["note"], expected_version=version, actor=actor, now=now()
        )

    return _acted(request, pk, "step", StepForm, act, _("The next step is planned, with a call."))


@require_POST
@only(in_department)
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    def act(row: WinBack, data: dict[str, Any], actor: User) -> object:
        return services.make_offer(
            win_back=row, offer=data["offer"], expected_version=data["version"], actor=actor, now=now()
        )

    return _acted(request, pk, "offer", OfferForm, act, _("The offer is written down."))


@require_POST
@only(in_department)
def win(request: HttpRequest, pk: int) -> HttpResponse:
    def act(row: WinBack, data: dict[str, Any], actor: User) -> object:
        version = data.pop("version")
        return services.win(win_back=row, expected_version=version, actor=actor, now=now(), **data)

    return _acted(request, pk, "win", WinForm, act, _("Won back!"))


@require_POST
@only(in_department)
def lose(request: HttpRequest, pk: int) -> HttpResponse:
    def act(row: WinBack, data: dict[str, Any], actor: User) -> object:
        reason, version = data["lost_reason"], data["version"]
        return services.lose(
            win_back=row, reason=reason, note=data["note"], expected_version=version, actor=actor, now=now()
        )

    return _acted(request, pk, "lose", LoseForm, act, _("The attempt is closed."))


@require_POST
@only(may_decide_keeping)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    def act(row: WinBack, data: dict[str, Any], actor: User) -> object:
        return services.reopen(
            win_back=row, note=data["note"], expected_version=data["version"], actor=actor, now=now()
        )

    return _acted(request, pk, "reopen", ReopenForm, act, _("The attempt is open again."))


@require_POST
@only(may_decide_keeping)
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    def act(row: WinBack, data: dict[str, Any], actor: User) -> object:
        return services.pass_on(
            win_back=row, assignee=data["assignee"], expected_version=data["version"], actor=actor, now=now()
        )

    return _acted(request, pk, "pass_on", PassOnForm, act, _("Passed on."))

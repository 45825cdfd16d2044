"""What views of refusals and freezes do alike: take a form to one service, show the refusal of it at the fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from core.editing import Show, edit_page
from core.errors import ConflictError, DomainError, ForbiddenError
from core.forms import EditForm, put_errors
from core.idempotency import run_once
from retention.rules.stages import Asks
from retention.services.stages import StageAsksError
from staff.access import person


def take(
    request: HttpRequest,
    form: forms.Form,
    save: Callable[[dict[str, Any]], str],
    show: Callable[[int], HttpResponse],
    done: str | Promise,
) -> HttpResponse:
    """``save`` answers where to go; what was typed stays on a page that is shown again."""
    if request.method != "POST":
        return show(200)
    if not form.is_valid():
        return show(422)
    data = {name: value for name, value in form.cleaned_data.items() if name != "once"}
    key = form.cleaned_data.get("once", "")
    try:
        url = run_once(key=key, user_id=person(request).pk, action=lambda: save(data)) if key else save(data)
    except DomainError as error:
        put_errors(form, error)
        return show(error.status if isinstance(error, ConflictError | ForbiddenError) else 422)
    messages.success(request, str(done))
    return redirect(url)


def edit(
    request: HttpRequest,
    build: Callable[[QueryDict | None], EditForm],
    save: Callable[[EditForm], object],
    show: Show,
    url: str,
    done: str | Promise,
) -> HttpResponse:
    """``core.editing.edit_page``; saved, it goes on to ``url``."""

    def saved() -> HttpResponse:
        messages.success(request, str(done))
        return redirect(url)

    return edit_page(request, build=build, save=save, show=show, done=saved)


def press(
    request: HttpRequest, form: forms.Form, save: Callable[[dict[str, Any]], object], url: str, done: str | Promise
) -> HttpResponse:
    """A button with hardly a form: what goes wrong is said on the page behind it."""
    if not form.is_valid():
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return redirect(url)
    try:
        save(form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error.detail))
        return redirect(url)
    messages.success(request, str(done))
    return redirect(url)


def form_page(request: HttpRequest, form: forms.Form, status: int, **context: Any) -> HttpResponse:
    """One form on a page: title, subtitle, back_url, submit, and an include above it."""
    return render(request, "retention/form.html", {"form": form, **context}, status=status)


@dataclass(frozen=True, slots=True)
class StageQuestion:
    """What a board or a page asks before a card goes where it was dropped; ``terms_url``: there the offer is written."""

    url: str
    name: str
    stage: str
    label: str
    seen: str
    text: str
    back: str
    leave_url: str
    terms_url: str = ""


def stage_question(
    request: HttpRequest,
    error: StageAsksError,
    *,
    name: str,
    stage: Any,
    seen: str,
    leave_url: str,
    terms_url: str = "",
) -> StageQuestion:
    return StageQuestion(
        url=request.get_full_path(),
        name=name,
        stage=str(stage),
        label=str(stage.label),
        seen=seen,
        text=str(error.detail),
        back=request.POST.get("back", ""),
        leave_url=leave_url,
        terms_url=terms_url if error.asks == Asks.OFFER else "",
    )

"""How a form of this room becomes a page: refused values beside their fields, conflicts as a choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from clients.forms.base import EditForm, after_conflict, decided
from clients.models import Client
from clients.permissions import visible_clients
from core.concurrency import EditConflictError
from core.errors import DomainError
from core.formats import NOTHING
from core.idempotency import run_once
from staff.access import person, put_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stands around a form."""

    title: str
    back_url: str
    done: str
    submit: str = ""
    subtitle: str = ""
    template: str = "clients/form.html"
    multipart: bool = False


def visible_client(request: HttpRequest, pk: int) -> Client:
    """The one gate: what a person may not see does not exist."""
    return get_object_or_404(visible_clients(person(request)).select_related("parent"), pk=pk)


def of_visible_client(request: HttpRequest, rows: QuerySet[Any], pk: int) -> Any:
    """A contact, a contract, an order… of a client that the person sees."""
    return get_object_or_404(rows.filter(client__in=visible_clients(person(request))).select_related("client"), pk=pk)


def create(
    request: HttpRequest, form: forms.Form, action: Callable[[dict[str, Any]], str], page: Page, **extra: Any
) -> HttpResponse:
    """``action`` takes the cleaned data and answers where to go; sent twice it runs once."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            key = data.pop("once", "")
            try:
                url = run_once(key=key, user_id=person(request).pk, action=lambda: action(data))
            except DomainError as error:
                put_errors(form, error)
                status = error.status
            else:
                messages.success(request, page.done)
                return redirect(url)
    return _shown(request, form, page, status, **extra)


def edit(
    request: HttpRequest, build: Callable[[Any], EditForm], action: Callable[[EditForm], object], page: Page
) -> HttpResponse:
    """``build`` makes the form from data or None; a conflict shows all three values of each field, status 409."""
    if request.method != "POST":
        return _shown(request, build(None), page, 200)
    form = build(decided(request.POST))
    if not form.is_valid():
        return _shown(request, form, page, 422)
    try:
        action(form)
    except EditConflictError as error:
        again, started = after_conflict(form, error.clashes)
        rows = [_clash(again, clash) for clash in error.clashes]
        return _shown(request, again, page, 409, clashes=rows, started=started)
    except DomainError as error:
        put_errors(form, error)
        return _shown(request, form, page, error.status)
    messages.success(request, page.done)
    return redirect(page.back_url)


def _shown(request: HttpRequest, form: forms.Form, page: Page, status: int, **extra: Any) -> HttpResponse:
    return render(request, page.template, {"form": form, "page": page, **extra}, status=status)


def _clash(form: forms.Form, clash: Any) -> dict[str, Any]:
    return {
        "field": clash.field,
        "label": form.fields[clash.field].label,
        "original": _readable(form, clash.field, clash.original),
        "theirs": _readable(form, clash.field, clash.theirs),
        "mine": _readable(form, clash.field, clash.mine),
    }


def _readable(form: forms.Form, name: str, value: Any) -> str:
    """A carried value as a person reads it: the name behind an id, yes for true."""
    if isinstance(value, list):
        return ", ".join(_readable(form, name, item) for item in value) or NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None and str(value).isdecimal():
        found: Model | None = field.queryset.filter(pk=int(value)).first()
        return str(found) if found else str(value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value)) or NOTHING  # type: ignore[arg-type]
    return str(value) or NOTHING

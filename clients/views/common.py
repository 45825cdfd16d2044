"""How a form of this room becomes a page: refused values beside their fields, conflicts as a choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from clients.models import Client
from clients.permissions import visible_clients
from core.editing import edit_page
from core.errors import DomainError
from core.forms import EditForm, put_errors
from core.idempotency import run_once
from staff.access import person


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
    request: HttpRequest,
    build: Callable[[QueryDict | None], EditForm],
    action: Callable[[EditForm], object],
    page: Page,
) -> HttpResponse:
    """``core.editing.edit_page`` in the page of this room."""

    def done() -> HttpResponse:
        messages.success(request, page.done)
        return redirect(page.back_url)

    def show(form: EditForm, status: int, /, **conflict: Any) -> HttpResponse:
        return _shown(request, form, page, status, **conflict)

    return edit_page(request, build=build, save=action, show=show, done=done)


def _shown(request: HttpRequest, form: forms.Form, page: Page, status: int, **extra: Any) -> HttpResponse:
    return render(request, page.template, {"form": form, "page": page, **extra}, status=status)

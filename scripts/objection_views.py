"""The library of objections: what clients say against going on, and what to answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.editing import edit_page
from core.errors import DomainError
from core.forms import put_errors
from core.page_links import page_urls
from core.pagination import keyset_page
from scripts.enums import ObjectionKind
from scripts.models import Objection
from scripts.objection_forms import ArchiveForm, ObjectionFilter, ObjectionForm
from scripts.queries import objections
from scripts.services import add_objection, archive_objection, edit_objection
from staff.access import only, person
from staff.permissions import in_department, leads


@require_safe
@only(in_department)
def objection_list(request: HttpRequest) -> HttpResponse:
    form = ObjectionFilter(request.GET)
    form.is_valid()
    data = form.cleaned_data
    rows = objections(kind=data.get("kind", ""), text=data.get("q", ""), archived=bool(data.get("archived")))
    page = keyset_page(rows, order=("-times_met", "-id"), after=data.get("after", ""), before=data.get("before", ""))
    context = {
        "rows": page.rows,
        "chosen": data,
        "kinds": ObjectionKind.choices,
        "can_archive": leads(person(request)),
        **page_urls(request.GET, next_cursor=page.next_cursor, previous_cursor=page.previous_cursor),
    }
    return render(request, "scripts/objections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def objection_new(request: HttpRequest) -> HttpResponse:
    form, status = ObjectionForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                add_objection(**_values(form), actor=person(request))
            except DomainError as error:
                put_errors(form, error)
            else:
                return _kept(request)
    return render(request, "scripts/objection_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@only(in_department)
def objection_edit(request: HttpRequest, pk: int) -> HttpResponse:
    objection = get_object_or_404(Objection, pk=pk)
    initial = {name: getattr(objection, name) for name in ("kind", "text", "answer")}

    def show(form: ObjectionForm, status: int, /, **conflict: Any) -> HttpResponse:
        return render(request, "scripts/objection_form.html", {"form": form, **conflict}, status=status)

    return edit_page(
        request,
        build=lambda data: ObjectionForm(data, initial=initial),
        save=lambda form: edit_objection(objection=objection, original=form.seen(), mine=_values(form)),
        show=show,
        done=lambda: _kept(request),
    )


def _values(form: ObjectionForm) -> dict[str, Any]:
    return {**form.mine(), "kind": ObjectionKind(form.cleaned_data["kind"])}


def _kept(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("The objection is in the library."))
    return redirect("scripts:objections")


@require_POST
@only(leads)
def objection_archive(request: HttpRequest, pk: int) -> HttpResponse:
    objection = get_object_or_404(Objection, pk=pk)
    form = ArchiveForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    archived = objection.archived_at is None
    try:
        archive_objection(objection=objection, archived=archived, expected_version=version, now=now())
    except DomainError as error:
        messages.error(request, str(error.detail))
    else:
        messages.success(request, _("Saved."))
    return redirect("scripts:objections")

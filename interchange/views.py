from __future__ import annotations

import csv
from collections.abc import Iterable
from itertools import chain

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError
from core.wakeup import wake
from interchange.exports import Echo, csv_lines
from interchange.forms import ImportForm, IssueFilter
from interchange.kinds import EXPORTED
from interchange.models import ImportRun
from interchange.permissions import may_exchange, visible_imports
from interchange.queries import files_of, is_unfinished, issue_lines, issues_of, with_totals
from interchange.services import start_import, undo_import
from staff.models import User

RECENT = 30
ISSUES_PER_PAGE = 50


def _exchanger(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or not may_exchange(user):
        raise PermissionDenied
    return user


def _get_run(request: HttpRequest, pk: int) -> ImportRun:
    return get_object_or_404(visible_imports(_exchanger(request)), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: HttpRequest) -> HttpResponse:
    user = _exchanger(request)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        run = start_import(
            uploads=form.cleaned_data["uploads"],
            user=user,
            dry_run=form.cleaned_data["dry_run"],
            all_or_nothing=form.cleaned_data["all_or_nothing"],
            now=timezone.now(),
        )
        wake("interchange.run_waiting_imports")
        return redirect("imports:run", pk=run.pk)
    context = {"form": form, "runs": with_totals(visible_imports(user))[:RECENT], "exported": EXPORTED}
    return render(request, "interchange/list.html", context, status=400 if form.errors else 200)


@login_required
@require_GET
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    run = _get_run(request, pk)
    filters = IssueFilter(request.GET)
    number = filters.cleaned_data["page"] if filters.is_valid() else 1
    page = Paginator(issues_of(run), ISSUES_PER_PAGE).get_page(number or 1)
    context = {"run": run, "files": files_of(run), "page": page, "unfinished": is_unfinished(run)}
    template = "interchange/_run.html" if request.headers.get("HX-Request") else "interchange/run.html"
    return render(request, template, context)


@login_required
@require_GET
def import_issues(request: HttpRequest, pk: int) -> HttpResponseBase:
    run = _get_run(request, pk)
    writer = csv.writer(Echo(), delimiter=";", lineterminator="\r\n")
    header = [[_("file"), _("line"), _("column"), _("what"), _("reason")]]
    lines = (writer.writerow(line) for part in (header, issue_lines(issues_of(run).iterator())) for line in part)
    return _download(lines, f"import-{run.pk}.csv", bom=True)


@login_required
@require_POST
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    run = _get_run(request, pk)
    try:
        undo_import(run=run, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.detail))
    else:
        messages.success(request, _("The import was undone."))
    return redirect("imports:run", pk=run.pk)


@login_required
@require_GET
def export_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    _exchanger(request)
    if kind not in EXPORTED:
        raise Http404
    return _download(csv_lines(kind), f"{kind}.csv")


def _download(lines: Iterable[str], name: str, *, bom: bool = False) -> HttpResponseBase:
    """``bom`` makes a spreadsheet program see UTF-8; interchange files go without."""
    start = ["\ufeff"] if bom else []
    response = StreamingHttpResponse(chain(start, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

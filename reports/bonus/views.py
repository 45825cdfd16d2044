from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.figures import add_months
from core.forms import put_errors
from reports.bonus import page, queries
from reports.bonus.forms import LineForms, RulesForm, initial_lines
from reports.bonus.services import introduce_rules, sign_statement, work_out_month
from reports.bonus.sheet import statement_sheet
from reports.file_views import file_answer
from reports.models import BonusRules, BonusStatement
from reports.permissions import reads_figures, visible_managers, visible_statements
from staff.access import only, person
from staff.permissions import leads

KEPT_VERSIONS = 20
SAME = "then"  # worked out again as of the statement's own moment


def _month(year: int, month: int) -> date:
    if not (2000 <= year <= 2200 and 1 <= month <= 12):
        raise Http404
    return date(year, month, 1)


def _asked_month(text: str) -> date:
    """The month of the address, else the last whole one."""
    year, _dash, month = text.partition("-")
    if year.isdecimal() and month.isdecimal() and len(text) == 7 and year.isascii() and month.isascii():
        return _month(int(year), int(month))
    return add_months(localdate(), -1)


@require_safe
@only(reads_figures)
def month(request: HttpRequest) -> HttpResponse:
    """Everybody's bonuses of a month, for the head; a manager goes on to his own."""
    user = person(request)
    if not leads(user):
        return redirect("reports:bonus_of", username=user.username)
    chosen = _asked_month(request.GET.get("month", ""))
    everybody = list(visible_managers(user))
    found = queries.statements_of(chosen, everybody)
    rows = [
        page.StatementRow(one, found.get(one.pk), _url(one.username, chosen) if one.pk in found else "")
        for one in everybody
        if one.is_active or one.pk in found
    ]
    context = {
        "month": chosen,
        "rows": rows,
        "total": sum((statement.total for statement in found.values()), 0),
        "rules": queries.rules_of(chosen),
        "before": page.month_after(chosen, -1),
        "after": page.month_after(chosen, 1) if chosen < localdate().replace(day=1) else "",
        "begun": chosen <= localdate(),
        "all_signed": bool(found) and all(row.statement and row.statement.signed_at for row in rows),
    }
    return render(request, "reports/bonus/month.html", context)


def _url(username: str, chosen: date, route: str = "bonus_statement") -> str:
    return reverse(f"reports:{route}", args=[username, chosen.year, chosen.month])


@require_POST
@only(leads)
def work_out(request: HttpRequest) -> HttpResponse:
    chosen = _asked_month(request.POST.get("month", ""))
    try:
        number = work_out_month(month=chosen, actor=person(request), now=now())
    except DomainError as error:
        messages.error(request, str(error.detail))
    else:
        messages.success(request, _("Statements worked out: %(number)s.") % {"number": number})
    return redirect(f"{reverse('reports:bonus')}?month={chosen:%Y-%m}")


@require_safe
@only(reads_figures)
def of_manager(request: HttpRequest, username: str) -> HttpResponse:
    """The statements of one person."""
    manager = get_object_or_404(visible_managers(person(request)), username=username)
    rows = list(visible_statements(person(request)).filter(manager=manager).order_by("-month")[:36])
    context = {
        "manager": manager,
        "rows": [(row, page.statement_url(row)) for row in rows],
        "back_url": reverse("reports:manager", args=[manager.username]),
    }
    return render(request, "reports/bonus/of_manager.html", context)


def _statement(request: HttpRequest, username: str, year: int, month: int) -> BonusStatement:
    rows = visible_statements(person(request))
    return get_object_or_404(rows, manager__username=username, month=_month(year, month))


@require_safe
@only(reads_figures)
def statement(request: HttpRequest, username: str, year: int, month: int) -> HttpResponse:
    """One statement; asked to, beside it what comes out under the same rules today, or as of its own moment again."""
    row = _statement(request, username, year, month)
    lines, again = queries.earned_lines(row), None
    moment = {"1": now(), SAME: row.as_of}.get(request.GET.get("again", ""))
    if moment:
        groups = queries.month_sums(row.month, as_of=moment)
        again = queries.earned(row.rules, groups, row.manager_id)
    head = leads(person(request))
    context = {
        "statement": row,
        "rows": page.line_rows(row, lines, again),
        "again": again is not None,
        "same_moment": moment == row.as_of,
        "same": again == lines,
        "difference": page.difference(row.total, again),
        "untouched": queries.is_untouched(row),
        "undecided": row.signed_at is None and any(line.pending for line in lines),
        "may_sign": head and row.signed_at is None and localdate() >= add_months(row.month, 1),
        "sign_url": _url(username, row.month, "bonus_sign"),
        "files": [(kind.upper(), _url(username, row.month, f"bonus_{kind}")) for kind in ("xlsx", "pdf")],
        "back_url": f"{reverse('reports:bonus')}?month={row.month:%Y-%m}"
        if head
        else reverse("reports:bonus_of", args=[username]),
    }
    return render(request, "reports/bonus/statement.html", context)


@require_POST
@only(leads)
def sign(request: HttpRequest, username: str, year: int, month: int) -> HttpResponse:
    row = _statement(request, username, year, month)
    try:
        sign_statement(statement=row, seen=request.POST.get("seen", ""), actor=person(request), now=now())
    except DomainError as error:
        messages.error(request, str(error.detail))
    else:
        messages.success(request, _("Signed. Nobody can change this statement any more."))
    return redirect(page.statement_url(row))


@require_safe
@only(reads_figures)
def statement_file(request: HttpRequest, username: str, year: int, month: int, kind: str) -> HttpResponse:
    row = _statement(request, username, year, month)
    sheet = statement_sheet(row, page.line_rows(row, queries.earned_lines(row), None))
    return file_answer(sheet, f"bonus-{row.month:%Y-%m}-{row.manager_id}", kind)


@require_http_methods(["GET", "HEAD", "POST"])
@only(leads)
def rules(request: HttpRequest) -> HttpResponse:
    """The versions so far, and the form of the next one, which starts from the latest."""
    latest = queries.latest_rules()
    if request.method != "POST":
        return _rules_page(request, latest, *_blank(latest), status=200)
    form, lines = RulesForm(request.POST), LineForms(request.POST, prefix="line")
    if not (form.is_valid() and lines.is_valid()):
        return _rules_page(request, latest, form, lines, status=422)
    data = form.cleaned_data
    try:
        made = introduce_rules(
            from_month=data["month"],
            base=data["base"],
            lines=[one.line for one in lines.forms if one.line],
            note=data["note"],
            seen_version=data["seen_version"],
            actor=person(request),
        )
    except DomainError as error:
        put_errors(form, error)
        return _rules_page(request, latest, form, lines, status=error.status)
    messages.success(request, _("Version %(version)s holds now.") % {"version": made.version})
    return redirect("reports:bonus_rules")


def _blank(latest: BonusRules | None) -> tuple[RulesForm, Any]:
    start = {
        "month": f"{localdate():%Y-%m}",
        "base": latest.base if latest else None,
        "seen_version": latest.version if latest else 0,
    }
    return RulesForm(initial=start), LineForms(initial=initial_lines(latest), prefix="line")


def _rules_page(
    request: HttpRequest, latest: BonusRules | None, form: RulesForm, lines: Any, *, status: int
) -> HttpResponse:
    versions = BonusRules.objects.select_related("created_by")[:KEPT_VERSIONS]
    context = {
        "form": form,
        "lines": lines,
        "latest": latest,
        "versions": [(one, [page.rule_line(line) for line in queries.lines_of(one)]) for one in versions],
        "next_version": (latest.version if latest else 0) + 1,
        "back_url": reverse("reports:bonus"),
    }
    return render(request, "reports/bonus/rules.html", context, status=status)

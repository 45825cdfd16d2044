"""Files of what is seen: the question of the page, its permission, its numbers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import formats
from core.charts import Unit as ChartUnit
from core.figures import Period, Unit, add_months
from reports import queries, rules, sheets
from reports.asking import asked_by
from reports.board_views import compare_context, department_context
from reports.compare import Row
from reports.department import Board, Tile
from reports.forms import COHORT_MONTHS, CompareForm, DepartmentForm
from reports.page import cohort_rows
from reports.permissions import reads_figures
from reports.registry import FIGURES
from reports.roubles import Month
from reports.sheets import (
    CHART_FORMS,
    Cell,
    Sheet,
    Table,
    changed_cell,
    chart_table,
    figure_cell,
    points_cell,
    signed,
)
from reports.wording import Wording
from staff.access import only

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@only(reads_figures)
def department_xlsx(request: HttpRequest) -> HttpResponse:
    return _department(request, "xlsx")


@require_safe
@only(reads_figures)
def department_pdf(request: HttpRequest) -> HttpResponse:
    return _department(request, "pdf")


@require_safe
@only(reads_figures)
def compare_xlsx(request: HttpRequest) -> HttpResponse:
    return _compare(request, "xlsx")


@require_safe
@only(reads_figures)
def compare_pdf(request: HttpRequest) -> HttpResponse:
    return _compare(request, "pdf")


def _department(request: HttpRequest, kind: str) -> HttpResponse:
    """A question that can't be answered is explained by the page."""
    form = DepartmentForm(request.GET.dict())
    context = department_context(request, form) if form.is_valid() else {}
    if "board" not in context:
        return redirect(f"{reverse('reports:department')}?{request.GET.urlencode()}")
    context["cohorts"] = [cohort_table(request, form, basis) for basis in ("contracts", "orders")]
    return file_answer(department_sheet(context), "department", kind)


def _compare(request: HttpRequest, kind: str) -> HttpResponse:
    form = CompareForm(request.GET.dict())
    context = compare_context(request, form) if form.is_valid() else {}
    if "rows" not in context:
        return redirect(f"{reverse('reports:compare')}?{request.GET.urlencode()}")
    return file_answer(compare_sheet(context), "compare", kind)


def file_answer(sheet: Sheet, name: str, kind: str) -> HttpResponse:
    body, content = (sheets.pdf(sheet), "application/pdf") if kind == "pdf" else (sheets.xlsx(sheet), XLSX)
    answer = HttpResponse(body, content_type=content)
    answer["Content-Disposition"] = f'attachment; filename="{name}-{localdate():%Y-%m-%d}.{kind}"'
    answer["Cache-Control"] = "no-store"
    return answer


def cohort_table(request: HttpRequest, form: DepartmentForm, basis: str) -> Table:
    """The heat map of the page: its usual months, whatever period the tiles are of."""
    end = localdate().replace(day=1)
    asked = asked_by(request, form).about(Period(add_months(end, -COHORT_MONTHS), end))
    rows = cohort_rows(queries.cohorts(asked, basis=basis), Wording(form.mode), url="", tail="")
    width = max((len(row["cells"]) for row in rows), default=0)
    share = CHART_FORMS[ChartUnit.COEFFICIENT if form.mode == formats.COEFFICIENT else ChartUnit.SHARE]
    cells = [
        [
            Cell(row["label"]),
            Cell(formats.number(row["size"]), row["size"], "#,##0"),
            *(
                Cell(cell["text"]) if cell["count"] is None else Cell(cell["text"], cell["count"] / row["size"], share)
                for cell in row["cells"]
            ),
            *[Cell("")] * (width - len(row["cells"])),
        ]
        for row in rows
    ]
    title = _("Cohorts by contracts") if basis == "contracts" else _("Cohorts by orders")
    return Table(title, [_("First month"), _("Clients"), *map(str, range(width))], cells)


def department_sheet(context: dict[str, Any]) -> Sheet:
    board: Board = context["board"]
    columns = [
        _("Figure"), _("Value"), _("Of"), _("Change"), _("A year ago"), _("By plan"), _("Against the plan"), _("Maturity"),
    ]  # fmt: skip
    tables = [Table(_("Department"), columns, [_tile(tile) for tile in board.tiles])]
    if context["months"]:
        tables.append(_roubles(context["months"]))
    tables += [chart_table(chart) for chart in context["charts"]]
    tables += [table for table in context["cohorts"] if table.rows]
    notes = [f"{one.number}. {one.event.day:%d.%m.%Y}: {one.event.text}" for one in context["events"]]
    return Sheet(_("Department"), context["period"], tables, notes)


def _tile(tile: Tile) -> list[Cell]:
    plan = tile.plan
    return [
        Cell(tile.title),
        figure_cell(tile.key, tile.raw, tile.value),
        Cell(tile.fraction),
        changed_cell(tile.key, tile.raw, tile.before, tile.change),
        figure_cell(tile.key, tile.ago, tile.year_ago),
        figure_cell(tile.key, plan.number, plan.text) if plan else Cell(""),
        changed_cell(tile.key, tile.raw, plan.number, plan.gap) if plan else Cell(""),
        Cell(tile.note),
    ]


def _roubles(months: list[Month]) -> Table:
    columns = [_("Renewals, monthly value"), _("Comes due"), _("Expected"), _("Fact"), _("By plan")]
    rows = []
    for month in months:
        for line in (month.total, *month.lines):
            name = f"{month.month:%m.%Y} · {line.name}"
            amounts = (line.due, line.weighted, line.fact, line.plan)
            cells = [
                Cell("") if amount is None else Cell(formats.money(round(amount)), float(amount), "#,##0")
                for amount in amounts
            ]
            rows.append([Cell(name), *cells])
    return Table(_("Renewals in roubles"), columns, rows)


def compare_sheet(context: dict[str, Any]) -> Sheet:
    before, after = context["before_label"], context["after_label"]
    columns = [
        _("Figure"), before, _("Of"), after, _("Of"), _("Difference"), _("Difference, %"), _("Confidence interval"), _("Verdict"),
    ]  # fmt: skip
    rows = [_row(row) for row in context["rows"]]
    title = _("Before and after")
    return Sheet(title, f"{before} → {after} · {context['period']}", [Table(title, columns, rows)])


def _row(row: Row) -> list[Cell]:
    one, two, _interval = row.numbers
    return [
        Cell(str(row.title)),
        figure_cell(row.key, one, row.before),
        Cell(row.before_of),
        figure_cell(row.key, two, row.after),
        Cell(row.after_of),
        _difference(row),
        Cell(row.relative, rules.relative(one, two) if row.relative else None, signed("0.0%")),
        Cell(row.interval),
        Cell(str(row.word)),
    ]


def _difference(row: Row) -> Cell:
    one, two, _interval = row.numbers
    if one is None or two is None:
        return Cell(row.difference)
    unit = FIGURES[row.key].unit
    if unit is Unit.SHARE:
        return points_cell(row.difference, two - one)
    return Cell(row.difference, two - one, signed("#,##0" if unit is Unit.MONEY else "0.00"))

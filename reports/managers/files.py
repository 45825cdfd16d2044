"""The pages of managers as sheets for XLSX and PDF: made from what the page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from core.figures import Unit
from reports.managers.page import Brief, Row, Scores, Whole
from reports.managers.page import Cell as Shown
from reports.managers.people import Work
from reports.managers.tiers import TierCell
from reports.sheets import Cell, Sheet, Table, changed_cell, chart_table, figure_cell, form_of
from staff.models import User


def table_sheet(context: Mapping[str, Any]) -> Sheet:
    rows: Sequence[Row] = context["rows"]
    titles = [str(header.title) for header in context["headers"]]
    own = [[Cell(str(row.manager)), *map(_value, row.cells), _on_time(row)] for row in rows]
    department = [Cell(_("Department")), *map(_value, context["department"]), Cell("")]
    alike = [
        [Cell(str(row.manager)), *(figure_cell(cell.key, cell.alike_number, cell.alike) for cell in row.cells)]
        for row in rows
    ]
    tables = [
        Table(_("Managers"), [_("Manager"), *titles, _("Contacts in time")], [*own, department]),
        Table(_("Among the same clients"), [_("Manager"), *titles], alike),
    ]
    if context["leaders"]:
        outcomes = [name for _key, title, *_rest in context["outcomes"] for name in (str(title), _("Of"))]
        proven = [
            [
                Cell(row.name),
                *(cell for one in row.cells for cell in (_share(one.value, one.number), Cell(one.fraction))),
            ]
            for row in context["leaders"]
        ]
        tables.append(Table(_("Who has proven success"), [_("Employee"), *outcomes], proven))
    columns = [
        _("Manager"), _("Clients"), _("Weight"), _("Open contacts"), _("Overdue"), _("Open complaints"),
        _("Clients came in the period"), _("Clients left in the period"),
    ]  # fmt: skip
    tables.append(Table(_("Load now"), columns, [[Cell(str(row.manager)), *_load(row.load)] for row in rows]))
    said = _("%(who)s – %(title)s: %(now)s after %(before)s")
    notes = [
        said % {"who": drop.manager, "title": drop.title, "now": drop.now, "before": drop.before}
        for drop in context["drops"]
    ]
    return Sheet(_("Managers"), context["period"], tables, notes)


def manager_sheet(context: Mapping[str, Any]) -> Sheet:
    manager: User = context["manager"]
    tables = [
        _compared(_("The four figures"), context["four"]),
        _compared(_("Kept, and growth of what was kept"), [*context["kept"], context["score"]]),
    ]
    if context["tiers"]:
        columns = [_("Tier"), *(name for one in context["tier_headers"] for name in (str(one.title), _("Department")))]
        rows = [[Cell(tier), *(one for cell in cells for one in _tier(cell))] for tier, cells in context["tiers"]]
        tables.append(Table(_("By tier, against the department's clients of that tier"), columns, rows))
    tables += [chart_table(chart) for chart in context["charts"] if not chart.is_empty]
    tables += [_scores(scale, context["year"]) for scale in context["bands"]]
    on_time, load = context["on_time"], context["load"]
    facts = [
        (_("Contacts in time"), _of(on_time.value, on_time.fraction)),
        *zip(
            (
                _("Clients now"), _("Their weight"), _("Open contacts"), _("Overdue"), _("Open complaints"),
                _("Clients came in the period"), _("Clients left in the period"),
            ),
            _load(load),
            strict=True,
        ),
        *((f"{_('Time')}: {purpose}", Cell(time)) for purpose, time in context["minutes"]),
    ]  # fmt: skip
    tables.append(Table(_("Order and load"), ["", ""], [[Cell(label), cell] for label, cell in facts]))
    if context["around"]:
        columns = [_("90 days"), _("before"), _("after")]
        rows = [[Cell(line.title), Cell(line.before), Cell(line.after)] for line in context["around"]["lines"]]
        tables.append(Table(_("Before and after he took clients over"), columns, rows))
    if context["changes"]:
        tables.append(_changes(context["changes"]))
    return Sheet(str(manager), context["period"], tables)


def _value(cell: Shown | Brief | Whole) -> Cell:
    return figure_cell(cell.key, cell.number, cell.value)


def _of(value: str, of: str) -> Cell:
    return Cell(f"{value} ({of})" if of else value)


def _share(text: str, number: float | None) -> Cell:
    return Cell(text, number, form_of(Unit.SHARE, number))


def _on_time(row: Row) -> Cell:
    return _share(row.on_time, row.load.on_time.value if row.load.on_time else None)


def _tier(cell: TierCell) -> tuple[Cell, Cell]:
    own, department = cell.numbers
    return figure_cell(cell.key, own, cell.value), figure_cell(cell.key, department, cell.department)


def _load(load: Work) -> list[Cell]:
    numbers = (load.clients, load.weight, load.open, load.overdue, load.complaints, load.came, load.left)
    return [Cell(formats.number(number), float(number), "#,##0") for number in numbers]


def _compared(title: str, cells: Sequence[Shown]) -> Table:
    columns = [
        _("Figure"), _("Value"), _("Of"), _("Among the same clients"), _("Department"), _("A year ago"), _("Change"),
    ]  # fmt: skip
    rows = [
        [
            Cell(cell.title),
            _value(cell),
            Cell(cell.fraction),
            *(
                figure_cell(cell.key, number, text)
                for number, text in zip(cell.beside, (cell.alike, cell.department, cell.last_year), strict=True)
            ),
            changed_cell(cell.key, cell.number, cell.beside[2], cell.change),
        ]
        for cell in cells
    ]
    return Table(title, columns, rows)


def _scores(scale: Scores, year: str) -> Table:
    columns = [_("Score"), _("Answers"), _("Share"), _("Ordered again within 90 days"), _("Of")]
    rows = [
        [
            Cell(band.label),
            Cell(band.answers, band.number, "#,##0"),
            _share(band.share, band.part),
            _share(band.repeat, band.again),
            Cell(band.fraction),
        ]
        for band in scale.rows
    ]
    return Table(f"{scale.title}, {year}", columns, rows)


def _changes(changes: Sequence[Any]) -> Table:
    columns = [
        _("Client"), _("Day"), _("From whom"), _("To whom"), _("Revenue 90 days before"), _("90 days after"),
        _("Score before"), _("Score after"),
    ]  # fmt: skip
    rows = [
        [
            *map(Cell, (one.client, formats.short_day(one.day), one.from_name, one.to_name)),
            *(Cell(formats.money(sum_), float(sum_), "#,##0") for sum_ in (one.money_before, one.money_after)),
            *(
                Cell(formats.number(score, 1), None if score is None else float(score), "0.0")
                for score in (one.score_before, one.score_after)
            ),
        ]
        for one in changes
    ]
    return Table(_("Clients that changed hands"), columns, rows)

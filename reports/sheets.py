"""What is seen on a page as tables: one shape for XLSX and PDF, so that both tell the page's numbers."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typst
import xlsxwriter
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.chart_picture import picture
from core.charts import Chart, Number
from core.charts import Unit as ChartUnit
from core.figures import Unit
from reports import rules
from reports.registry import FIGURES

TEMPLATE = Path(__file__).with_name("sheet.typ")
WIDEST = 44
FORMS = {Unit.SHARE: "0.0%", Unit.MONEY: "#,##0", Unit.COUNT: "#,##0"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Text as the page shows it; the exact number where there is one, and how Excel is to show it. On a page ``url``
    leads to who is behind it, and ``note`` stands below.
    """

    text: str
    number: float | None = None
    form: str = ""
    url: str = ""
    note: str = ""


def figure_cell(key: str, value: float | None, text: str) -> Cell:
    """A value of the registry's figure ``key``."""
    return Cell(text, value, form_of(FIGURES[key].unit, value))


def form_of(unit: Unit, value: float | None) -> str:
    """A count may be a mean of counts; a format with places that may be missing leaves a lonely comma."""
    is_whole = value is None or value == int(value)
    return "#,##0.00" if unit is Unit.COUNT and not is_whole else FORMS.get(unit, "0.0")


def changed_cell(key: str, now: float | None, before: float | None, text: str) -> Cell:
    """As ``Wording.change`` says it: points of a share, per cent of a sum, else the difference."""
    unit = FIGURES[key].unit
    if now is None or before is None or not text:
        return Cell(text)
    if unit is Unit.SHARE:
        return points_cell(text, now - before)
    if unit in {Unit.MONEY, Unit.COUNT}:
        share = rules.relative(before, now)
        return (
            Cell(text, now - before, signed(form_of(unit, now))) if share is None else Cell(text, share, signed("0.0%"))
        )
    return Cell(text, now - before, signed("0.0"))


def points_cell(text: str, difference: float) -> Cell:
    """Percentage points, as the two values stand beside it as per cent."""
    words = (_("%(points)s pp") % {"points": ""}).replace('"', "")
    return Cell(text, difference * 100, signed(f'0.0"{words}"'))


def signed(form: str) -> str:
    return f"+{form};-{form};{form}"


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""  # what the table tells, and what it does not
    url: str = ""  # to all of the rows
    chart: Chart | None = None  # of the same values: drawn beside the table on paper


#: How Excel is to show what a chart shows.
CHART_FORMS = {
    ChartUnit.SHARE: "0.0%",
    ChartUnit.COEFFICIENT: "0.000",
    ChartUnit.MONEY: "#,##0",
    ChartUnit.SCORE: "0.0",
    ChartUnit.COUNT: "#,##0",
}


def chart_table(chart: Chart) -> Table:
    """What a chart draws, in numbers, with the chart itself."""
    values = zip(*([point.value for point in series.points] for series in chart.series), strict=True)
    rows = [
        [Cell(row.label), *(_drawn(chart.unit, text, value) for text, value in zip(row.cells, numbers, strict=True))]
        for row, numbers in zip(chart.table, values, strict=True)
    ]
    return Table(str(chart.title), [_("Period"), *(str(series.name) for series in chart.series)], rows, chart=chart)


def _drawn(unit: ChartUnit, text: str, value: Number | None) -> Cell:
    if value is None:
        return Cell(text)
    number = float(value)
    return Cell(text, number, form_of(Unit.COUNT, number) if unit is ChartUnit.COUNT else CHART_FORMS[unit])


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    subtitle: str
    tables: Sequence[Table]
    notes: Sequence[str] = field(default_factory=tuple)


def xlsx(sheet: Sheet) -> bytes:
    """Numbers as numbers, with the exact value behind the shown one; text that looks like a formula stays text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    bold, big = (
        book.add_format({"bold": True, "text_wrap": True, "bottom": 1}),
        book.add_format({"bold": True, "size": 14}),
    )
    muted, forms = book.add_format({"color": "#666666"}), {"": book.add_format()}
    page = book.add_worksheet(_("Figures")[:31])
    page.write_string(0, 0, sheet.title, big)
    page.write_string(1, 0, sheet.subtitle, muted)
    page.write_string(2, 0, _made(), muted)
    line, widths = 4, [12]
    for table in sheet.tables:
        page.write_string(line, 0, table.title, big)
        for place, column in enumerate(table.columns):
            page.write_string(line + 1, place, column, bold)
        line += 2
        for row in table.rows:
            _write(book, page, line, row, forms, widths)
            line += 1
        line += 1
    for number, note in enumerate(sheet.notes):
        page.write_string(line + number, 0, note, muted)
    for place, width in enumerate(widths):
        page.set_column(place, place, width)
    book.close()
    return out.getvalue()


def _made() -> str:
    """A file outlives the page it was taken from: it says of which moment its numbers are."""
    return _("Made on %(moment)s") % {"moment": date_format(localtime(now()), "j E Y, H:i")}


def _write(book: Any, page: Any, line: int, row: Sequence[Cell], forms: dict[str, Any], widths: list[int]) -> None:
    widths += [10] * (len(row) - len(widths))
    for place, cell in enumerate(row):
        widths[place] = min(WIDEST, max(widths[place], len(cell.text) + 2))
        if cell.number is None:
            page.write_string(line, place, cell.text)
            continue
        if cell.form not in forms:
            forms[cell.form] = book.add_format({"num_format": cell.form})
        page.write_number(line, place, cell.number, forms[cell.form])


def pdf(sheet: Sheet) -> bytes:
    """The words travel as data and are never markup. The compiler ships fonts with Cyrillic; none of the system's."""
    data = {
        "language": get_language() or "ru",
        "title": sheet.title,
        "subtitle": sheet.subtitle,
        "made": _made(),
        "notes": list(sheet.notes),
        "tables": [
            {
                "title": one.title,
                "columns": list(one.columns),
                "rows": [[cell.text for cell in row] for row in one.rows],
                "picture": picture(one.chart) if one.chart and not one.chart.is_empty else "",
            }
            for one in sheet.tables
        ],
    }
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        ignore_system_fonts=True,
        format="pdf",
    )
    if not isinstance(made, bytes):  # one document, one file
        raise TypeError("a document of several files")
    return made

"""Pages that are tiles and tables: the page and its files are drawn from the same cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from core.charts import Chart
from core.figures import Figure, Text, Unit
from reports.sheets import Cell, Sheet, Table, chart_table, form_of
from reports.wording import Wording, fraction


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its meaning; ``note`` says of how many, or how it came about."""

    label: Text
    meaning: Text
    cell: Cell


@dataclass(frozen=True, slots=True)
class Section:
    title: Text
    tiles: Sequence[Tile] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()
    anchor: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.tiles or self.tables or self.charts)


@dataclass(frozen=True, slots=True)
class Reading:
    title: Text
    period: str
    sections: Sequence[Section] = field(default_factory=tuple)

    def sheet(self) -> Sheet:
        tables: list[Table] = []
        for section in self.sections:
            if section.tiles:
                columns = [_("Figure"), _("Value"), _("Of")]
                rows = [[Cell(str(tile.label)), tile.cell, Cell(tile.cell.note)] for tile in section.tiles]
                tables.append(Table(str(section.title), columns, rows))
            tables += [chart_table(chart) for chart in section.charts if not chart.is_empty]
            tables += section.tables
        notes = [table.note for section in self.sections for table in section.tables if table.note]
        return Sheet(str(self.title), self.period, tables, list(dict.fromkeys(notes)))


def cell_of(figure: Figure, words: Wording, *, url: str = "", note: str | None = None) -> Cell:
    """A figure as a cell: its words, its number, and of how many."""
    said = fraction(figure, words.language) if note is None else note
    text = words.value(figure.unit, figure.value)
    return Cell(text, figure.value, form_of(figure.unit, figure.value), url if figure.denominator else "", said)


def count_cell(number: float, words: Wording, url: str = "") -> Cell:
    return Cell(words.value(Unit.COUNT, number), float(number), "#,##0", url if number else "")


def money_cell(amount: float | None, words: Wording, url: str = "", note: str = "") -> Cell:
    return Cell(words.value(Unit.MONEY, amount), amount, "#,##0", url, note)


def present(sections: Iterable[Section]) -> list[Section]:
    return [section for section in sections if not section.is_empty]

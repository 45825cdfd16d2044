"""From new to active to regular (row B46): what became of each month's new buyers, by the steps of the settings."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.metrics import REPEAT_DAYS
from core.charts import Chart, Point, Series
from core.figures import Counted, Period, months_of
from reports import queries
from reports.reading import Reading, Section, Tile, cell_of, count_cell, present
from reports.registry import FIGURES
from reports.sheets import Cell, Table
from reports.story import together
from reports.wording import Links, Wording, fraction, month_label, period_label

TITLE = gettext_lazy("From new to regular")
STEPS = ("became_active_90d", "became_regular", "active_became_regular")
DRAWN = (("became_active_90d", 1), ("became_regular", 2))


class Lifecycle:
    """Everybody whose first valid order lies in the period, asked at once."""

    def __init__(self, view: queries.View, *, mode: str, filters: Mapping[str, str]) -> None:
        [self.period] = view.asked.periods
        self.norms, self.words = view.asked.norms, Wording(mode)
        self.links = Links({**filters, "page": "lifecycle"})
        months = months_of(self.period)
        asked = months if self.period.whole_months else [*months, self.period]
        found = {
            one.period: one for one in queries.sums(view.asked.about(*asked), kinds=("first",), source=view.source)
        }
        every = [found[month] for month in months]
        self.months = [one for one in every if one.number("newcomers")]
        self.drawn = [one for one in every if self.months and self.months[0].period.start <= one.period.start]
        self.counted = found.get(self.period) or together(list(found.values()), self.period)

    def reading(self) -> Reading:
        if not self.months:
            return Reading(TITLE, period_label(self.period))
        sections = [
            Section(_("Of all new buyers of the period"), [self._tile(key) for key in STEPS]),
            Section(_("By the month of the first order"), tables=[self._table()], charts=[self._chart()]),
        ]
        return Reading(TITLE, period_label(self.period), present(sections))

    def _tile(self, key: str) -> Tile:
        return Tile(FIGURES[key].title, FIGURES[key].meaning, self._cell(key, self.counted))

    def _cell(self, key: str, counted: Counted) -> Cell:
        """Of how many, and how many are still watched."""
        figure = queries.figure(key, counted)
        note = ", ".join(filter(None, (fraction(figure), self.words.note(figure))))
        return cell_of(figure, self.words, url=self.links.who(key, counted.period), note=note)

    def _table(self) -> Table:
        columns = [_("First order"), _("New buyers"), *(str(FIGURES[key].title) for key in STEPS)]
        note = _(
            "Active: a second valid order within %(days)s days. Regular: %(orders)s valid orders within %(regular)s days"
            " of the first. Whoever was not watched that long is in neither number."
        ) % {"days": REPEAT_DAYS, "orders": self.norms.regular_orders, "regular": self.norms.regular_days}
        return Table(str(TITLE), columns, [self._row(one) for one in self.months], note)

    def _row(self, counted: Counted) -> list[Cell]:
        month, words = counted.period, self.words
        newcomers = count_cell(counted.number("newcomers"), words, self._newcomers_url(month))
        return [Cell(month_label(month.start)), newcomers, *(self._cell(key, counted) for key in STEPS)]

    def _newcomers_url(self, month: Period) -> str:
        """Whoever ordered in the month of his first order."""
        return (
            f"{reverse('reports:cell')}?from={month.start}&to={month.end}&month={month.start}&basis=orders"
            f"{self.links.tail}"
        )

    def _chart(self) -> Chart:
        """Months in which nobody came are gaps: the axis is time."""
        series = [
            Series(
                str(FIGURES[key].title),
                [self._point(key, one) for one in self.drawn],
                tone=tone,
                unit=self.words.chart_unit(FIGURES[key].unit),
            )
            for key, tone in DRAWN
        ]
        return Chart(TITLE, series, id="chart-lifecycle")

    def _point(self, key: str, counted: Counted) -> Point:
        figure, month = queries.figure(key, counted), counted.period
        return Point(month_label(month.start), figure.value, self.links.who(key, month), fraction(figure))

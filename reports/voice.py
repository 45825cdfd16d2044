"""What clients say, how happy they are, what goes together with it, and whom people spend their time on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formats
from core.charts import Chart, Point, Series
from core.figures import Counted, Figure, Period, Unit, months_of, ratio
from reports import bands, facts, queries
from reports.effort import Effort, effort
from reports.managers.people import year_to
from reports.periods import shown_months
from reports.reading import Reading, Section, Tile, cell_of, count_cell, present
from reports.registry import FIGURES
from reports.services.quality import Watched, quality
from reports.sheets import Cell, Table
from reports.wording import Links, Wording, address, meaning_of, month_label, period_label, title_of

TITLE = gettext_lazy("Voice and time")
ASKED = ("csat10", "nps", "csat5", "csat_top2", "ces")
SCALES = (*ASKED, "noted_calls")
CHARTS = (("csat10", 1), ("nps", 3), ("csat5", 2))
BANDS: Mapping[str, Sequence[str]] = {"csat10": ("10", "9–9,9", "7–8,9", "1–6,9"), "csat5": ("5", "4–4,9", "1–3,9")}
TALKS = {"0": gettext_lazy("none"), "1": "1", "2-3": "2–3", "4+": gettext_lazy("4 and more")}

GROUPS = {
    "talks": gettext_lazy("Retention by how often we talk"),
    "csat10": gettext_lazy("Ordered again, by the height of the score"),
    "csat5": gettext_lazy("Ordered again, by the height of the score"),
    "changes": gettext_lazy("Before and after a change of manager"),
    "latest": gettext_lazy("Who answered in the last seven days"),
    "earlier": gettext_lazy("Who answered in the four weeks before"),
    "effort": gettext_lazy("Whom a person spent time on"),
}
GROUP_BANDS: Mapping[str, Sequence[str]] = {
    "talks": tuple(TALKS),
    "csat10": ("0", "1", "2", "3"),
    "csat5": ("0", "1", "2"),
    "changes": ("all",),
    "latest": ("csat10", "csat5"),
    "earlier": ("csat10", "csat5"),
}


class Voice:
    """Everything of one period, asked at once."""

    def __init__(self, view: queries.View, *, mode: str, filters: Mapping[str, str]) -> None:
        self.asked, self.source = view.asked, view.source
        [self.period] = view.asked.periods
        self.words, self.filters, self.links = Wording(mode), filters, Links({**filters, "page": "voice"})
        self.links_here = Links(filters)
        self.root, self.said_answers = address("reports:voice"), _("answers: %(count)s")
        self.months = shown_months(self.period)
        every = dict.fromkeys((*self.months, self.period))
        counted = queries.sums(view.asked.about(*every), source=view.source)
        self.counted: dict[Period, Counted] = {one.period: one for one in counted}
        self.said = self._kept_months() if view.source.stored and facts.fits(view.asked) else None

    def _kept_months(self) -> facts.Said:
        """Of all figures here that are kept by month, in one query: those of the year, and of the last day's month."""
        last = min(self.period.last, self.asked.today).replace(day=1)
        months = {month.start for month in months_of(year_to(self.period))} | {self.period.start, last}
        return facts.said_sums(self.asked, sorted(months))

    def reading(self) -> Reading:
        sections = [
            Section(_("What they say"), self._said_tiles(), charts=self._charts()),
            Section(_("Ordered again, by the height of the score"), tables=self._scores()),
            Section(
                _("What goes together with talking, and with a new manager"), tables=[*self._talks(), *self._changes()]
            ),
            Section(_("Quality watch"), tables=self._quality(), anchor="quality"),
            Section(_("Whom people spend their time on"), self._minutes(), tables=self._effort()),
        ]
        return Reading(TITLE, period_label(self.period), present(sections))

    def _answers(self, count: formats.Number) -> str:
        return self.said_answers % {"count": formats.number(count, 0, self.words.language)}

    # --- scales, never mixed

    def _said_tiles(self) -> list[Tile]:
        """Where nobody was ever asked there is no happiness to wait for."""
        happiness, scales = self._happiness(), self._scales()
        return [happiness, *scales] if scales or happiness.cell.number is not None else []

    def _happiness(self) -> Tile:
        found = bands.happiness(self.asked, source=self.source, said=self.said)
        names = {"csat10": _("scores"), "nps": "NPS", "solved": _("complaints solved")}
        parts = [
            f"{names[key]} {formats.number(value, 0, self.words.language)}"
            for key, value in found.extras.items()
            if value is not None
        ]
        meaning = _(
            "Mean of what there is of: satisfaction rescaled to 0–100, (NPS + 100) / 2, share of complaints solved;"
            " over the 180 days up to the last day, with at least one answer."
        )
        note = ", ".join(parts) if found.value is not None else ""
        return Tile(
            _("Happiness, of 100"), meaning, cell_of(found, self.words, url=self._answers_url(found), note=note)
        )

    def _answers_url(self, found: Figure) -> str:
        return self.links.who("csat10", self.period, "denominator") if found.value is not None else ""

    def _scales(self) -> list[Tile]:
        return [self._scale(key) for key in SCALES if self._is_asked(key)]

    def _is_asked(self, key: str) -> bool:
        return any(queries.figure(key, one).denominator for one in self.counted.values())

    def _scale(self, key: str) -> Tile:
        figure, language = queries.figure(key, self.counted[self.period]), self.words.language
        notes = [self._answers(figure.denominator or 0)] if key in ASKED else [self.words.of(figure)]
        for name in ("share_9", "share_5"):
            if figure.extras.get(name) is not None:
                text = _("9–10: %(share)s") if name == "share_9" else _("plain fives: %(share)s")
                notes.append(text % {"share": self.words.value(Unit.SHARE, figure.extras[name])})
        if figure.bounds and figure.value is not None:
            low, high = (self.words.value(figure.unit, value) for value in figure.bounds)
            notes.append(_("%(low)s … %(high)s") % {"low": low, "high": high})
        cell = cell_of(figure, self.words, url=self.links.who(key, self.period), note="; ".join(notes))
        return Tile(title_of(key, language), meaning_of(key, language), cell)

    def _charts(self) -> list[Chart]:
        return [self._chart(key, tone) for key, tone in CHARTS if self._is_asked(key)]

    def _chart(self, key: str, tone: int) -> Chart:
        points, language = [], self.words.language
        for month in self.months:
            figure = queries.figure(key, self.counted[month])
            note = self._answers(figure.denominator or 0)
            points.append(Point(month_label(month.start, language), figure.value, self.links.who(key, month), note))
        title, unit = title_of(key, language), self.words.chart_unit(FIGURES[key].unit)
        return Chart(title, [Series(title, points, tone=tone, unit=unit)], id=f"voice-{key}")

    # --- groups

    def _group(self, kind: str, band: str, period: Period, tail: str | None = None) -> str:
        """``tail``: other filters than the page's own."""
        kept = self.links_here.tail if tail is None else tail
        return f"{self.root}{kind}/clients/?band={band}&from={period.start}&to={period.end}{kept}"

    def _scores(self) -> list[Table]:
        year = year_to(self.period)
        found = bands.repeat_by_scores(replace(self.asked, periods=(year,)), source=self.source, said=self.said)
        columns = [_("Score"), _("Answers"), _("Share of answers"), _("Ordered again in 90 days")]
        note = _("Of the answers of %(period)s; only those that are 90 days old tell whether the client ordered again.")
        result = []
        for scale, labels in BANDS.items():
            rows = [one for one in found if one.scale == scale]
            total = sum(one.answers for one in rows)
            cells = [self._band(one, labels[one.band], total, year) for one in rows]
            title = title_of(scale)
            if cells:
                result.append(Table(title, columns, cells, note % {"period": period_label(year)}))
        return result

    def _band(self, one: bands.Band, label: str, total: int, year: Period) -> list[Cell]:
        url = self._group(one.scale, str(one.band), year)
        again = ratio(Unit.SHARE, one.again, one.observed)
        return [
            Cell(label, url=url),
            count_cell(one.answers, self.words, url),
            cell_of(ratio(Unit.SHARE, one.answers, total), self.words, note=""),
            cell_of(again, self.words, url=url),
        ]

    def _talks(self) -> list[Table]:
        everybody = self.counted[self.period]
        found = bands.retention_by_talks(self.asked, source=self.source, said=self.said, everybody=everybody)
        columns = [_("Contacts in the 90 days before"), _("Clients"), _("Stayed")]
        rows = []
        for band, figure in found.items():
            url = self._group("talks", band.replace("+", "%2B"), self.period)
            rows.append([
                Cell(str(TALKS[band]), url=url if figure.denominator else ""),
                count_cell(int(figure.denominator or 0), self.words, url),
                cell_of(figure, self.words, url=url),
            ])  # fmt: skip
        note = _("Who is called is not drawn by lot: this says nothing about what a call brings.")
        anybody = any(figure.denominator for figure in found.values())
        return [Table(_("Retention by how often we talk"), columns, rows, note)] if anybody else []

    def _changes(self) -> list[Table]:
        found = bands.around_changes_of_owner(self.asked)
        if not found.changes:
            return []
        columns = [_("90 days"), _("before"), _("after")]
        pairs = (
            (_("Mean score, 1–10"), found.score_before, found.score_after),
            (_("Revenue a client"), found.revenue_before, found.revenue_after),
        )
        rows = [
            [Cell(str(name)), cell_of(before, self.words, note=""), cell_of(after, self.words, note="")]
            for name, before, after in pairs
        ]
        note = _("Clients that got another manager: %(count)s, of them %(pending)s whose 90 days are not over.")
        said = note % {"count": found.changes, "pending": found.pending}
        title = _("Before and after a change of manager")
        return [Table(title, columns, rows, said, url=self._group("changes", "all", self.period))]

    # --- now

    def _quality(self) -> list[Table]:
        """Not of the period: of these days."""
        found = quality(now=now())
        if self.asked.segment.manager is not None:
            found = [one for one in found if one.manager == self.asked.segment.manager]
        verdicts = _("has dropped"), _("holds"), _("few answers")
        rows = [self._watched(one, *verdicts) for one in found if one.latest_answers or one.earlier_answers]
        columns = [_("Whose clients"), _("Figure"), _("Last seven days"), _("Four weeks before"), _("Verdict")]
        note = _("Half a point down with enough answers on both sides raises an alert.")
        return [Table(_("Mean score of these days"), columns, rows, note)] if rows else []

    def _watched(self, one: Watched, dropped: str, holds: str, few: str) -> list[Cell]:
        who = Cell(one.name, url=address("reports:manager", one.username) if one.manager else "")
        verdict = dropped if one.dropped else holds if one.comparable else few
        tail = Links({**self.filters, "manager": str(one.manager)}).tail if one.manager else None
        sides = (("latest", one.latest, one.latest_answers), ("earlier", one.earlier, one.earlier_answers))
        means = [
            self._mean(mean, answers, self._group(kind, one.scale, self.period, tail)) for kind, mean, answers in sides
        ]
        return [who, Cell(title_of(one.scale, self.words.language)), *means, Cell(verdict)]

    def _mean(self, mean: float | None, answers: int, url: str) -> Cell:
        note = self._answers(answers)
        return cell_of(ratio(Unit.SCORE, mean or 0, 1 if answers else 0), self.words, url=url, note=note)

    def _minutes(self) -> list[Tile]:
        figure, definition = (
            queries.figure("minutes_per_client", self.counted[self.period]),
            FIGURES["minutes_per_client"],
        )
        cell = cell_of(figure, self.words, url=self.links.who("minutes_per_client", self.period))
        return [Tile(definition.title, definition.meaning, cell)] if figure.numerator else []

    def _effort(self) -> list[Table]:
        found = effort(self.asked, source=self.source)
        columns = [
            _("Who"), _("Contacts"), _("Minutes"), _("with new clients"), _("Share of new"), _("Growth"), _("Service"), _("Conflicts"),
        ]  # fmt: skip
        note = _(
            "A client is new for 90 days from the first contract or purchase. Conflicts need frequent contact: time is no measure of a person."
        )
        return (
            [
                Table(
                    _("Time with new clients and with those who came back"),
                    columns,
                    [self._row(one) for one in found],
                    note,
                )
            ]
            if found
            else []
        )

    def _row(self, one: Effort) -> list[Cell]:
        numbers = (one.contacts, one.minutes)
        purposes = (one.growth, one.service, one.conflict)
        url = self._group("effort", str(one.person), self.period)
        return [
            Cell(one.name, url=url),
            *(count_cell(number, self.words, url) for number in numbers),
            count_cell(one.new_minutes, self.words),
            cell_of(one.new_share, self.words, note=""),
            *(count_cell(number, self.words) for number in purposes),
        ]


def group_table(rows: Sequence[tuple[int, ...]], names: Mapping[int, str], words: Wording) -> Table:
    """Clients with what is told of each: of the time spent, contacts and minutes."""
    cells = [
        [Cell(names[pk], url=reverse("clients:card", args=[pk])), *(count_cell(number, words) for number in numbers)]
        for pk, *numbers in rows
        if pk in names
    ]
    more = [_("Contacts"), _("Minutes")] if any(len(row) > 1 for row in rows) else []
    return Table(_("Who is behind the number"), [_("Client"), *more], cells)

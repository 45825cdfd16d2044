"""The department's whole existence: what was told before the system, what is counted since, and never one line of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.charts import Chart, Marker, Point, Series
from core.figures import Counted, Figure, Number, Period, add_months, months_of
from reports import queries
from reports.department import PUBLISHED, Board, published
from reports.periods import SHORTLY, around
from reports.registry import FIGURES
from reports.shelf import Event, Rate
from reports.wording import fraction

#: Of these the sums of months add up to those of a year.
YEARLY = frozenset({"refusal_rate", "renewal_rate"})
CHECK = "average_check"
LONGEST = 20
YEAR_BEFORE = 12


def story_months(told: Iterable[date], started: date | None, today: date) -> list[Period]:
    """Every month since the first that was told of, and since a year before the department; none without either."""
    firsts = [month.replace(month=1) for month in told]
    if started:
        firsts.append(add_months(started, -YEAR_BEFORE))
    if not firsts or min(firsts) > today:
        return []
    first = max(min(firsts), date(today.year - LONGEST, 1, 1))
    return months_of(Period(first, add_months(today, 1)))


class _Together(Mapping[str, Number]):
    """Each sum is added up when it is asked for: a figure asks for few of them."""

    def __init__(self, months: Sequence[Counted]) -> None:
        self.months = months

    def __getitem__(self, name: str) -> Number:
        return sum(one[name] for one in self.months)

    def __iter__(self) -> Iterator[str]:
        return iter({name for one in self.months for name in one.sums})

    def __len__(self) -> int:
        return len(set(self))


def together(months: Sequence[Counted], period: Period) -> Counted:
    """Sums of several months as those of one period: for figures whose sums may be added up."""
    return Counted(period, months[0].today, months[0].norms, _Together(months))


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its number on the charts, and how renewals went two months before and after it."""

    number: int
    event: Event
    before: str
    after: str
    url: str


class Story:
    """Charts over more months than the page shows; ``months`` are counted along with those of the page."""

    def __init__(self, board: Board, months: Sequence[Period], started: date | None) -> None:
        self.board, self.started = board, started
        self.counted = [board.found.counted[month] for month in months]

    @property
    def charts(self) -> list[Chart]:
        if not self.counted:
            return []
        known = {key: rates for key, rates in self.board.kept.rates.items() if _is_counted(key)}
        found = [
            self._by_year(key) if _once_a_year(key, rates) else self._by_month(key) for key, rates in known.items()
        ]
        return [*found, *self._check()]

    # --- year by year

    def _by_year(self, key: str) -> Chart:
        years = self._years(key)
        told = {rate.month.year: rate for rate in self.board.kept.rates[key]}
        lines = [
            self._series(
                _("before the system, as told"), key, 4, [_told(str(y), told.get(y)) for y in years], told=True
            ),
            self._series(
                _("counted from contracts"), key, 5, [self._of_year(key, y, months) for y, months in years.items()]
            ),
        ]
        if key == "refusal_rate":
            inside = [self._with_winbacks(year, months) for year, months in years.items()]
            lines.append(Series(str(PUBLISHED), inside, tone=2, dashed=True, unit=self.board.unit(key)))
        title = _("%(title)s, year by year") % {"title": FIGURES[key].title}
        marks = self.board.marks(lambda day: str(day.year))
        return Chart(title, lines, markers=marks, id=f"chart-story-{key}")

    def _years(self, key: str) -> dict[int, list[Counted]]:
        """From the first year told of on."""
        first = min(rate.month.year for rate in self.board.kept.rates[key])
        found: dict[int, list[Counted]] = {}
        for one in self.counted:
            if one.period.start.year >= first:
                found.setdefault(one.period.start.year, []).append(one)
        return found

    def _year(self, year: int, months: Sequence[Counted]) -> Counted:
        return together(months, Period(date(year, 1, 1), date(year + 1, 1, 1)))

    def _of_year(self, key: str, year: int, months: Sequence[Counted]) -> Point:
        counted = self._year(year, months)
        figure = queries.figure(key, counted)
        url = self.board.links.who(key, counted.period) if figure.denominator else ""
        return Point(str(year), figure.value, url, self._note(figure))

    def _with_winbacks(self, year: int, months: Sequence[Counted]) -> Point:
        counted = self._year(year, months)
        figure = queries.figure("refusal_rate", counted)
        value, back = published(figure)
        url = self.board.links.flow("back", counted.period) if back else ""
        return Point(str(year), value, url, _("%(count)s won back") % {"count": back})

    # --- month by month

    def _by_month(self, key: str) -> Chart:
        first = min(rate.month for rate in self.board.kept.rates[key])
        months = [one for one in self.counted if one.period.start >= first]
        told = {rate.month: rate for rate in self.board.kept.rates[key]}
        before = [_told(self.board.month(one.period.start), told.get(one.period.start)) for one in months]
        lines = [
            self._series(_("before the system, as told"), key, 4, before, told=True),
            self._series(_("counted"), key, 5, [self._of_month(key, one) for one in months]),
        ]
        title = _("%(title)s since it is told of") % {"title": FIGURES[key].title}
        return Chart(title, lines, markers=self.board.marks(self.board.month), id=f"chart-story-{key}")

    def _of_month(self, key: str, counted: Counted) -> Point:
        figure = queries.figure(key, counted)
        url = self.board.links.who(key, counted.period) if figure.denominator else ""
        return Point(self.board.month(counted.period.start), figure.value, url, self._note(figure))

    # --- average check by quarter, since a year before the department

    def _check(self) -> list[Chart]:
        if self.started is None:
            return []
        quarters: dict[tuple[int, int], list[Counted]] = {}
        for one in self.counted:
            quarters.setdefault(_quarter(one.period.start), []).append(one)
        points = []
        for months in quarters.values():
            counted = together(months, Period(months[0].period.start, months[-1].period.end))
            figure = queries.figure(CHECK, counted)
            url = self.board.links.who(CHECK, counted.period) if figure.denominator else ""
            points.append(
                Point(
                    _quarter_label(counted.period.start), figure.value, url, fraction(figure, self.board.words.language)
                )
            )
        line = self._series(str(FIGURES[CHECK].title), CHECK, 1, points)
        marker = Marker(_quarter_label(self.started), _("department started"))
        title = _("Average check while the department exists")
        return [Chart(title, [line], markers=[marker], id="chart-story-check")]

    # --- what happened

    @property
    def events(self) -> list[Told]:
        """Those within the months of any chart, numbered as on the charts."""
        shown = self.board.found.months
        first = min([shown[0].start, *(one.period.start for one in self.counted)])
        last = max([shown[-1].end, *(one.period.end for one in self.counted)])
        return [self._event(n, event) for n, event in self.board.numbered if first <= event.day < last]

    def _event(self, number: int, event: Event) -> Told:
        before, after = around(event.day, SHORTLY)
        then, since = self._renewals(before), self._renewals(after)
        url = self.board.links.compare("renewal_rate", before, after) if then and since else ""
        return Told(number, event, then, since, url)

    def _renewals(self, period: Period) -> str:
        months = [self.board.found.counted.get(month) for month in months_of(period)]
        if any(month is None for month in months):
            return ""
        figure = queries.figure("renewal_rate", together([month for month in months if month], period))
        return self.board.words.value(figure.unit, figure.value) if figure.value is not None else ""

    def _note(self, figure: Figure) -> str:
        return ", ".join(filter(None, (fraction(figure, self.board.words.language), self.board.note(figure))))

    def _series(self, name: str, key: str, tone: int, points: list[Point], *, told: bool = False) -> Series:
        return Series(name, points, tone=tone, dashed=told, unit=self.board.unit(key))


def _is_counted(key: str) -> bool:
    return key in FIGURES and FIGURES[key].formula is not None


def _once_a_year(key: str, rates: Sequence[Rate]) -> bool:
    return key in YEARLY and len({rate.month.year for rate in rates}) == len(rates)


def _told(label: str, rate: Rate | None) -> Point:
    if rate is None:
        return Point(label, None)
    return Point(label, rate.value, "", ", ".join(filter(None, (date_format(rate.month, "F Y"), rate.note))))


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3


def _quarter_label(day: date) -> str:
    return _("Q%(quarter)s %(year)s") % {"quarter": (day.month - 1) // 3 + 1, "year": f"{day:%y}"}

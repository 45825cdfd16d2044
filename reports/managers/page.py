"""What the pages of managers show: the four figures each way they can be compared, and who needs a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart, Point, Series, Sparkline
from core.figures import Figure, Period, Unit
from reports.bands import Band
from reports.managers.drops import find_drops, trailing
from reports.managers.people import Work
from reports.managers.queries import Groups
from reports.periods import a_year_before, shown_months
from reports.registry import FIGURES
from reports.wording import Links, Wording, address, fraction, meaning_of, month_label, title_of, tone, trend_title
from staff.models import User

#: Exactly these four say how a manager does (row E31).
FOUR = ("repeat_order_share", "active_clients", "orders_per_client", "churn_rate")
#: The sums that they are made of: their months are read for these alone.
SUMS_OF_FOUR = ("orders", "again", "buyers", "active", "active_mv", "covered", "base", "kept")
#: Kept, and what was kept growing: two figures, never one (row E5).
KEPT = ("grr", "nrr", "renewal_gross")


@dataclass(frozen=True, slots=True)
class Drop:
    """A figure of a manager that is worse than his own year before."""

    manager: User
    title: str
    now: str
    before: str
    url: str


def drops(groups: Groups, people: Iterable[User], today: date, words: Wording) -> list[Drop]:
    by_id = {one.pk: one for one in people}
    late, _earlier = trailing(today)
    days = urlencode({"from": str(late.start), "to": str(late.end)})
    return [
        Drop(
            by_id[one.manager],
            title_of(one.figure, words.language),
            words.value(FIGURES[one.figure].unit, one.now),
            words.value(FIGURES[one.figure].unit, one.before),
            f"{address('reports:manager', by_id[one.manager].username)}?{days}",
        )
        for one in find_drops(groups, by_id, today)
    ]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of one manager with what it is held against."""

    key: str
    title: str
    meaning: str
    value: str
    fraction: str
    alike: str
    tone: str  # against the same kind of clients
    department: str
    last_year: str
    change: str
    change_tone: str
    numerator_url: str
    denominator_url: str
    trend: Sparkline | None = None
    note: str = ""
    number: float | None = None
    beside: tuple[float | None, float | None, float | None] = (None, None, None)  # alike, department, a year ago


@dataclass(frozen=True, slots=True)
class Whole:
    """A figure of everybody's clients, at the foot of the table."""

    title: str
    value: str
    url: str
    number: float | None
    key: str


class Brief(NamedTuple):
    """The same in a row of the table of all: the value, and what it is held against."""

    key: str
    title: str
    value: str
    alike: str
    url: str
    number: float | None
    alike_number: float | None


class Compared:
    """Turns sums into cells."""

    def __init__(self, groups: Groups, period: Period, words: Wording) -> None:
        self.groups, self.period, self.words = groups, period, words
        self.before = a_year_before(period)
        self.everybody = Links({})
        self.links: dict[int | None, Links] = {None: self.everybody}

    def who(self, key: str, manager: User | None, side: str) -> str:
        """Without a manager of everybody's clients."""
        pk, name = (manager.pk, manager.username) if manager else (None, "")
        links = self.links.get(pk) or self.links.setdefault(pk, Links({"manager": name}, self.everybody))
        return links.who(key, self.period, side)

    def cell(self, key: str, manager: User, trend: Sparkline | None = None) -> Cell:
        definition, groups, unit, language = FIGURES[key], self.groups, FIGURES[key].unit, self.words.language
        now = groups.manager_figure(key, self.period, manager.pk)
        past = groups.manager_figure(key, self.before, manager.pk)
        alike = groups.alike(key, self.period, manager.pk)
        department = None if key == "active_clients" else groups.figure(key, self.period).value
        change = self.words.change(unit, now.value, past.value)
        value = now.value if now.denominator else None
        return Cell(
            key=key,
            title=title_of(key, language),
            meaning=meaning_of(key, language),
            value=self.words.value(unit, value),
            fraction=fraction(now, language),
            alike=self._rounded(unit, alike),
            tone=tone(definition, value, alike),
            department=self.words.value(unit, department),
            last_year=self.words.value(unit, past.value),
            change=change,
            change_tone=tone(definition, value, past.value) if change else "neutral",
            numerator_url=self.who(key, manager, "numerator"),
            denominator_url=self.who(key, manager, "denominator"),
            trend=trend,
            note=self.words.note(now),
            number=value,
            beside=(alike, department, past.value),
        )

    def brief(self, key: str, manager: User) -> Brief:
        unit, now = FIGURES[key].unit, self.groups.manager_figure(key, self.period, manager.pk)
        value = now.value if now.denominator else None
        alike = self.groups.alike(key, self.period, manager.pk)
        return Brief(
            key,
            title_of(key, self.words.language),
            self.words.value(unit, value),
            self._rounded(unit, alike),
            self.who(key, manager, "numerator"),
            value,
            alike,
        )

    def _rounded(self, unit: Unit, value: float | None) -> str:
        """An expected number of clients reads better with one place than with two."""
        if unit is Unit.COUNT and value and value > 20:
            return formats.number(value, 1, self.words.language)
        return self.words.value(unit, value)

    def department(self, key: str) -> Whole:
        unit, answer = FIGURES[key].unit, self.groups.figure(key, self.period)
        return Whole(
            title_of(key, self.words.language),
            self.words.value(unit, answer.value),
            self.who(key, None, "numerator") if answer.denominator else "",
            answer.value if answer.denominator else None,
            key,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A manager in the table of all; ``load`` is for the table of loads."""

    manager: User
    cells: list[Brief]
    on_time: str
    on_time_note: str
    load: Work
    url: str


TABLE = (*FOUR, "grr", "nrr", "csat10")


def rows(
    compared: Compared,
    people: Iterable[User],
    *,
    work: Mapping[int, Work],
) -> list[Row]:
    result = []
    for manager in people:
        load = work.get(manager.pk, Work())
        kept = load.on_time
        if (
            not manager.is_active
            and not (load.clients or load.open or load.complaints)
            and not compared.groups.of_manager(compared.period, manager.pk).sums
        ):
            continue  # left long ago
        result.append(
            Row(
                manager,
                [compared.brief(key, manager) for key in TABLE],
                compared.words.value(Unit.SHARE, kept.value) if kept else formats.NOTHING,
                fraction(kept, compared.words.language) if kept else "",
                load,
                address("reports:manager", manager.username),
            )
        )
    return result


def trend(groups: Groups, period: Period, key: str, manager: User, words: Wording) -> Sparkline:
    values = [_value(groups, key, month, manager) for month in shown_months(period)]
    return Sparkline(values, trend_title(key, words.language))


def charts(groups: Groups, period: Period, manager: User, words: Wording) -> list[Chart]:
    """The four by month, with the department beside them where it is a rate."""
    months, links = shown_months(period), Links({"manager": manager.username})
    return [_chart(groups, months, key, manager, words, links) for key in FOUR]


def _chart(groups: Groups, months: Sequence[Period], key: str, manager: User, words: Wording, links: Links) -> Chart:
    definition = FIGURES[key]
    unit = words.chart_unit(definition.unit)
    labels = [month_label(month.start, words.language) for month in months]
    own = [
        Point(label, _value(groups, key, month, manager), links.who(key, month))
        for label, month in zip(labels, months, strict=True)
    ]
    series = [Series(str(manager), own, unit=unit)]
    if key != "active_clients":
        every = [Point(label, groups.figure(key, month).value) for label, month in zip(labels, months, strict=True)]
        series.append(Series(_("Department"), every, tone=0, dashed=True, unit=unit))
    return Chart(definition.title, series, kind="line" if len(series) > 1 else "bar", id=f"chart-{key}")


def _value(groups: Groups, key: str, month: Period, manager: User) -> float | None:
    return groups.manager_figure(key, month, manager.pk).value


BANDS = {
    "csat10": ("10", "9–9,9", "7–8,9", "1–6,9"),
    "csat5": ("5", "4–4,9", "1–3,9"),
}


def presets(request_path: str, items: Sequence[tuple[str, Period]], chosen: Period | None) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": f"{request_path}?{urlencode({'from': str(period.start), 'to': str(period.end)})}",
            "active": period == chosen,
        }
        for label, period in items
    ]


def perfect(groups: Groups, period: Period, manager: User, words: Wording) -> str:
    """Share of 9 and 10 among the answers from 1 to 10."""
    found = groups.manager_figure("csat10", period, manager.pk).extras.get("share_9")
    return words.value(Unit.SHARE, found)


@dataclass(frozen=True, slots=True)
class BandRow:
    label: str
    answers: str
    share: str
    repeat: str
    fraction: str
    url: str
    number: int
    part: float
    again: float | None


@dataclass(frozen=True, slots=True)
class Scores:
    """The answers on one scale by their height."""

    title: str
    mean: str
    best: str
    rows: list[BandRow]


def band_rows(found: Sequence[Band], words: Wording, *, year: Period, manager: User) -> list[Scores]:
    days = {"from": str(year.start), "to": str(year.end), "manager": manager.username}
    titles = {"csat10": _("Satisfaction, 1–10"), "csat5": _("Satisfaction, 1–5")}
    result = []
    for scale, title in titles.items():
        bands = [band for band in found if band.scale == scale]
        answers = sum(band.answers for band in bands)
        if answers:
            best = sum(band.answers for band in bands if band.band == 0)
            mean = sum(band.total for band in bands) / answers
            path = address("reports:group", scale)
            rows = [_band_row(band, answers, words, f"{path}?band={band.band}&{urlencode(days)}") for band in bands]
            result.append(
                Scores(title, formats.number(mean, 2, words.language), words.value(Unit.SHARE, best / answers), rows)
            )
    return result


def _band_row(band: Band, answers: int, words: Wording, url: str) -> BandRow:
    fraction = _("%(a)s of %(b)s") % {"a": band.again, "b": band.observed} if band.observed else ""
    return BandRow(
        BANDS[band.scale][band.band],
        formats.number(band.answers, 0, words.language),
        words.value(Unit.SHARE, band.answers / answers),
        words.value(Unit.SHARE, band.repeat),
        fraction,
        url,
        band.answers,
        band.answers / answers,
        band.repeat,
    )


@dataclass(frozen=True, slots=True)
class OnTime:
    value: str
    fraction: str
    note: str


def on_time(answer: Figure | None, words: Wording) -> OnTime:
    if answer is None:
        return OnTime(formats.NOTHING, "", "")
    return OnTime(words.value(answer.unit, answer.value), fraction(answer, words.language), words.note(answer))


def minute_rows(found: Mapping[str, tuple[int, int]]) -> list[tuple[str, str]]:
    """Purpose and time, in the order of purposes; nothing when nobody wrote minutes down."""
    labels = {"growth": _("Growth"), "service": _("Service"), "conflict": _("Conflicts")}
    return [
        (label, _("%(minutes)s min, contacts: %(number)s") % {"minutes": formats.number(spent), "number": number})
        for purpose, label in labels.items()
        for number, spent in [found.get(purpose, (0, 0))]
        if number
    ]

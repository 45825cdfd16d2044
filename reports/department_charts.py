"""Charts of the department's page: what happened stands on them, rates told from before never join a counted line."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from core.charts import Chart, Marker, Point, Series
from core.figures import Counted, Period, Unit, add_months
from reports import queries
from reports.department import Board
from reports.registry import FIGURES
from reports.wording import month_label

LINES = (("repeat_order_share", 3), ("average_check", 1), ("churn_rate", 5))


def charts(board: Board) -> list[Chart]:
    return [refusals(board), flows(board), *(_line(board, key, tone) for key, tone in LINES)]


def markers(board: Board) -> list[Marker]:
    """A number at its month; the list beside the charts says what each number was."""
    numbers: dict[str, list[str]] = {}
    for number, event in enumerate(board.events, 1):
        numbers.setdefault(month_label(event.day), []).append(str(number))
    return [Marker(label, ", ".join(found)) for label, found in numbers.items()]


def refusals(board: Board) -> Chart:
    lines = [board.series("refusal_rate", 5), board.published()]
    lines += [*board.plan_series("refusal_rate"), *board.rates_series("refusal_rate")]
    young = [
        label
        for label, month in zip(board.labels, board.found.months, strict=True)
        if board.found.figure("refusal_rate", month).pending
    ]
    description = _(
        "A win-back never makes a refusal undone. Published rates often count clients who came back as renewed:"
        " that reading is drawn beside."
    )
    if young:
        description += " " + _("Not matured: %(months)s") % {"months": ", ".join(young)}
    title = _("Refusals without and with win-backs")
    return Chart(title, lines, markers=markers(board), description=description, id="chart-refusals")


def flows(board: Board) -> Chart:
    """Up: began and came back. Down: left. Each bar opens who."""
    new, back, left = [], [], []
    for label, month in zip(board.labels, board.found.months, strict=True):
        counted = board.found.counted[month]
        gone = counted.number("base") - counted.number("kept")
        new.append(_bar(label, counted.number("starters"), board.links.flow("new", month)))
        back.append(_bar(label, counted.number("winbacks"), board.links.flow("back", month)))
        left.append(_bar(label, -gone, board.links.who("churn_rate", month)))
    lines = [
        Series(_("first contract"), new, tone=2),
        Series(_("won back"), back, tone=1),
        Series(_("left"), left, tone=3),
    ]
    description = _("Left: active on the eve of the month and no longer on its last day, buyers without contracts too.")
    title = _("Who came and who left")
    return Chart(title, lines, kind="bar", markers=markers(board), description=description, id="chart-flows")


def _bar(label: str, count: int, url: str) -> Point:
    return Point(label, count or None, url if count else "")


def _line(board: Board, key: str, tone: int) -> Chart:
    lines = [board.series(key, tone), *board.plan_series(key), *board.rates_series(key)]
    return Chart(FIGURES[key].title, lines, markers=markers(board), id=f"chart-{key}")


#: Of these a rate of a year is made of the sums of its months.
STORY = "refusal_rate"
STORY_SUMS = ("due", "renewed", "pending", "replaced", "winbacks")
LONGEST_STORY = 20


def story_months(board_rates: list[date], today: date) -> list[Period]:
    """Every month since the first rate that was told; none if nothing was told."""
    if not board_rates:
        return []
    first = max(min(board_rates).replace(month=1), date(today.year - LONGEST_STORY, 1, 1))
    months = (today.year - first.year) * 12 + today.month
    return [Period(add_months(first, n), add_months(first, n + 1)) for n in range(months)]


def story(board: Board, counted: list[Counted]) -> Chart | None:
    """Year by year since before the system: what was told, what is counted, and never one line of both."""
    if not counted:
        return None
    told = {rate.month.year: rate for rate in board.kept.rates.get(STORY, [])}
    years = sorted({one.period.start.year for one in counted})
    unit = board.words.chart_unit(Unit.SHARE)
    before, own = [], []
    for year in years:
        rate = told.get(year)
        before.append(Point(str(year), rate.value if rate else None, "", rate.note if rate else ""))
        whole = Period(date(year, 1, 1), date(year + 1, 1, 1))
        months = [one for one in counted if one.period.start.year == year]
        sums = {name: sum(one[name] for one in months) for name in STORY_SUMS}
        figure = queries.figure(STORY, Counted(whole, board.found.today, months[0].norms, sums))
        own.append(Point(str(year), figure.value, board.links.who(STORY, whole) if figure.denominator else ""))
    lines = [
        Series(_("before the system, as told"), before, tone=4, dashed=True, unit=unit),
        Series(_("counted from contracts"), own, tone=5, unit=unit),
    ]
    numbers: dict[str, list[str]] = {}
    for number, event in enumerate(board.kept.events, 1):
        numbers.setdefault(str(event.day.year), []).append(str(number))
    notes = [Marker(year, ", ".join(found)) for year, found in numbers.items()]
    title = _("Refusals year by year")
    return Chart(title, lines, markers=notes, id="chart-story")

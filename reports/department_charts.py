"""Charts of the department's page: what happened stands on them, rates told from before never join a counted line."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.charts import Chart, Marker, Point, Series
from core.figures import add_months
from reports.department import Board
from reports.periods import SHORTLY
from reports.registry import FIGURES
from retention.enums import AnnotationKind

CHANGES = frozenset({AnnotationKind.DEPARTMENT, AnnotationKind.RULES, AnnotationKind.SCRIPT, AnnotationKind.PRICE})
LINES = (("repeat_order_share", 3), ("average_check", 1), ("churn_rate", 5))


def charts(board: Board) -> list[Chart]:
    return [refusals(board), flows(board), *(_line(board, key, tone) for key, tone in LINES)]


def markers(board: Board) -> list[Marker]:
    """A number at its month; the list beside the charts says what each number was."""
    return board.marks(board.month)


def with_sequels(board: Board) -> list[Marker]:
    """Beside each change the month two later, in which renewals show what it brought."""
    found: dict[str, list[str]] = {}
    for number, event in board.numbered:
        found.setdefault(board.month(event.day), []).append(str(number))
        if event.kind in CHANGES:
            found.setdefault(board.month(add_months(event.day, SHORTLY)), []).append(
                _("%(number)s + 2 months") % {"number": number}
            )
    return [Marker(label, ", ".join(texts)) for label, texts in found.items()]


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
    return Chart(title, lines, markers=with_sequels(board), description=description, id="chart-refusals")


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

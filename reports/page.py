"""What the page of figures shows: tiles and charts made of the same answers that programs get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.charts import Chart, Marker, Point, Series, Sparkline
from core.figures import Counted, Definition, Figure, Period, Text, Unit, add_months
from reports import queries
from reports.forms import PageForm
from reports.periods import LONGEST, previous_period, shown_months
from reports.registry import FIGURES
from reports.wording import Links, Wording, fraction, month_label, title_of, tone, trend_title

GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        gettext_lazy("Who stays"),
        (
            "refusal_rate",
            "renewal_rate",
            "retention_rate",
            "churn_rate",
            "active_clients",
            "grr",
            "nrr",
            "renewal_gross",
            "renewal_net",
            "stop_30d_rate",
            "campaign_stop_30d",
        ),
    ),
    (
        gettext_lazy("What they buy"),
        (
            "repeat_contact_rate",
            "repeat_order_share",
            "repeat_revenue",
            "average_check",
            "median_check",
            "revenue",
            "repeat_client_rate",
            "orders_per_client",
            "first_repeat_90d",
            "ltv_average",
        ),
    ),
    (gettext_lazy("What they say"), ("csat10", "nps", "csat5", "csat_top2", "ces", "noted_calls")),
)
CHARTS: tuple[tuple[Text, tuple[tuple[str, int], ...], str], ...] = (
    (gettext_lazy("Renewals and refusals"), (("renewal_rate", 2), ("refusal_rate", 5)), "line"),
    (gettext_lazy("Retention and churn"), (("retention_rate", 2), ("churn_rate", 5)), "line"),
    (gettext_lazy("Average check"), (("average_check", 1),), "line"),
    (gettext_lazy("Share of repeat orders"), (("repeat_order_share", 1),), "line"),
    (gettext_lazy("Revenue"), (("revenue", 1),), "bar"),
    (gettext_lazy("Active clients"), (("active_clients", 3),), "bar"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    key: str
    title: Text
    meaning: Text
    value: str
    fraction: str
    note: str
    change: str
    tone: str
    trend: Sparkline
    numerator_url: str
    denominator_url: str


@dataclass(frozen=True, slots=True)
class Answers:
    period: Period
    now: Mapping[str, Figure]
    before: Mapping[str, Figure]
    months: Sequence[tuple[Period, Mapping[str, Figure]]]


def answers(view: queries.View) -> Answers:
    """The months and the period asked for at once, and the median."""
    asked = view.asked
    [period] = asked.periods
    months, before = shown_months(period), previous_period(period)
    every = dict.fromkeys((*months, period, before))
    counted = {one.period: one for one in queries.sums(asked.about(*every), source=view.source)}
    now = queries.with_median(asked, counted[period], source=view.source)
    return Answers(
        period, _all(now), _all(counted[before]), [(month, _all(counted[month])) for month in months[-LONGEST:]]
    )


OPTIONAL = frozenset({"csat5", "csat_top2", "ces", "noted_calls", "campaign_stop_30d"})
TO_DATE = frozenset({"ltv_average"})  # not of the period: of everything so far
SHOWN = tuple(key for _title, keys in GROUPS for key in keys)


def _all(counted: Counted) -> dict[str, Figure]:
    return {key: queries.figure(key, counted) for key in SHOWN}


class KpiPage:
    """Tiles, charts and links of one answer."""

    def __init__(self, found: Answers, form: PageForm, *, started: date | None) -> None:
        self.found, self.form, self.started = found, form, started
        self.words = Wording(form.mode)
        kept = {name: value for name, value in form.data.items() if name not in {"from", "to", "side"}}
        self.links = Links(kept)
        self.labels = [month_label(month.start) for month, _figures in found.months]

    @property
    def is_empty(self) -> bool:
        """Nothing happened within the period: no tile would say anything."""
        return _says_nothing(self.found.now)

    @property
    def has_months(self) -> bool:
        return not all(_says_nothing(figures) for _month, figures in self.found.months)

    @property
    def groups(self) -> list[tuple[Text, list[Tile]]]:
        return [(title, [self._tile(FIGURES[key]) for key in keys if self._is_asked(key)]) for title, keys in GROUPS]

    def _is_asked(self, key: str) -> bool:
        """A scale that nobody is asked on, a kind of event that nobody records: no tile for nothing."""
        return key not in OPTIONAL or any(figures[key].numerator for _month, figures in self.found.months)

    @property
    def charts(self) -> list[Chart]:
        return [self._chart(title, lines, kind) for title, lines, kind in CHARTS]

    def _tile(self, definition: Definition) -> Tile:
        key, now, before = definition.key, self.found.now[definition.key], self.found.before[definition.key]
        title = title_of(key)
        values = [figures[key].value for _month, figures in self.found.months]
        change = self.words.change(now.unit, now.value, before.value)
        return Tile(
            key=key,
            title=title,
            meaning=str(definition.meaning),
            value=self.words.value(now.unit, now.value),
            fraction=fraction(now),
            note=_("to date") if key in TO_DATE else self._note(now),
            change=change,
            tone=tone(definition, now.value, before.value) if change else "neutral",
            trend=Sparkline(values, trend_title(key)),
            numerator_url=self.links.who(key, self.found.period),
            denominator_url=self.links.who(key, self.found.period, "denominator"),
        )

    def _note(self, figure: Figure) -> str:
        share = figure.extras.get("share_9")
        beside = "" if share is None else _("9–10: %(share)s") % {"share": self.words.value(Unit.SHARE, share)}
        return self.words.note(figure) or beside

    def _chart(self, title: Text, lines: Sequence[tuple[str, int]], kind: str) -> Chart:
        series = [
            Series(str(FIGURES[key].title), self._points(key), tone=tone, unit=self.words.chart_unit(FIGURES[key].unit))
            for key, tone in lines
        ]
        markers = []
        if self.started:
            markers = [Marker(month_label(self.started), _("department started"))]
        young = [
            label
            for label, (_month, figures) in zip(self.labels, self.found.months, strict=True)
            if figures[lines[0][0]].pending
        ]
        description = _("Not matured: %(months)s") % {"months": ", ".join(young)} if young else ""
        return Chart(title, series, kind=kind, markers=markers, description=description, id=f"chart-{lines[0][0]}")

    def _points(self, key: str) -> list[Point]:
        points = []
        for label, (month, figures) in zip(self.labels, self.found.months, strict=True):
            figure = figures[key]
            note = ", ".join(filter(None, (fraction(figure), self._note(figure))))
            url = self.links.who(key, month)
            points.append(Point(label, figure.value, url, note))
        return points


def _says_nothing(figures: Mapping[str, Figure]) -> bool:
    """What does not depend on the period says nothing about it."""
    return all(
        not figure.denominator or (figure.unit is not Unit.SHARE and not figure.value)
        for key, figure in figures.items()
        if key not in TO_DATE
    )


def heat(count: int | None, size: int) -> int | None:
    """Ten shades: the share of a cohort in steps of ten per cent."""
    return None if count is None or not size else min(10, -(-count * 10 // size))


def cohort_rows(found: Sequence[queries.Cohort], words: Wording, *, url: str, tail: str) -> list[dict[str, Any]]:
    """``url`` is that of who is in a cell, ``tail`` the rest of the question."""
    return [
        {
            "label": date_format(row.month, "b Y"),
            "size": row.size,
            "cells": [
                {
                    "shade": heat(count, row.size),
                    "text": "" if count is None else words.value(Unit.SHARE, count / row.size),
                    "count": count,
                    "url": f"{url}?from={row.month}&to={add_months(row.month, 1)}&month={add_months(row.month, n)}{tail}"
                    if count
                    else "",
                }
                for n, count in enumerate(row.active)
            ],
        }
        for row in found
        if row.size
    ]

"""Periods that pages ask about beside the one that was chosen."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from core.figures import Period, add_months, months_of

SHOWN_MONTHS, LONGEST = 12, 60
YEAR, SHORTLY = 12, 2


def previous_period(period: Period) -> Period:
    """As long as this one and just before it; of whole months, as many months."""
    if period.whole_months:
        return Period(add_months(period.start, -len(months_of(period))), period.start)
    return Period(period.start - (period.end - period.start), period.start)


def a_year_before(period: Period) -> Period:
    """The same days of the year before; whole months stay whole."""
    if period.whole_months:
        return Period(add_months(period.start, -12), add_months(period.end, -12))
    return Period(_year_before(period.start), _year_before(period.end))


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def shown_months(period: Period) -> list[Period]:
    months = months_of(period)[-LONGEST:]
    missing = max(0, SHOWN_MONTHS + 1 - len(months))
    first = add_months(months[0].start, -missing)
    return months_of(Period(first, months[-1].end))


def around(day: date, months: int) -> tuple[Period, Period]:
    """Whole months before the one of the change, and after it; a change on the first day is there from its month on."""
    month = day.replace(day=1)
    first = month if day.day == 1 else add_months(month, 1)
    return Period(add_months(month, -months), month), Period(first, add_months(first, months))


def presets(today: date) -> list[tuple[str, Period]]:
    month = today.replace(day=1)
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return [
        (_("Last month"), Period(add_months(month, -1), month)),
        (_("This month"), Period(month, add_months(month, 1))),
        (_("Last quarter"), Period(add_months(quarter, -3), quarter)),
        (_("12 months"), Period(add_months(month, -12), month)),
        (_("This year"), Period(date(today.year, 1, 1), date(today.year + 1, 1, 1))),
    ]

"""What is thought of a renewal: signs and their points, opinions that differ, terms that are near, money expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import compress
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from retention.enums import Likelihood
from retention.rules.contracts import gap_days

TOUCH_WINDOW = 7  # days within which a planned call of a stage is to be made
LIKELY_FROM, UNLIKELY_UNTIL = 20, -20
TREND_FALL, TREND_GROWTH = Decimal("0.7"), Decimal("1.1")
LONG_SILENCE, SHORT_SILENCE = 45, 14
#: What share of the value is expected where somebody, or the rules, think so.
PROBABILITY = {
    Likelihood.LIKELY: Decimal("0.9"),
    Likelihood.UNSURE: Decimal("0.5"),
    Likelihood.UNLIKELY: Decimal("0.1"),
}


class Facts(NamedTuple):
    """What is known of a client when the signal is computed. A share or a score that is not known is None."""

    score: Decimal | None = None  # latest answer within the year, on a scale of ten
    open_complaints: int = 0
    days_since_contact: int | None = None
    is_frozen: bool = False
    orders_lately: Decimal = Decimal(0)  # net, of the last 180 days
    orders_before: Decimal = Decimal(0)  # net, of the 180 days before those
    answered_calls: int = 0  # of the last 90 days
    refused_calls: int = 0
    owner_changed: bool = False  # within 90 days
    previous_late: bool = False  # the contract itself began later than the one before it ended
    renewed_before: int = 0
    has_offer: bool = False
    is_agreed: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    code: str
    points: int
    text: str | Promise


SIGNS: dict[str, Sign] = {
    sign.code: sign
    for sign in (
        Sign("agreed", 30, _("agreed in words")),
        Sign("offer", 10, _("terms have been offered")),
        Sign("high_score", 20, _("the last score is high")),
        Sign("low_score", -30, _("the last score is low")),
        Sign("complaint", -25, _("a complaint is open")),
        Sign("frozen", -35, _("the project stands still")),
        Sign("in_touch", 10, _("in touch within two weeks")),
        Sign("silent", -15, _("no contact for a month and a half")),
        Sign("orders_grow", 15, _("orders grow")),
        Sign("orders_fall", -20, _("orders fall by a third or more")),
        Sign("answers_calls", 10, _("answers calls")),
        Sign("refuses_calls", -15, _("refuses to talk")),
        Sign("owner_changed", -10, _("the manager has changed lately")),
        Sign("late_before", -10, _("was renewed late the last time")),
        Sign("loyal", 15, _("has renewed before")),
    )
}


@dataclass(frozen=True, slots=True)
class Signal:
    points: int
    signs: tuple[str, ...]
    likelihood: Likelihood


def signal(facts: Facts, *, low: int, high: int) -> Signal:
    """The sum of the points of the signs that speak; ``low`` and ``high`` are the company's own bounds of a score."""
    return _added_up(_speaking(facts, low=low, high=high))


@lru_cache(maxsize=4096)
def _added_up(speaking: tuple[bool, ...]) -> Signal:
    """Thousands of clients share a few hundred answers."""
    found = tuple(compress(SIGNS, speaking))
    points = sum(SIGNS[code].points for code in found)
    return Signal(points=points, signs=found, likelihood=likelihood_of(points))


def _speaking(facts: Facts, *, low: int, high: int) -> tuple[bool, ...]:
    """Of each of ``SIGNS``, in their order."""
    silence, before, lately = facts.days_since_contact, facts.orders_before, facts.orders_lately
    return (
        facts.is_agreed,
        facts.has_offer and not facts.is_agreed,
        facts.score is not None and facts.score >= high,
        facts.score is not None and facts.score <= low,
        facts.open_complaints > 0,
        facts.is_frozen,
        silence is not None and silence <= SHORT_SILENCE,
        silence is None or silence > LONG_SILENCE,
        before > 0 and lately >= before * TREND_GROWTH,
        before > 0 and lately <= before * TREND_FALL,
        facts.answered_calls > facts.refused_calls,
        facts.refused_calls > 0 and facts.refused_calls >= facts.answered_calls,
        facts.owner_changed,
        facts.previous_late,
        facts.renewed_before > 0,
    )


def likelihood_of(points: int) -> Likelihood:
    if points >= LIKELY_FROM:
        return Likelihood.LIKELY
    return Likelihood.UNLIKELY if points <= UNLIKELY_UNTIL else Likelihood.UNSURE


def disagree(signal: str, opinion: str) -> bool:
    """One says that the client stays and the other that he leaves; doubt disagrees with nobody."""
    return {signal, opinion} == {Likelihood.LIKELY.value, Likelihood.UNLIKELY.value}


def must_decide(*, due_on: date, decide_days: int, today: date) -> bool:
    """So near the end waiting is no opinion any more."""
    return due_on - timedelta(days=decide_days) <= today


TERMS = ("later", "90", "60", "30", "overdue")


def term_days(term: str, *, today: date) -> tuple[date | None, date | None]:
    """First and last end that belong to the column; open sides are None."""
    bounds = {"later": (91, None), "90": (61, 90), "60": (31, 60), "30": (0, 30), "overdue": (None, -1)}
    first, last = bounds[term]
    return (
        None if first is None else today + timedelta(days=first),
        None if last is None else today + timedelta(days=last),
    )


def given_away(*, discount: Decimal, change: Decimal | None) -> Decimal:
    """Per cent that an authority is measured by: what was said, or what a month costs less, whichever is more.

    ``change`` is that of a month against the present contract, −0.2 for a fifth less, None where nothing is paid now.
    It counts in whole per cent: a term that is a few days off its months is no discount.
    """
    fall = Decimal(0) if change is None else (-change * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return max(discount, fall)


def within_authority(discount: Decimal, limit: Decimal | None) -> bool:
    return limit is None or discount <= limit


def timing(*, due_on: date, next_start: date, early: int, grace: int) -> str:
    """``replaced``, ``early``, ``on_time``, ``late`` or ``too_late``, as the figures read the dates."""
    gap = gap_days(due_on, next_start)
    if gap < -early:
        return "replaced"
    if gap < 0:
        return "early"
    if gap == 0:
        return "on_time"
    return "late" if gap <= grace else "too_late"


def movement(*, old: Decimal, new: Decimal) -> str:
    """By monthly value, to the kopeck."""
    cent = Decimal("0.01")
    before, after = old.quantize(cent), new.quantize(cent)
    return "up" if after > before else "down" if after < before else "flat"


def months_ahead(first: date, months: int) -> Sequence[date]:
    """First days of so many months beginning with that of ``first``."""
    start = first.year * 12 + first.month - 1
    return [date((start + step) // 12, (start + step) % 12 + 1, 1) for step in range(months)]

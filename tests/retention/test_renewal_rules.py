from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from retention.enums import Likelihood
from retention.models import RenewalOffer
from retention.rules import renewals as rules
from retention.rules.renewals import SIGNS, Facts, signal
from work.enums import TouchKind
from work.rules import script_code

TODAY = date(2026, 11, 16)
QUIET = Facts(days_since_contact=30)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_agreed": True, "has_offer": True}, "agreed"),
        ({"has_offer": True}, "offer"),
        ({"score": Decimal(9)}, "high_score"),
        ({"score": Decimal(6)}, "low_score"),
        ({"open_complaints": 1}, "complaint"),
        ({"is_frozen": True}, "frozen"),
        ({"days_since_contact": 14}, "in_touch"),
        ({"days_since_contact": 46}, "silent"),
        ({"days_since_contact": None}, "silent"),
        ({"orders_before": Decimal(100), "orders_lately": Decimal(110)}, "orders_grow"),
        ({"orders_before": Decimal(100), "orders_lately": Decimal(70)}, "orders_fall"),
        ({"answered_calls": 2, "refused_calls": 1}, "answers_calls"),
        ({"answered_calls": 1, "refused_calls": 1}, "refuses_calls"),
        ({"owner_changed": True}, "owner_changed"),
        ({"previous_late": True}, "late_before"),
        ({"renewed_before": 1}, "loyal"),
    ],
)
def test_sign_speaks_of_its_fact(change: dict[str, object], code: str) -> None:
    found = signal(QUIET._replace(**change), low=6, high=9)  # type: ignore[arg-type]
    assert (found.signs, found.points) == ((code,), SIGNS[code].points)


def test_facts_between_the_bounds_say_nothing() -> None:
    facts = QUIET._replace(score=Decimal("7.5"), orders_before=Decimal(100), orders_lately=Decimal(100))
    assert signal(facts, low=6, high=9) == rules.Signal(0, (), Likelihood.UNSURE)


@pytest.mark.parametrize(
    ("points", "word"),
    [(20, Likelihood.LIKELY), (19, Likelihood.UNSURE), (-19, Likelihood.UNSURE), (-20, Likelihood.UNLIKELY)],
)
def test_points_become_a_word(points: int, word: Likelihood) -> None:
    assert rules.likelihood_of(points) == word


@pytest.mark.parametrize(
    ("signal_", "opinion", "differs"),
    [("likely", "unlikely", True), ("unlikely", "likely", True), ("likely", "unsure", False), ("likely", "", False),
     ("likely", "likely", False)],
)  # fmt: skip
def test_only_opposites_disagree(signal_: str, opinion: str, *, differs: bool) -> None:
    assert rules.disagree(signal_, opinion) is differs


@pytest.mark.parametrize(("left", "due"), [(31, False), (30, True), (29, True), (-5, True)])
def test_waiting_is_no_opinion_from_thirty_days_on(left: int, *, due: bool) -> None:
    assert rules.must_decide(due_on=TODAY + timedelta(days=left), decide_days=30, today=TODAY) is due


@pytest.mark.parametrize(
    ("left", "term"),
    [(91, "later"), (90, "90"), (61, "90"), (60, "60"), (31, "60"), (30, "30"), (0, "30"), (-1, "overdue")],
)
def test_each_day_belongs_to_one_column(left: int, term: str) -> None:
    day = TODAY + timedelta(days=left)
    inside = []
    for name in rules.TERMS:
        first, last = rules.term_days(name, today=TODAY)
        if (first is None or first <= day) and (last is None or day <= last):
            inside.append(name)
    assert inside == [term]


@pytest.mark.parametrize(
    ("days", "word"),
    [(-61, "replaced"), (-60, "early"), (-1, "early"), (0, "on_time"), (1, "late"), (30, "late"), (31, "too_late")],
)
def test_timing_follows_the_dates(days: int, word: str) -> None:
    start = TODAY + timedelta(days=days + 1)
    assert rules.timing(due_on=TODAY, next_start=start, early=60, grace=30) == word


@pytest.mark.parametrize(("new", "word"), [("100.004", "flat"), ("100.01", "up"), ("99.99", "down")])
def test_movement_is_by_the_kopeck(new: str, word: str) -> None:
    assert rules.movement(old=Decimal(100), new=Decimal(new)) == word


@pytest.mark.parametrize(
    ("said", "change", "given"),
    [
        ("5", "-0.05", "5"),
        ("0", "-0.5", "50"),  # half the price with "0 %" typed
        ("7.5", "-0.02", "7.5"),
        ("0", "0.25", "0"),  # dearer is no discount
        ("5", "-0.0524", "5"),  # eleven months and 29 days are a year to anybody
        ("5", "-0.055", "6"),
        ("5", None, "5"),  # nothing is paid now
    ],
)
def test_what_is_given_away_is_what_was_said_or_what_the_price_says(said: str, change: str | None, given: str) -> None:
    price = None if change is None else Decimal(change)
    assert rules.given_away(discount=Decimal(said), change=price) == Decimal(given)


def test_authority_may_be_without_a_limit() -> None:
    assert rules.within_authority(Decimal(50), None)
    assert rules.within_authority(Decimal(5), Decimal(5))
    assert not rules.within_authority(Decimal("5.01"), Decimal(5))


def test_months_ahead_cross_the_year() -> None:
    assert rules.months_ahead(date(2026, 11, 16), 3) == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("kind", "rule", "code"),
    [
        (TouchKind.RENEWAL, "renewal:5:90", "renewal-90"),
        (TouchKind.RENEWAL, "renewal:5:45", "renewal-30"),
        (TouchKind.RENEWAL, "renewal:5:until:2026-12-01:62", "renewal-60"),
        (TouchKind.RENEWAL, None, "renewal-30"),
        (TouchKind.FOLLOW_UP, "follow_up:order:90", "follow_up"),
    ],
)
def test_renewal_call_has_the_script_of_its_stage(kind: str, rule: str | None, code: str) -> None:
    assert script_code(kind, rule) == code


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("0", "без скидки"),
        ("0.00", "без скидки"),
        ("7.50", "скидка 7,5\u00a0%"),
        ("10.00", "скидка 10\u00a0%"),
        ("100", "скидка 100\u00a0%"),
        ("0.25", "скидка 0,25\u00a0%"),
    ],
)
def test_a_discount_is_told_with_the_places_that_it_has(given: str, words: str) -> None:
    assert RenewalOffer(discount=Decimal(given)).discount_words.replace(" %", "\u00a0%") == words

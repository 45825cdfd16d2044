from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from retention.rules import contracts as rules
from retention.rules.contracts import Agreement, Span
from tests.retention.second_reading import DueStatus, due_status, is_nested, next_span

PLAIN: frozenset[int] = frozenset()
ADS, SEO = frozenset({1}), frozenset({2})


@pytest.mark.parametrize(
    ("starts", "ends", "months"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), Decimal(12)),
        (date(2026, 1, 21), date(2027, 1, 20), Decimal(12)),
        (date(2026, 1, 31), date(2026, 2, 27), Decimal(1)),
        (date(2024, 1, 31), date(2024, 2, 28), Decimal(1)),
        (date(2024, 2, 29), date(2025, 2, 27), Decimal(12)),
        (date(2026, 1, 5), date(2026, 1, 19), Decimal(15) / Decimal("30.4375")),
        (date(2026, 1, 1), date(2026, 1, 1), Decimal(1) / Decimal("30.4375")),
    ],
)
def test_term_in_whole_months_or_days(starts: date, ends: date, months: Decimal) -> None:
    assert rules.term_in_months(starts, ends) == months


@pytest.mark.parametrize(
    ("ends", "terminated", "end"),
    [
        (date(2026, 2, 28), date(2025, 11, 14), date(2025, 11, 14)),
        (date(2026, 2, 28), date(2026, 5, 1), date(2026, 2, 28)),
        (None, date(2026, 5, 1), date(2026, 5, 1)),
        (None, None, None),
    ],
)
def test_contract_end_is_the_earlier_day(ends: date | None, terminated: date | None, end: date | None) -> None:
    assert rules.contract_end(ends_on=ends, terminated_on=terminated) == end


def test_monthly_value_of_an_open_ended_contract_is_a_twelfth() -> None:
    assert rules.monthly_value(amount=Decimal(1200), starts_on=date(2026, 1, 1), ends_on=None) == 100


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(PLAIN, ADS, True), (ADS, PLAIN, True), (ADS, ADS | SEO, True), (ADS, SEO, False)],
)
def test_in_line_by_products(one: frozenset[int], other: frozenset[int], *, expected: bool) -> None:
    assert rules.in_line(one, other) is expected


@pytest.mark.parametrize(
    ("next_start", "as_of", "status"),
    [
        (date(2025, 11, 1), date(2026, 4, 15), DueStatus.REPLACED),  # gap −61
        (date(2025, 11, 2), date(2026, 4, 15), DueStatus.RENEWED),  # gap −60
        (date(2026, 1, 1), date(2025, 12, 1), DueStatus.RENEWED),  # signed ahead
        (date(2026, 1, 2), date(2026, 4, 15), DueStatus.LATE),
        (date(2026, 1, 31), date(2026, 4, 15), DueStatus.LATE),  # gap 30
        (date(2026, 2, 1), date(2026, 4, 15), DueStatus.REFUSED),  # gap 31
        (date(2026, 2, 1), date(2026, 1, 30), DueStatus.PENDING),
        (None, date(2026, 1, 30), DueStatus.PENDING),
        (None, date(2026, 1, 31), DueStatus.REFUSED),
    ],
)
def test_due_status_by_gap(next_start: date | None, as_of: date, status: DueStatus) -> None:
    assert due_status(end=date(2025, 12, 31), next_start=next_start, as_of=as_of, grace=30, early=60) is status


def test_matured_after_the_grace_of_the_last_day() -> None:
    last = date(2025, 12, 31)
    assert not rules.is_matured(last_due=last, as_of=date(2026, 1, 30), grace=30)
    assert rules.is_matured(last_due=last, as_of=date(2026, 1, 31), grace=30)


def test_bounds_of_a_young_month() -> None:
    assert rules.bounds(renewed=1, pending=2, due=4) == (0.25, 0.75)
    assert rules.bounds(renewed=0, pending=0, due=0) is None


def test_spans_prolong_from_the_first_day_after_the_end() -> None:
    agreement = Agreement(date(2025, 12, 31), date(2026, 1, 30), Decimal(100), prolongation_months=1)
    assert [(s.start, s.end) for s in rules.spans(agreement, today=date(2026, 3, 30))] == [
        (date(2025, 12, 31), date(2026, 1, 30)),
        (date(2026, 1, 31), date(2026, 2, 27)),
        (date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 3, 31), date(2026, 4, 29)),
    ]


def test_spans_stop_at_termination_once_it_is_a_fact() -> None:
    agreement = Agreement(
        date(2025, 1, 1), date(2025, 12, 31), Decimal(1200), terminated_on=date(2026, 6, 30), prolongation_months=12
    )
    assert [s.end for s in rules.spans(agreement, today=date(2026, 6, 29))] == [date(2025, 12, 31), date(2026, 12, 31)]
    assert [s.end for s in rules.spans(agreement, today=date(2026, 6, 30))] == [date(2025, 12, 31), date(2026, 6, 30)]
    exact = Agreement(date(2025, 1, 1), date(2025, 12, 31), terminated_on=date(2025, 12, 31), prolongation_months=12)
    assert len(rules.spans(exact, today=date(2026, 6, 30))) == 1


def test_open_ended_is_one_span() -> None:
    assert rules.spans(Agreement(date(2025, 1, 1), None), today=date(2026, 1, 1)) == [Span(date(2025, 1, 1), None)]


def test_next_span_ends_later_and_is_known() -> None:
    first = Span(date(2025, 1, 1), date(2025, 12, 31))
    inside = Span(date(2025, 3, 1), date(2025, 5, 31))
    following = Span(date(2026, 1, 10), None, known_on=date(2026, 1, 5))
    others = [first, inside, following]
    assert next_span(first, others, known_by=date(2026, 1, 5)) == following
    assert next_span(first, others, known_by=date(2026, 1, 4)) is None
    assert next_span(following, others, known_by=date(2026, 1, 5)) is None
    assert [is_nested(span, others) for span in others] == [False, True, False]


def test_counted_value_replaces_in_line_and_adds_out_of_line() -> None:
    old = Span(date(2025, 1, 1), date(2025, 12, 31), Decimal(50), products=ADS)
    new = Span(date(2025, 12, 1), date(2026, 11, 30), Decimal(70), products=ADS)
    aside = Span(date(2025, 6, 1), None, Decimal(30), products=SEO)
    assert rules.counted_value([old, new, aside]) == 100
    assert [span.covers(date(2026, 1, 1)) for span in (old, new, aside)] == [False, True, True]

"""Numbers worked out by hand or taken from the literature: Newcombe 1998, table II, case (a): 56/70 and 48/80."""

from __future__ import annotations

from datetime import date

import pytest

from core.intervals import Interval
from reports import rules
from reports.rules import Plan, Spread, Verdict


def test_newcombe_as_published() -> None:
    assert rules.newcombe(48, 80, 56, 70) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    low, high = rules.newcombe(56, 70, 48, 80)
    assert (low, high) == pytest.approx((-0.3339, -0.0524), abs=1e-4)


def test_error_of_a_mean_is_s_over_root_n() -> None:
    # 2, 4, 6: mean 4, s² = 4, e = √(4/3)
    assert Spread(3, 12, 3, 56, 12, 3).error == pytest.approx((4 / 3) ** 0.5)


def test_error_of_a_ratio_counts_clients() -> None:
    # a = 10, 30; b = 1, 2: R = 40/3; residuals −10/3, 10/3; √(2/1 · 200/9)/3 = 2.2222
    assert Spread(2, 40, 3, 1000, 70, 5).error == pytest.approx(20 / 9)
    assert Spread(1, 10, 1, 100, 10, 1).error is None
    assert Spread(3, 0, 0, 0, 0, 0).error is None


def test_difference_of_means() -> None:
    assert rules.apart(10, 3, 4) == pytest.approx((10 - 9.79982, 10 + 9.79982))


@pytest.mark.parametrize(
    ("interval", "cases", "known", "said"),
    [
        ((0.05, 0.33), (70, 80), True, Verdict.MOVED),
        ((0.05, 0.33), (70, 29), True, Verdict.FEW),
        ((-0.01, 0.33), (70, 80), True, Verdict.NOISE),
        ((-0.4, 0.0), (70, 80), True, Verdict.NOISE),
        (None, (70, 80), True, Verdict.UNMEASURED),
        (None, (0, 80), False, Verdict.NOTHING),
    ],
)
def test_verdict(interval: Interval | None, cases: tuple[float, float], *, known: bool, said: Verdict) -> None:
    assert rules.verdict(interval, cases=cases, known=known) == said


def test_relative_change_of_nought_is_unknown() -> None:
    assert rules.relative(0.5, 0.15) == pytest.approx(-0.7)
    assert rules.relative(0, 0.15) is None
    assert rules.relative(None, 0.15) is None
    assert rules.relative(0.5, None) is None


def test_corridor_is_left_on_either_side() -> None:
    assert rules.limit_left(0.2, low=None, high=0.15) == 0.15
    assert rules.limit_left(0.15, low=None, high=0.15) is None
    assert rules.limit_left(0.8, low=0.85, high=None) == 0.85
    assert rules.limit_left(0.9, low=0.85, high=None) is None
    assert rules.limit_left(None, low=0.85, high=None) is None


def test_scores_dropped_needs_half_a_point_and_enough_answers() -> None:
    asked = {"latest": 8.0, "latest_answers": 3, "earlier": 8.5, "earlier_answers": 5}
    assert rules.scores_dropped(**asked)  # type: ignore[arg-type]
    for change in ({"latest": 8.01}, {"latest_answers": 2}, {"earlier_answers": 4}):
        assert not rules.scores_dropped(**{**asked, **change})  # type: ignore[arg-type]


def test_the_plan_of_the_month_goes_before_the_standing_one() -> None:
    march = date(2026, 3, 1)
    standing, monthly = Plan(1, "refusal_rate", None, None, 0.15), Plan(2, "refusal_rate", None, march, 0.2)
    own = Plan(3, "refusal_rate", 7, None, 0.1)
    plans = [monthly, standing, own]
    assert rules.plan_for(plans, "refusal_rate", manager=None, month=march) == monthly
    assert rules.plan_for(plans, "refusal_rate", manager=None, month=date(2026, 4, 1)) == standing
    assert rules.plan_for(plans, "refusal_rate", manager=7, month=march) == own
    assert rules.plan_for(plans, "refusal_rate", manager=8, month=march) is None
    assert rules.plan_for(plans, "churn_rate", manager=None, month=None) is None


def test_refusals_with_winbacks_inside() -> None:
    # 45 of 90 refused; ten others came back: 45 of 100
    assert rules.with_winbacks(refused=45, decided=90, winbacks=10) == 0.45
    assert rules.with_winbacks(refused=0, decided=0, winbacks=0) is None


def test_a_plan_of_several_months_asks_by_how_much_there_is_to_divide_by() -> None:
    assert rules.mean_level([0.7, 0.4, None], [5, 1, 9]) == pytest.approx(0.65)
    assert rules.mean_level([0.7, 0.4], [0, 0]) == pytest.approx(0.55)
    assert rules.mean_level([None], [3]) is None

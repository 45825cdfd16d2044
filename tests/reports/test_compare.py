"""Two periods: values, differences, intervals, warnings."""

from __future__ import annotations

import io
from dataclasses import astuple
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
import time_machine
from django.utils.timezone import now

from core import formats
from core.figures import Counted, Period, Question, Segment, Unit, ratio
from reports import compare, queries, services
from reports.enums import ViewPage
from reports.models import SavedView
from reports.periods import around
from reports.registry import FIGURES
from reports.rules import Spread, Verdict
from reports.shelf import Event
from reports.spreads import RATIOS
from reports.statements import ROWS, STORED, Source
from retention.enums import AnnotationKind
from staff.enums import Role
from tests.factories import make_user
from tests.reports.test_views import DECEMBER, enter
from tests.reports.worked_example import MOSCOW, build

pytestmark = pytest.mark.django_db
PAGE = "/reports/compare/"
ASKED = {**DECEMBER, "before_from": "2025-11-01", "before_to": "2025-12-01"}


def rows_of(asked: dict[str, str]) -> dict[str, Any]:
    return {row.key: row for row in enter(make_user(Role.HEAD)).get(PAGE, asked).context["rows"]}


def test_both_values_points_and_per_cent() -> None:
    build()
    row = rows_of(ASKED)["refusal_rate"]
    assert row.numbers[:2] == (1.0, 0.4)
    assert (row.difference, row.relative) == ("−60,0 п.п.", "−60,0\u00a0%")
    assert row.verdict in {Verdict.NOISE, Verdict.FEW}
    assert row.advice
    assert "from=2025-11-01&to=2025-12-01" in row.before_url


def test_means_have_the_interval_of_their_clients() -> None:
    # January by clients: A 3000 of 2 orders, H 2000 of 2, D 800 of 1; R = 1160
    build()
    row = rows_of({"from": "2026-01-01", "to": "2026-02-01", "before_from": "2026-01-01", "before_to": "2026-02-01"})
    low, high = row["average_check"].numbers[2]
    residuals = [(a - 1160 * b) ** 2 for a, b in ((3000, 2), (2000, 2), (800, 1))]
    error = (3 / 2 * sum(residuals)) ** 0.5 / 5
    assert (low, high) == pytest.approx((-1.959964 * 2**0.5 * error, 1.959964 * 2**0.5 * error))
    assert row["revenue"].verdict == Verdict.UNMEASURED


@pytest.mark.parametrize("first", ["2025-12-01", "2025-12-15"])
def test_facts_and_source_rows_tell_the_same_intervals(first: str) -> None:
    """Facts stand by month: a part of one is counted from rows."""
    build()
    asked = {"from": "2026-01-01", "to": "2026-02-01", "before_from": first, "before_to": "2026-01-01"}
    from_rows = {key: row.numbers for key, row in rows_of(asked).items()}
    services.rebuild_facts(now=now())
    from_facts = {key: row.numbers for key, row in rows_of(asked).items()}
    assert from_rows.keys() == from_facts.keys()
    for key, (one, two, interval) in from_rows.items():
        assert from_facts[key][:2] == (one, two), key
        assert from_facts[key][2] == (pytest.approx(interval) if interval else None), key


@pytest.mark.parametrize("source", [ROWS, STORED])
def test_ratios_of_the_same_rows_are_told_apart_as_each_alone(source: Source) -> None:
    build()
    with time_machine.travel(datetime(2026, 4, 15, 12, tzinfo=MOSCOW), tick=False):
        services.rebuild_facts(now=now())
        asked = queries.question(Period(date(2026, 1, 1), date(2026, 4, 1)), Period(date(2026, 2, 1), date(2026, 3, 1)))
        ratios = tuple(RATIOS.values())
        together = queries.spread(asked, ratios, source=source)
        alone = [
            (number, *rest)
            for number, ratio in enumerate(ratios)
            for _first, *rest in queries.spread(asked, (ratio,), source=source)
        ]
    assert sorted(together) == [(*row[:3], *map(pytest.approx, row[3:])) for row in sorted(alone)]
    of_quarter = {number: row for number, period, *row in together if period == 1}
    keys = list(RATIOS)
    assert of_quarter[keys.index("grr")][1:3] == [930, 1150]
    assert of_quarter[keys.index("nrr")][1:3] == [950, 1150]


def test_the_interval_needs_both_sides() -> None:
    share, none = ratio(Unit.SHARE, 1, 2), ratio(Unit.SHARE, 0, 0)
    assert compare.interval_of("churn_rate", Unit.SHARE, share, none, (None, None)) is None
    assert compare.interval_of("churn_rate", Unit.SHARE, share, share, (None, None)) is not None
    one = Spread(1, 1, 1, 1, 1, 1)
    assert compare.interval_of("average_check", Unit.MONEY, share, share, (one, one)) is None
    assert compare.interval_of("average_check", Unit.MONEY, share, share, (None, one)) is None
    points = ratio(Unit.POINTS, 10, 2, extras={"half_width": 3.0})
    low, high = compare.interval_of("nps", Unit.POINTS, points, points, (None, None)) or (0, 0)
    assert (low, high) == pytest.approx((-(18**0.5), 18**0.5))
    assert compare.interval_of("revenue", Unit.MONEY, share, share, (None, None)) is None


def test_periods_around_a_change() -> None:
    before, after = around(date(2021, 3, 1), 2)
    assert (before, after) == (
        Period(date(2021, 1, 1), date(2021, 3, 1)),
        Period(date(2021, 3, 1), date(2021, 5, 1)),
    )
    assert around(date(2021, 3, 2), 2)[1] == Period(date(2021, 4, 1), date(2021, 6, 1))


def test_presets_offer_the_department_and_what_happened() -> None:
    event = Event(1, date(2021, 3, 1), AnnotationKind.RULES, "Сопровождение снова для всех")
    found = compare.presets(today=date(2026, 4, 15), started=date(2019, 1, 1), events=[event])
    assert [one.before.start for one in found] == [
        date(2026, 2, 1),
        date(2025, 3, 1),
        date(2018, 1, 1),
        date(2021, 1, 1),
    ]
    assert len(compare.presets(today=date(2026, 4, 15), started=None, events=[])) == 2


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"before_from": "2025-11-01"}, 400),
        ({"before_from": "2025-11-01", "before_to": "2025-10-01"}, 400),
        ({"before_from": "1900-01-01", "before_to": "2025-10-01"}, 400),
        ({"before_from": "soon"}, 400),
        ({"manager": "nobody"}, 400),
        ({"before_from": "2025-11-01", "before_last": "2025-11-30"}, 302),
        ({"last": "2025-11-30", "from": "2025-11-01"}, 302),
        ({}, 200),
    ],
)
def test_wrong_periods_are_explained(asked: dict[str, str], status: int) -> None:
    answer = enter(make_user(Role.HEAD)).get(PAGE, asked)
    assert answer.status_code == status
    if "before_last" in asked:
        assert "before_to=2025-12-01" in answer["Location"]


@pytest.mark.parametrize("views", [1, 3])
def test_the_page_asks_a_constant_number_of_queries(django_assert_num_queries: Any, views: int) -> None:
    build()
    services.rebuild_facts(now=now())
    head = make_user(Role.HEAD)
    for number in range(views):
        SavedView.objects.create(owner=head, page=ViewPage.COMPARE, name=str(number))
    visitor = enter(head)
    visitor.get(PAGE)
    with django_assert_num_queries(9):
        assert visitor.get(PAGE).status_code == 200


def test_a_young_month_says_what_it_can_still_become() -> None:
    build()
    asked = {"from": "2025-12-01", "to": "2026-01-01", "as_of": "2026-01-15"}
    visitor = enter(make_user(Role.HEAD))
    [row] = [one for one in visitor.get(PAGE, asked).context["rows"] if one.key == "refusal_rate"]
    assert "не созрело: от " in row.after_of
    assert "не созрело" not in row.before_of
    assert "не созрело: от " in visitor.get(row.after_url + "&as_of=2026-01-15").content.decode()


def test_the_file_tells_the_numbers_of_the_page() -> None:
    build()
    visitor = enter(make_user(Role.HEAD))
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{PAGE}compare.xlsx", ASKED).content))
    values = {row[0]: (row[1], row[3]) for row in book.active.iter_rows(values_only=True)}
    differences = {row[0].value: (row[5], row[6]) for row in book.active.iter_rows() if len(row) > 6}
    for row in visitor.get(PAGE, ASKED).context["rows"]:
        one, two, _interval = row.numbers
        if one is not None and two is not None:
            difference, relative = differences[str(row.title)]
            is_share = FIGURES[row.key].unit is Unit.SHARE
            assert difference.value == pytest.approx((two - one) * (100 if is_share else 1))
            assert ("п.п." in difference.number_format) == is_share
            assert (relative.value or 0) == (pytest.approx(two / one - 1) if row.relative else 0)
        assert values[str(row.title)] == (
            "—" if one is None else pytest.approx(one),
            "—" if two is None else pytest.approx(two),
        )
    assert visitor.get(f"{PAGE}compare.pdf", ASKED).content[:5] == b"%PDF-"
    assert visitor.get(f"{PAGE}compare.pdf", {"from": "soon"}).status_code == 302


@pytest.mark.parametrize("segment", [Segment(), Segment(tier="B"), Segment(manager=1), Segment(tier="B", region=1)])
def test_spreads_of_months_come_from_the_cube_and_of_longer_periods_from_rows(segment: Segment) -> None:
    clients = build()
    if segment.manager:
        segment = Segment(manager=clients["A"].assignments.get().user_id)
    with time_machine.travel(datetime(2026, 4, 15, 12, tzinfo=MOSCOW), tick=False):
        services.rebuild_facts(now=now())
        months = [Period(date(2025, 12, 1), date(2026, 1, 1)), Period(date(2026, 1, 1), date(2026, 2, 1))]
        asked = queries.question(*months, Period(date(2026, 1, 1), date(2026, 4, 1)), segment=segment)
        kept, rows = (compare.spreads(asked, source) for source in (STORED, ROWS))
    assert kept.keys() == rows.keys()
    for key, one in kept.items():
        assert astuple(one) == pytest.approx(astuple(rows[key])), key


def test_a_share_of_money_has_the_interval_of_its_clients() -> None:
    # January by clients, repeat of all: A 2000 of 3000, H 800 of 2000, D 0 of 800; roubles are no cases
    build()
    row = rows_of({"from": "2026-01-01", "to": "2026-02-01", "before_from": "2026-01-01", "before_to": "2026-02-01"})
    low, high = row["repeat_revenue"].numbers[2]
    share = 2800 / 5800
    residuals = [(a - share * b) ** 2 for a, b in ((2000, 3000), (800, 2000), (0, 800))]
    error = (3 / 2 * sum(residuals)) ** 0.5 / 5800
    assert (low, high) == pytest.approx((-1.959964 * 2**0.5 * error, 1.959964 * 2**0.5 * error))


def test_every_mean_and_every_share_of_money_is_judged_by_its_clients() -> None:
    means = {key for key, one in FIGURES.items() if one.unit is Unit.SCORE}
    of_money = {"repeat_revenue", "renewal_gross", "renewal_net", "grr", "nrr"}
    assert means | of_money <= set(RATIOS)


@pytest.mark.parametrize(
    ("key", "before", "after", "tone"),
    [
        ("refusal_rate", 60, 10, "good"),
        ("refusal_rate", 10, 60, "bad"),
        ("renewal_rate", 10, 60, "good"),
        ("renewal_rate", 60, 10, "bad"),
        ("renewal_rate", 60, 61, "neutral"),
    ],
)
def test_what_moved_is_told_as_good_or_bad_news(
    key: str, before: int, after: int, tone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    year_ago, now_ = Period(date(2025, 1, 1), date(2025, 2, 1)), Period(date(2026, 1, 1), date(2026, 2, 1))
    renewed = {year_ago: before, now_: after}
    if key == "refusal_rate":
        renewed = {period: 100 - refused for period, refused in renewed.items()}

    def sums(asked: Question, **_options: Any) -> list[Counted]:
        return [Counted(one, asked.today, asked.norms, {"due": 100, "renewed": renewed[one]}) for one in asked.periods]

    monkeypatch.setattr(queries, "sums", sums)
    view = queries.View(queries.question(year_ago, now_), ROWS)
    [row] = [one for one in compare.compare(view, mode=formats.PERCENT, filters={}) if one.key == key]
    assert row.tone == tone


def test_where_nothing_has_happened_yet_no_table_of_dashes_is_drawn() -> None:
    visitor = enter(make_user(Role.HEAD))
    answer = visitor.get(PAGE)
    assert answer.context["nothing"] is True
    assert "Сравнивать пока нечего" in answer.content.decode()
    assert visitor.get(f"{PAGE}compare.xlsx").status_code == 200
    build()
    assert visitor.get(PAGE, ASKED).context["nothing"] is False

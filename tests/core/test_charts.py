from __future__ import annotations

import re

import pytest
from django.template import Context, Template

from core.charts import Chart, Marker, Point, Series, Sparkline, Unit, make_scale, nice_step


def series(*values: float | None, name: str = "Факт", unit: Unit = Unit.COUNT, **more: object) -> Series:
    points = [Point(f"м{index}", value) for index, value in enumerate(values)]
    return Series(name, points, unit=unit, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("span", "step"), [(100, 25), (85, 25), (8, 2), (10, 2.5), (1, 0.25), (0.07, 0.02), (1_450_000, 500_000), (21, 10)]
)
def test_nice_step_is_round_and_gives_at_most_four(span: float, step: float) -> None:
    assert nice_step(span) == pytest.approx(step)
    assert span / nice_step(span) <= 4


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([], (0, 0.25, 0.5, 0.75, 1)),
        ([0, 0], (0, 0.25, 0.5, 0.75, 1)),
        ([3, 8], (0, 2, 4, 6, 8)),
        ([-40, 60], (-50, -25, 0, 25, 50, 75)),
        ([-3, -1], (-3, -2, -1, 0)),
    ],
)
def test_scale_holds_zero_and_every_value(values: list[float], ticks: tuple[float, ...]) -> None:
    scale = make_scale(values)

    assert scale.ticks == pytest.approx(ticks)
    assert scale.low <= min([0, *values])
    assert scale.high >= max([0, *values])


def test_scale_of_counts_has_no_halves() -> None:
    assert make_scale([2], whole=True).ticks == (0, 1, 2)


def test_scale_of_shares_stops_at_one() -> None:
    assert make_scale([0.5, 0.98], ceiling=1).high == 1
    assert make_scale([1.2], ceiling=1).high > 1.2


def test_height_grows_downwards_from_the_top_margin() -> None:
    scale = make_scale([100])

    assert scale.height(100, 220) == 10
    assert scale.height(0, 220) == 220


def test_chart_refuses_two_scales() -> None:
    with pytest.raises(ValueError, match="one scale"):
        Chart("x", [series(1), series(0.5, unit=Unit.SHARE)])


def test_chart_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(ValueError, match="needs a series"):
        Chart("x", [])
    with pytest.raises(ValueError, match="no such chart"):
        Chart("x", [series(1)], kind="pie")
    with pytest.raises(ValueError, match="share their labels"):
        Chart("x", [series(1), series(1, 2)])


def test_missing_value_is_a_gap_not_a_zero() -> None:
    drawn = Chart("x", [series(1, 2, None, 3, 4, None, 5)]).drawn[0]

    assert [line.count(",") for line in drawn.lines] == [2, 2]
    assert len(drawn.areas) == 2
    assert len(drawn.marks) == 5


def test_bars_of_several_series_stand_side_by_side() -> None:
    left, right = Chart("x", [series(4, None), series(2, 3)], kind="bar").drawn

    assert (len(left.marks), len(right.marks)) == (1, 2)
    assert float(left.marks[0].x) + float(left.marks[0].width) <= float(right.marks[0].x)


def test_negative_bar_hangs_from_zero() -> None:
    up, down = Chart("x", [series(10, -10)], kind="bar").drawn[0].marks

    assert float(up.y) + float(up.height) == pytest.approx(float(down.y))


def test_marker_of_an_unknown_label_is_left_out() -> None:
    chart = Chart("x", [series(1, 2, 3)], markers=[Marker("м2", "отдел"), Marker("нет", "нет")])

    assert [(note.text, note.css) for note in chart.notes] == [("отдел", "is-late")]


def test_long_axis_shows_twelve_labels_at_most_and_fewer_on_a_phone() -> None:
    labels = Chart("x", [series(*range(60))]).across

    assert len(labels) == 12
    assert sum(not label.css for label in labels) <= 6


def test_dashed_plan_is_painted_before_the_fact() -> None:
    chart = Chart("x", [series(1, 2), series(1, 1, name="План", dashed=True, tone=0)])

    assert [drawn.name for drawn in chart.painted] == ["План", "Факт"]


@pytest.mark.parametrize(
    ("unit", "value", "full", "tick"),
    [
        (Unit.COUNT, 1240, "1\xa0240", "1\xa0240"),
        (Unit.SHARE, 0.854, "85,4\xa0%", "85,4\xa0%"),
        (Unit.SHARE, 0.25, "25,0\xa0%", "25\xa0%"),
        (Unit.COEFFICIENT, 0.854, "0,854", "0,854"),
        (Unit.MONEY, 1_500_000, "1\xa0500\xa0000\xa0₽", "1,5\xa0млн"),
        (Unit.MONEY, 500, "500\xa0₽", "500"),
        (Unit.SCORE, 8.25, "8,2", "8,25"),
    ],
)
def test_unit_reads_in_full_and_short(unit: Unit, value: float, full: str, tick: str) -> None:
    assert unit.text(value) == full
    assert unit.tick(value) == tick


def drawn_html(chart: Chart) -> str:
    return Template("{% load charts %}{% chart figure %}").render(Context({"figure": chart}))


@pytest.mark.parametrize("kind", ["line", "bar"])
def test_chart_is_safe_accessible_and_without_style(kind: str) -> None:
    points = [Point("<b>янв", 0.5, url="/a?x=1&y=2", note="3 из 6"), Point("фев", None)]
    chart = Chart("Доля <script>", [Series("Факт", points, unit=Unit.SHARE)], kind=kind)

    html = drawn_html(chart)

    assert "<script>" not in html
    assert "<b>" not in html
    assert "style=" not in html
    assert 'href="/a?x=1&amp;y=2"' in html
    assert 'aria-label="&lt;b&gt;янв: 50,0\xa0% (3 из 6)"' in html
    assert '<td class="num">—</td>' in html


def test_coordinates_keep_the_point_in_a_language_of_commas() -> None:
    html = drawn_html(Chart("x", [series(1.5, 2.25, unit=Unit.SCORE)]))

    for points in re.findall(r'<polyline[^>]* points="([^"]*)"', html.replace("\n", " ")):
        pairs = points.split()
        assert all(re.fullmatch(r"[0-9.]+,[0-9.]+", pair) for pair in pairs)


def test_empty_chart_says_so() -> None:
    assert "<svg" not in drawn_html(Chart("x", [series(None, None)])).split("chart-data")[0]


def test_sparkline_breaks_at_gaps_and_needs_two_values() -> None:
    assert len(Sparkline([1, 2, None, 4, 5], "растёт").lines) == 2
    assert Sparkline([1, None], "одно").lines == ()
    assert len(Sparkline([3, 3, 3], "ровно").lines) == 1

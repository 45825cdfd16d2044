"""Charts on paper: one drawing with everything in it, whatever the names are."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from core.chart_picture import COLOURS, WIDTH, picture
from core.charts import Chart, Marker, Point, Series, Unit

SVG = "{http://www.w3.org/2000/svg}"


def series(*values: float | None, name: str = "Факт", tone: int = 1, dashed: bool = False) -> Series:
    return Series(name, [Point(f"м{n}", value) for n, value in enumerate(values)], tone=tone, dashed=dashed)


def drawn(chart: Chart) -> ET.Element:
    return ET.fromstring(picture(chart))  # noqa: S314 - our own drawing


def texts(chart: Chart) -> list[str]:
    return [str(one.text) for one in drawn(chart).iter(f"{SVG}text")]


def test_a_line_is_drawn_with_its_points_its_scale_and_its_labels() -> None:
    chart = Chart("Выручка", [series(10, None, 30, 40)])
    root = drawn(chart)
    [line] = root.iter(f"{SVG}polyline")
    [area] = root.iter(f"{SVG}polygon")
    assert {line.get("stroke"), area.get("fill")} == {COLOURS[1]}
    assert len((line.get("points") or "").split()) == 2
    assert len(list(root.iter(f"{SVG}circle"))) == 3
    assert texts(chart) == ["0", "10", "20", "30", "40", "м0", "м1", "м2", "м3"]


def test_every_shape_lies_within_the_drawing() -> None:
    root = drawn(Chart("Пришли и ушли", [series(3, -2, 5, name="пришли"), series(1, 1, 1, name="ушли")], kind="bar"))
    bars = list(root.iter(f"{SVG}rect"))
    assert len(bars) == 6
    for bar in bars:
        left, wide, top, high = (float(bar.get(name) or 0) for name in ("x", "width", "y", "height"))
        assert 0 < left < left + wide <= WIDTH
        assert 0 <= top <= top + high <= float(root.get("height") or 0)


def test_several_series_have_a_legend_and_a_plan_is_dashed_without_points() -> None:
    chart = Chart("Отказы", [series(1, 2, name="отказы", tone=5), series(2, 2, name="план", tone=0, dashed=True)])
    plan, fact = drawn(chart).iter(f"{SVG}polyline")
    assert (plan.get("stroke"), bool(plan.get("stroke-dasharray"))) == (COLOURS[0], True)
    assert (fact.get("stroke"), fact.get("stroke-dasharray")) == (COLOURS[5], None)
    assert texts(chart)[:2] == ["отказы", "план"]
    assert len(list(drawn(chart).iter(f"{SVG}circle"))) == 2


def test_a_long_legend_takes_another_row() -> None:
    names = [f"Очень длинное название ряда номер {number}" for number in range(4)]
    chart = Chart("Ряды", [series(1, 2, name=name) for name in names])
    short = Chart("Ряды", [series(1, 2, name=str(number)) for number in range(4)])
    assert float(drawn(chart).get("height") or 0) > float(drawn(short).get("height") or 0)


def test_what_happened_stands_at_its_place_on_the_side_that_has_room() -> None:
    chart = Chart("Чек", [series(*range(1, 11))], markers=[Marker("м1", "1"), Marker("м9", "2")])
    notes = {one.text: one.get("text-anchor") for one in drawn(chart).iter(f"{SVG}text") if one.get("font-weight")}
    assert notes == {"1": "start", "2": "end"}


def test_labels_that_have_no_room_are_left_out() -> None:
    points = [Point(f"очень длинный месяц {number}", number) for number in range(12)]
    assert len([text for text in texts(Chart("Чек", [Series("Факт", points)])) if text.startswith("очень")]) < 12


@pytest.mark.parametrize("name", ['<script>&"', "a]]>b"])
def test_names_are_words_and_never_markup(name: str) -> None:
    chart = Chart("Чек", [series(1, 2, name=name), series(2, 3, name="план")])
    assert texts(chart)[0] == name


@pytest.mark.parametrize("sign", ["\x0b", "\x1f", "\ufffe"])
def test_signs_that_no_drawing_may_hold_are_blanks(sign: str) -> None:
    chart = Chart("Чек", [series(1, 2, name=f"Анна{sign}Белова"), series(2, 3, name="план")])
    assert texts(chart)[0] == "Анна Белова"


def test_a_mean_of_counts_keeps_its_places() -> None:
    assert [Unit.COUNT.text(value) for value in (None, 2, 2.0, 1.375)] == ["—", "2", "2", "1,38"]

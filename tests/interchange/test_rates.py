"""Figures from before the system come in with a file, as the company tells them, and go out the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from interchange import cells
from interchange.cells import CellError
from interchange.exports import csv_lines
from interchange.services import undo_import
from retention.models import HistoricalRate
from tests.interchange.conftest import NOW, Load, counts, issues

pytestmark = pytest.mark.django_db
RATES = (
    "metric,month,value,source\n"
    'refusal_rate,2018-12,50,годовой отчёт\nrefusal_rate,12.2021,"35,5 %",с возвращёнными\n'
    'stop_30d_rate,2020-06-15,0.4%,\naverage_check,2019-01,"1 250,50",\nnps,2020-01,-12.5,опрос\n'
)
KEPT = [
    ("average_check", date(2019, 1, 1), Decimal("1250.5"), ""),
    ("nps", date(2020, 1, 1), Decimal("-12.5"), "опрос"),
    ("refusal_rate", date(2018, 12, 1), Decimal("0.5"), "годовой отчёт"),
    ("refusal_rate", date(2021, 12, 1), Decimal("0.355"), "с возвращёнными"),
    ("stop_30d_rate", date(2020, 6, 1), Decimal("0.004"), ""),
]


def kept() -> list[tuple[str, date, Decimal, str]]:
    return list(HistoricalRate.objects.order_by("metric", "month").values_list("metric", "month", "value", "note"))


def test_rates_come_in_as_people_write_them_and_go_out_the_same(load: Load, tmp_path: Path) -> None:
    run = load(rates=RATES)

    assert counts(run, "rates") == (5, 0, 0, 0)
    assert kept() == KEPT
    out = "".join(csv_lines("rates"))
    assert "refusal_rate,2021-12,35.5%,с возвращёнными\n" in out
    assert counts(load(rates=out), "rates") == (0, 0, 5, 0)
    assert "".join(csv_lines("rates")) == out


def test_figure_and_month_are_the_key(load: Load) -> None:
    load(rates=RATES)
    run = load(rates="metric,month,value\nrefusal_rate,2018-12,52\nrefusal_rate,2018-12,53\n")

    assert counts(run, "rates") == (0, 1, 0, 1)
    row = HistoricalRate.objects.get(month=date(2018, 12, 1))
    assert (row.value, row.note) == (Decimal("0.52"), "годовой отчёт")


def test_what_may_be_a_coefficient_is_asked_back(load: Load) -> None:
    run = load(
        rates=(
            "metric,month,value\nrefusal_rate,2018-12,0.35\nrefusal_rate,2019-12,-3\naverage_check,2019-12,5%\n"
            "speed,2019-12,5\nrefusal_rate,2018,50\nrefusal_rate,2999-01,50\nnps,2019-12,many\n"
        )
    )

    assert counts(run, "rates") == (0, 0, 0, 7)
    found = {(line, column) for _kind, line, column, _reason in issues(run)}
    assert found == {(2, "value"), (3, "value"), (4, "value"), (5, "metric"), (6, "month"), (7, "month"), (8, "value")}
    assert not HistoricalRate.objects.exists()


def test_an_import_of_rates_is_undone(load: Load) -> None:
    load(rates="metric,month,value\nrefusal_rate,2018-12,40\n")
    run = load(rates=RATES)
    undo_import(run=run, now=NOW)

    assert kept() == [("refusal_rate", date(2018, 12, 1), Decimal("0.4"), "")]


@pytest.mark.parametrize(
    ("cell", "month"), [("2018-3", "2018-03-01"), ("03.2018", "2018-03-01"), ("31.03.2018", "2018-03-01")]
)
def test_a_month_is_read(cell: str, month: str) -> None:
    assert cells.month(cell) == month


@pytest.mark.parametrize("cell", ["2018-13", "0.2018", "март", "2018"])
def test_what_is_no_month(cell: str) -> None:
    with pytest.raises(CellError):
        cells.month(cell)


@pytest.mark.parametrize(("cell", "value"), [("−12,50", "-12.5"), ("'-3", "-3"), ("1 000", "1000"), ("0,40 %", "0.4%")])
def test_a_told_value_is_read(cell: str, value: str) -> None:
    assert cells.told(cell) == value


@pytest.mark.parametrize("cell", ["inf", "1.23456", "1e15", "%"])
def test_what_is_no_told_value(cell: str) -> None:
    with pytest.raises(CellError):
        cells.told(cell)

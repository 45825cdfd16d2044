from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from interchange import cells
from interchange.cells import CellError

MOSCOW = cells.moment(ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(
    ("parse", "cell", "expected"),
    [
        (cells.money, "1 250,50", "1250.50"),
        (cells.money, "1\u00a0250.5", "1250.50"),
        (cells.money, "0", "0.00"),
        (cells.day, "2026-01-31", "2026-01-31"),
        (cells.day, "31.01.2026", "2026-01-31"),
        (cells.day, "1.2.2026", "2026-02-01"),
        (cells.day, "2026-01-31T00:00:00", "2026-01-31"),
        (MOSCOW, "2026-01-31T14:30", "2026-01-31T14:30:00+03:00"),
        (MOSCOW, "2026-01-31 14:30:05", "2026-01-31T14:30:05+03:00"),
        (MOSCOW, "31.01.2026 9:05", "2026-01-31T09:05:00+03:00"),
        (MOSCOW, "31.01.2026", "2026-01-31T00:00:00+03:00"),
        (MOSCOW, "2026-01-31T14:30:00+07:00", "2026-01-31T14:30:00+07:00"),
        (MOSCOW, "2026-01-31T14:30:00Z", "2026-01-31T14:30:00+00:00"),
        (cells.yes_no, "Да", "true"),
        (cells.yes_no, "no", "false"),
        (cells.tier, "а", "A"),
        (cells.tier, "С", "C"),
        (cells.integer(0, 10), " 7 ", "7"),
        (cells.score, "4,8", "4.8"),
        (cells.codes, "b; a ;;b", "a;b"),
        (cells.email, "max@example.test", "max@example.test"),
        (cells.time_zone, "Asia/Tomsk", "Asia/Tomsk"),
        (cells.line_text(10), "'=1+1", "=1+1"),
        (cells.choice({"legal"}, "legal"), "LEGAL", "legal"),
    ],
)
def test_cell_is_read(parse: cells.Parser, cell: str, expected: str) -> None:
    assert parse(cell) == expected


@pytest.mark.parametrize(
    ("parse", "cell"),
    [
        (cells.money, "много"),
        (cells.money, "-1"),
        (cells.money, "NaN"),
        (cells.money, "1.005"),
        (cells.money, "1e12"),
        (cells.day, "31.02.2026"),
        (cells.day, "2026-13-01"),
        (cells.day, "2026-01-31T10:00"),
        (cells.day, "31.12.9999"),
        (cells.day, "0026-01-31"),
        (MOSCOW, "вчера"),
        (MOSCOW, "0001-01-01"),
        (cells.yes_no, "maybe"),
        (cells.tier, "D"),
        (cells.integer(0, 10), "11"),
        (cells.integer(0, 10), "x"),
        (cells.score, "11"),
        (cells.score, "x"),
        (cells.score, "1.234"),
        (cells.email, "max@"),
        (cells.email, f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.test"),
        (cells.time_zone, "Mars/Base"),
        (cells.time_zone, "../etc/passwd"),
        (cells.line_text(3), "four"),
        (cells.line_text(30), cells.FORMULA),
        (cells.codes, cells.FORMULA),
        (cells.choice({"legal"}, "legal"), "alien"),
    ],
)
def test_cell_is_refused(parse: cells.Parser, cell: str) -> None:
    with pytest.raises(CellError):
        parse(cell)


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3+cmd", "+cmd", "\tx", "'=1", "plain", "", "a=b"]
)
def test_escaped_cell_comes_back_unchanged(text: str) -> None:
    assert cells.unescape_cell(cells.escape_cell(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "@x", "+cmd", "-x", "\tx"])
def test_cell_that_a_spreadsheet_would_run_is_escaped(text: str) -> None:
    assert cells.escape_cell(text) == f"'{text}"


def test_phone_numbers_are_left_readable() -> None:
    assert cells.escape_cell("+79130000000;+79130000001") == "+79130000000;+79130000001"

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from interchange import readers
from interchange.cells import FORMULA
from interchange.readers import FileError, open_rows


def _read(path: Path) -> list[tuple[int, list[str]]]:
    with open_rows(path) as rows:
        return [(number, list(row)) for number, row in rows]


def _file(folder: Path, content: bytes, name: str = "clients.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_encoding_and_delimiter_are_detected(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f"name{delimiter}region\r\nООО «Ёлка»{delimiter}Томск\r\n"

    assert _read(_file(tmp_path, text.encode(encoding))) == [(1, ["name", "region"]), (2, ["ООО «Ёлка»", "Томск"])]


def test_line_numbers_count_lines_inside_quotes(tmp_path: Path) -> None:
    assert [number for number, _row in _read(_file(tmp_path, b'a\n"1\n2"\n3\n'))] == [1, 2, 4]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        "name\nЁ".encode("utf-16"),
        b"name\n\x00\x01",
        b"PK\x03\x04rest",
        bytes(range(128, 256)),
        "name\nтекст".encode("koi8-r") + b"\x98\x98",
        b'a\n"broken',
    ],
)
def test_unreadable_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileError):
        _read(_file(tmp_path, content))


def test_text_broken_late_in_a_large_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        _read(_file(tmp_path, b"name\n" + b"x\n" * 600_000 + "текст".encode() + b"\xff\x98"))


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        _read(_file(tmp_path, b"x", "clients.pdf"))


def test_file_that_vanished_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        _read(tmp_path / "clients.csv")


def _workbook(folder: Path, *rows: Sequence[object]) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(folder / "clients.xlsx")
    return folder / "clients.xlsx"


def test_workbook_cells_become_text(tmp_path: Path) -> None:
    path = _workbook(
        tmp_path,
        ["a"],
        [None, True, False, 5.0, 1000.1 + 0.2, datetime(2026, 1, 31), datetime(2026, 1, 31, 14, 30), time(9, 5)],
    )

    assert _read(path)[1] == (2, ["", "yes", "no", "5", "1000.3", "2026-01-31", "2026-01-31T14:30:00", "09:05:00"])


def test_workbook_date_becomes_iso() -> None:
    assert readers._cell_text(date(2026, 1, 31)) == "2026-01-31"


def test_formula_is_marked(tmp_path: Path) -> None:
    assert _read(_workbook(tmp_path, ["a"], ["=1+1"]))[1] == (2, [FORMULA])


def test_all_rows_are_read_though_the_stated_dimension_is_wrong(tmp_path: Path) -> None:
    path = _workbook(tmp_path, *[[f"c-{number}", "x"] for number in range(2_000)])
    lying = tmp_path / "lying.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(lying, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b'<dimension ref="A1:B2000"', b'<dimension ref="A1:B1"')
                assert b'"A1:B1"' in data
            target.writestr(entry, data)

    assert len(_read(lying)) == 2_000


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "clients.xlsx"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as entry,
    ):
        for _ in range(117):
            entry.write(b"0" * 1024**2)

    with pytest.raises(FileError):
        _read(bomb)


def test_workbook_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        _read(_file(tmp_path, b"not a zip", "clients.xlsx"))


def test_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "hello")

    with pytest.raises(FileError):
        _read(_file(tmp_path, stream.getvalue(), "clients.xlsx"))


def test_workbook_with_a_broken_sheet_is_refused(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a"], ["b"])
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            target.writestr(entry, data[:200] if entry.filename.endswith("sheet1.xml") else data)

    with pytest.raises(FileError):
        _read(broken)

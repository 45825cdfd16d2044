"""Files as rows of text. What can't be read is refused with one sentence, before anything is written."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from interchange.cells import FORMULA

#: A workbook may not unpack to more than this, nor by more than this ratio (a bomb packs far tighter).
UNPACKED_LIMIT = 1024**3
RATIO_LIMIT = 200
RATIO_FREE = 50 * 1024**2
CELL_LIMIT = 100_000

Row = tuple[int, Sequence[str]]


class FileError(Exception):
    """The file as a whole can't be taken; the text says why."""


def kind_of(path: Path) -> str:
    return path.name.split(".")[0].lower()


@contextmanager
def open_rows(path: Path) -> Iterator[Iterator[Row]]:
    """Yields numbered rows, the header first. Lines are counted as a spreadsheet shows them."""
    suffix = path.suffix.lower()
    if suffix not in {".csv", ".xlsx"}:
        raise FileError(_("expected a .csv or .xlsx file"))
    try:
        if suffix == ".xlsx":
            yield _xlsx_rows(path)
        else:
            with path.open(encoding=_encoding(path), newline="") as stream:
                yield _csv_rows(stream)
    except OSError as error:
        raise FileError(_("can't be read: %(reason)s") % {"reason": error.strerror}) from error


def _encoding(path: Path) -> str:
    """UTF-8 when the whole file is valid UTF-8, else Windows-1251 when it looks like Russian text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        _refuse_foreign(stream.read(4))
        stream.seek(0)
        try:
            while chunk := stream.read(1 << 20):
                if b"\x00" in chunk:
                    raise FileError(_("this is not a text file"))
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            if _looks_like_cp1251(path):
                return "cp1251"
            raise FileError(_("unknown encoding; save the file as CSV UTF-8 or Windows-1251")) from None
    return "utf-8-sig"


def _refuse_foreign(head: bytes) -> None:
    if not head:
        raise FileError(_("the file is empty"))
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileError(_("the file is in UTF-16; save it as CSV UTF-8 or Windows-1251"))
    if head[:2] == b"PK":
        raise FileError(_("this is a workbook; give it the ending .xlsx"))


def _looks_like_cp1251(path: Path) -> bool:
    """Most bytes above ASCII are Cyrillic letters, «»№ or dashes of that code page."""
    with path.open("rb") as stream:
        high = [byte for byte in stream.read(1 << 20) if byte >= 0x80]
    russian = sum(byte >= 0xC0 or byte in b"\xa8\xb8\xab\xbb\xb9\x96\x97\xa0\x93\x94\x85" for byte in high)
    return bool(high) and 0x98 not in high and russian >= 0.9 * len(high)


def _csv_rows(stream: io.TextIOBase) -> Iterator[Row]:
    header = stream.readline()
    stream.seek(0)
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    last = 0
    try:
        for row in reader:
            yield last + 1, row
            last = reader.line_num
    except csv.Error as error:
        raise FileError(_("line %(line)d is broken: %(reason)s") % {"line": last + 1, "reason": error}) from error
    except UnicodeDecodeError as error:
        raise FileError(_("unknown encoding; save the file as CSV UTF-8 or Windows-1251")) from error


def _xlsx_rows(path: Path) -> Iterator[Row]:
    _refuse_bomb(path)
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl answers a broken workbook with whatever its parser met
        raise FileError(_("the workbook is broken")) from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the stated size may be wrong, and openpyxl would trust it
        for number, row in enumerate(sheet.iter_rows(), start=1):
            yield number, [FORMULA if cell.data_type == "f" else _cell_text(cell.value) for cell in row]
    except Exception as error:  # as above, met halfway
        raise FileError(_("the workbook is broken")) from error
    finally:
        book.close()


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError) as error:
        raise FileError(_("this is not a workbook")) from error
    packed = max(path.stat().st_size, 1)
    if unpacked > UNPACKED_LIMIT or (unpacked > RATIO_FREE and unpacked / packed > RATIO_LIMIT):
        raise FileError(_("the workbook unpacks to too much data"))


def _cell_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return (
                str(int(value)) if value.is_integer() else format(value, ".15g")
            )  # as many digits as a spreadsheet shows: 1000.3, not 1000.3000000000001
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)

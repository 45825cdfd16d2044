"""Cells of interchange files: text in, canonical text for PostgreSQL out. Pure functions.

Each parser gets a stripped, non-empty cell and returns what is copied into the staging table;
``CellError`` carries the sentence that is shown beside the line and the column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.workdays import FIRST_YEAR, LAST_YEAR

Parser = Callable[[str], str]

_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})|(\d{1,2})\.(\d{4})")
_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
_HARMLESS = re.compile(r"[+\-][\d ();+\-]*")


#: What the reader of workbooks puts in place of a formula: no parser accepts it.
FORMULA = "\x00formula"


class CellError(ValueError):
    """The cell can't be read; the text says what is expected."""


def escape_cell(text: str) -> str:
    """Keeps a spreadsheet from running a cell as a formula; plain phone numbers stay as they are."""
    return f"'{text}" if _DANGEROUS.match(text) and not _HARMLESS.fullmatch(text) else text


def unescape_cell(text: str) -> str:
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text) else text


def line_text(most: int) -> Parser:
    """One line of at most ``most`` characters."""

    def parse(cell: str) -> str:
        value = unescape_cell(cell)
        if len(value) > most:
            raise CellError(_("longer than %(most)d characters") % {"most": most})
        if _CONTROL.search(value):
            raise CellError(_("contains control characters"))
        return value

    return parse


def integer(least: int, most: int) -> Parser:
    def parse(cell: str) -> str:
        try:
            value = int(cell.translate(_SPACES))
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise CellError(_("expected a whole number from %(least)d to %(most)d") % {"least": least, "most": most})
        return str(value)

    return parse


def money(cell: str) -> str:
    """Point or comma, spaces allowed, never negative, two decimals."""
    try:
        value = Decimal(cell.translate(_SPACES).replace(",", "."))
    except InvalidOperation:
        raise CellError(_("expected an amount such as 1 250,50")) from None
    if not value.is_finite() or value < 0:
        raise CellError(_("expected an amount that is not negative"))
    if value >= 10**12:
        raise CellError(_("the amount is too large"))
    if value != (rounded := value.quantize(Decimal("0.01"))):
        raise CellError(_("expected at most two decimals"))
    return str(rounded)


def score(cell: str) -> str:
    try:
        value = Decimal(cell.replace(",", "."))
    except InvalidOperation:
        raise CellError(_("expected a number")) from None
    if not value.is_finite() or not 0 <= value <= 10 or value != round(value, 2):
        raise CellError(_("expected a number from 0 to 10"))
    return str(value)


def _russian(cell: str) -> str:
    """``dd.mm.yyyy[ hh:mm]`` as ISO text; anything else unchanged."""
    found = _RUSSIAN_DATE.fullmatch(cell)
    if not found:
        return cell
    day, month, year, clock = found.groups()
    iso = f"{year}-{month:0>2}-{day:0>2}"
    return f"{iso}T{clock:0>5}" if clock else iso


def day(cell: str) -> str:
    try:
        text = date.fromisoformat(cell).isoformat() if len(cell) == 10 else _long_day(cell)
    except ValueError:
        text = _long_day(cell)
    return _in_range(text, int(text[:4]))


def _in_range(text: str, year: int) -> str:
    """Other programs write «no end» as a day of the year 9999: no day of business lies there."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CellError(_("expected a year from 1990 to 2199"))
    return text


def month(cell: str) -> str:
    """``2021-03``, ``03.2021`` or any day of the month; becomes its first day."""
    found = _MONTH.fullmatch(cell)
    if found is None:
        return day(cell)[:8] + "01"
    year, number, number_first, year_last = found.groups()
    return day(f"{year or year_last}-{int(number or number_first):02}-01")


def told(cell: str) -> str:
    """A figure as people tell it, below nought too. A per cent sign stays: it says that a small share is meant so."""
    bare = unescape_cell(cell).translate(_SPACES).replace(",", ".").replace("\u2212", "-")
    try:
        value = Decimal(bare.removesuffix("%"))
    except InvalidOperation:
        raise CellError(_("expected a number")) from None
    if not value.is_finite() or abs(value) >= 10**12 or value != round(value, 4):
        raise CellError(_("expected a number with at most four decimals"))
    return f"{value.normalize():f}{'%' if bare.endswith('%') else ''}"


def _long_day(cell: str) -> str:
    """Rarer spellings: Russian dates, and a spreadsheet's midnight."""
    try:
        value = datetime.fromisoformat(_russian(cell))
    except ValueError:
        raise CellError(_("expected a date such as 2026-01-31 or 31.01.2026")) from None
    if value.time() != datetime.min.time():
        raise CellError(_("expected a date without a time"))
    return value.date().isoformat()


def moment(zone: ZoneInfo) -> Parser:
    """ISO with offset, or company time; a bare date is its midnight."""

    def parse(cell: str) -> str:
        try:
            value = datetime.fromisoformat(cell)
        except ValueError:
            try:
                value = datetime.fromisoformat(_russian(cell))
            except ValueError:
                raise CellError(_("expected a time such as 2026-01-31T14:30 or 31.01.2026 14:30")) from None
        return _in_range((value if value.tzinfo else value.replace(tzinfo=zone)).isoformat(), value.year)

    return parse


def choice(allowed: Container[str], shown: str) -> Parser:
    def parse(cell: str) -> str:
        value = cell.lower()
        if value not in allowed:
            raise CellError(_("expected one of: %(allowed)s") % {"allowed": shown})
        return value

    return parse


def tier(cell: str) -> str:
    value = cell.upper().translate(str.maketrans("АВС", "ABC"))
    if value not in {"A", "B", "C"}:
        raise CellError(_("expected one of: %(allowed)s") % {"allowed": "A, B, C"})
    return value


def yes_no(cell: str) -> str:
    value = cell.lower()
    if value in {"yes", "y", "true", "1", "да", "д"}:
        return "true"
    if value in {"no", "n", "false", "0", "нет", "н"}:
        return "false"
    raise CellError(_("expected yes or no"))


def time_zone(cell: str) -> str:
    try:
        ZoneInfo(cell)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CellError(_("expected a time zone such as Asia/Novosibirsk")) from None
    return cell


def email(cell: str) -> str:
    try:
        validate_email(cell)
    except ValidationError:
        raise CellError(_("expected an e-mail address")) from None
    if len(cell) > 254:
        raise CellError(_("longer than %(most)d characters") % {"most": 254})
    return cell


def codes(cell: str) -> str:
    """Several values separated by ``;``: trimmed, each once, sorted, without empty ones."""
    if _CONTROL.search(cell):
        raise CellError(_("contains control characters"))
    return ";".join(sorted({part.strip() for part in unescape_cell(cell).split(";") if part.strip()}))

"""What a person reads of figures: the tiles of a page and the rows of its XLSX, and how a known number must read there.

The words are put together anew from the titles alone: nothing here asks the product how it writes a number.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from html import unescape
from typing import Any

import openpyxl
from django.conf import settings
from django.test import Client as Visitor

from core.figures import Unit
from reports.registry import FIGURES
from staff.models import User

TILE = re.compile(r'<article class="stat figure-tile.*?</article>', re.DOTALL)
READS = re.compile(r'aria-label="(.*?): (.*?)"\s*>')
STRONG = re.compile(r'<p class="num"><strong>(.*?)</strong>')
#: What stands beside a number whose month is not over for it yet.
YOUNG = re.compile(r"(^|, )(не созрело: .*|ещё не решено: .*|ещё может измениться)$")
Parts = tuple[Fraction, Fraction]  # numerator and denominator


def written(number: float | Fraction, places: int = 0) -> str:
    """«1 240,5»: to the nearest, and of two equally near ones the even."""
    exact = round(Decimal(str(float(number))), places)
    whole, _point, rest = f"{abs(exact):.{places}f}".partition(".")
    groups = re.sub(r"(?<=\d)(?=(\d{3})+$)", "\xa0", whole)
    return ("−" if exact < 0 else "") + groups + (f",{rest}" if rest else "")


def value_of(key: str, parts: Parts) -> Fraction | None:
    above, below = parts
    if key == "median_check":
        return above if below else None
    return above / below if below else None


def as_text(key: str, parts: Parts) -> str:
    value, unit = value_of(key, parts), FIGURES[key].unit
    if value is None:
        return "—"
    if unit is Unit.SHARE:
        return f"{written(Decimal(str(float(value))) * 100, 1)}\xa0%"  # type: ignore[arg-type]
    if unit is Unit.MONEY:
        large = abs(value) >= 1000
        places = 0 if large or value.denominator == 1 else 2
        return f"{written(round(float(value)) if large else value, places)}\xa0₽"
    return written(value, 0 if value.denominator == 1 else 2) if unit is Unit.COUNT else written(value, 1)


def fraction_text(key: str, parts: Parts) -> str:
    above, below = parts
    if not below or (below == 1 and FIGURES[key].unit in {Unit.MONEY, Unit.COUNT}):
        return ""
    match FIGURES[key].unit:
        case Unit.SHARE:
            return f"{written(above)} из {written(below)}"
        case Unit.SCORE | Unit.POINTS:
            return f"ответов: {written(below)}"
    if key == "median_check":
        return f"n = {written(below)}"
    return (
        f"{written(round(above))}\xa0₽ / {written(below)}"
        if FIGURES[key].unit is Unit.MONEY
        else f"{written(above)} / {written(below)}"
    )


@dataclass
class Reader:
    """The head at the screen."""

    visitor: Visitor

    def tiles(self, page: str, start: date, end: date) -> dict[str, tuple[str, str]]:
        """Title → value and fraction, as the page has them."""
        answer = self.visitor.get(f"/reports/{page}/", _days(start, end))
        assert answer.status_code == 200
        found = {}
        for tile in TILE.findall(answer.content.decode()):
            [(title, value)] = READS.findall(tile)
            fraction = STRONG.search(tile)
            found[unescape(title)] = unescape(value), unescape(fraction.group(1)) if fraction else ""
        return found

    def words(self, page: str, start: date, end: date) -> str:
        """All that a page says."""
        return unescape(self.visitor.get(f"/reports/{page}/", _days(start, end)).content.decode())

    def sheet(self, page: str, start: date, end: date, **more: str) -> dict[str, list[Any]]:
        """Title → the row behind it, numbers as numbers. The first row of that name: that of the figures' table."""
        answer = self.visitor.get(f"/reports/{page}/{page}.xlsx", {**_days(start, end), **more})
        assert answer.status_code == 200
        book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
        found: dict[str, list[Any]] = {}
        for name, *row in book.worksheets[0].iter_rows(values_only=True):
            found.setdefault(str(name), row)
        return found


def _days(start: date, end: date) -> dict[str, str]:
    return {"from": start.isoformat(), "to": end.isoformat()}


def reader(user: User) -> Reader:
    visitor = Visitor()
    visitor.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return Reader(visitor)


def page_says(tiles: dict[str, tuple[str, str]], known: dict[str, Parts]) -> None:
    """Every known figure that the page shows reads as it must; answers nothing, so that a wrong one is named."""
    for key, parts in known.items():
        title = str(FIGURES[key].title)
        if title in tiles:
            assert tiles[title] == (as_text(key, parts), fraction_text(key, parts)), key


def sheet_says(rows: dict[str, list[Any]], known: dict[str, Parts], *, place: int = 0) -> None:
    """The exact number in its place of the row, beside it the fraction and whether its month is a young one."""
    for key, parts in known.items():
        if (title := str(FIGURES[key].title)) not in rows:
            continue
        value, fraction = rows[title][place : place + 2]
        expected = value_of(key, parts)
        if expected is None:
            assert value in {"—", None}, key
        else:
            assert abs(Fraction(value) - expected) <= abs(expected) * Fraction(1, 10**12), key
        assert YOUNG.sub("", fraction or "") == fraction_text(key, parts), key

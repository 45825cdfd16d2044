"""Lucide's drawings, out of the archive it ships. Its own tag opens the archive anew for each of them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.options import attribute

#: A page has dozens of icons: what they share stands once, with ``.icon`` in app.css.
_SAID_BY_CSS = re.compile(r' (?:fill="none"|stroke="currentColor"|stroke-(?:width|linecap|linejoin)="[^"]*")')
#: Strokes of one look are one path; each begins where it says, not where the one before it ended.
_STROKES = re.compile(r'<path d="[^"]*" />(?:<path d="[^"]*" />)+')
_BETWEEN = re.compile(r'" /><path d="(?:m(-?\d*\.?\d+)[ ,]?(-?\d*\.?\d+) ?(?=([-.\d]?)))?')


def draw(name: str, size: int, classes: str, key: str = "") -> SafeString:
    return format_html(
        '<svg{3} width={0} height={0} viewBox="0 0 24 24" class={1} aria-hidden=true>{2}</svg>',
        size,
        mark_safe(attribute(classes)),  # noqa: S308 - escaped there
        _lines(name),
        format_html(' id="{}"', key) if key else "",
    )


@cache
def _archive() -> ZipFile:
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


def _lines(name: str) -> SafeString:
    drawing = " ".join(_archive().read(f"{name}.svg").decode().split())
    inner = drawing.partition("> ")[2].removesuffix(" </svg>")
    strokes = _STROKES.sub(_joined, _SAID_BY_CSS.sub("", inner.replace("> <", "><")))
    return mark_safe(strokes.replace(" />", "/>"))  # noqa: S308 - lucide's own markup


def _joined(paths: re.Match[str]) -> str:
    return _BETWEEN.sub(_next, paths[0])


def _next(start: re.Match[str]) -> str:
    """``m`` begins at a place of its own only where nothing stands before it; what follows it stays relative."""
    x, y, line = start.groups()
    return f"M{x} {y}{'l' if line else ''}" if x else ""

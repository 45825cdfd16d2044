"""Lucide's drawings, out of the archive it ships. Its own tag opens the archive anew for each of them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

#: A page has dozens of icons: what they share stands once, with ``.icon`` in app.css.
_SAID_BY_CSS = re.compile(r' (?:fill="none"|stroke="currentColor"|stroke-(?:width|linecap|linejoin)="[^"]*")')


def draw(name: str, size: int, classes: str) -> SafeString:
    return format_html(
        '<svg width="{0}" height="{0}" viewBox="0 0 24 24" class="{1}" aria-hidden="true">{2}</svg>',
        size,
        classes,
        _lines(name),
    )


@cache
def _archive() -> ZipFile:
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


def _lines(name: str) -> SafeString:
    drawing = " ".join(_archive().read(f"{name}.svg").decode().split())
    inner = drawing.partition("> ")[2].removesuffix(" </svg>")
    return mark_safe(_SAID_BY_CSS.sub("", inner.replace("> <", "><")))  # noqa: S308 - lucide's own markup

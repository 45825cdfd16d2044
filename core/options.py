"""The options of a select box. Django's own renders a template for each; these lists are long and on every page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


def options(
    choices: Iterable[tuple[Any, Any]],
    chosen: Any,
    empty: str,
    groups: Iterable[tuple[Any, Iterable[tuple[Any, Any]]]] = (),
) -> SafeString:
    """``empty`` is what no choice is called; ``groups`` stand under their names behind the rest."""
    wanted = str(chosen or "")
    drawn = _drawn((("", empty), *_said(choices)), wanted)
    for name, rows in groups:
        drawn += format_html('<optgroup label="{}">{}', name, _drawn(_said(rows), wanted))
    return drawn


def _said(choices: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), str(name)) for value, name in choices)


def attribute(value: str) -> str:
    """Quotes only where they are needed: the lists are long."""
    return value if value.isalnum() else f'"{escape(value)}"'


@lru_cache(maxsize=256)
def _drawn(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    rows = [
        f"<option value={attribute(value)}{' selected' if value == chosen else ''}>{escape(name)}"
        for value, name in choices
    ]
    return mark_safe("".join(rows))  # noqa: S308 - escaped piece by piece

"""The options of a select box. Django's own renders a template for each; these lists are long and on every page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe


def options(choices: Iterable[tuple[Any, Any]], chosen: Any, empty: str) -> SafeString:
    """``empty`` is what no choice is called."""
    return _drawn(tuple((str(value), str(name)) for value, name in [("", empty), *choices]), str(chosen or ""))


def _attribute(value: str) -> str:
    """Quotes only where they are needed: the lists are long."""
    return value if value.isalnum() else f'"{escape(value)}"'


@lru_cache(maxsize=256)
def _drawn(choices: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    rows = [
        f"<option value={_attribute(value)}{' selected' if value == chosen else ''}>{escape(name)}"
        for value, name in choices
    ]
    return mark_safe("".join(rows))  # noqa: S308 - escaped piece by piece

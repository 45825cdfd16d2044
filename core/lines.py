"""Lines of a list put together as text: dozens of them are most of a page, and a template takes three times as long.

End tags and quotes that HTML lets one leave out are left out. What people have written is escaped where it is put in.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from core.options import attribute


def heads(*labels: str) -> tuple[str, ...]:
    """The names of columns as their cells carry them: on a phone each stands before its value."""
    return tuple(f" data-label={attribute(label)}" for label in labels)


def root(view: str) -> str:
    """What stands before the number in the addresses of ``view``, which end with it."""
    return reverse(view, args=[0]).removesuffix("0/")


def drawn(lines: Iterable[str]) -> SafeString:
    """Escaped piece by piece already."""
    return mark_safe("".join(lines))  # noqa: S308

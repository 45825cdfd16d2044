"""Lines of a list put together as text: dozens of them are most of a page, and a template takes three times as long.

End tags and quotes that HTML lets one leave out are left out. What people have written is escaped where it is put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from core.icons import draw
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


def faint(text: str) -> str:
    return f"<span class=muted>{escape(text)}</span>"


def cut(text: str, most: int) -> str:
    return escape(text if len(text) <= most else Truncator(text).chars(most))


def symbols(names: Mapping[str, str]) -> SafeString:
    """Drawings by the marks that ``marked`` and ``mark`` name, once for a whole page instead of in each of its lines."""
    drawings = "".join(
        f'<symbol id=mark-{name} viewBox="0 0 24 24">{draw(drawing, 24, "").partition(">")[2].removesuffix("</svg>")}</symbol>'
        for name, drawing in names.items()
    )
    return mark_safe(f'<svg width="0" height="0" class="visually-hidden" aria-hidden="true">{drawings}</svg>')  # noqa: S308 - lucide's own markup


def mark(name: str, size: int = 14) -> str:
    return f"<svg width={size} height={size} class=icon aria-hidden=true><use href=#mark-{name} /></svg>"


def marked(name: str, tone: str, text: str, title: str = "") -> str:
    """A badge with a mark, whose size the style of badges tells."""
    hint = f' title="{escape(title)}"' if title else ""
    drawing = f"<svg class=icon aria-hidden=true><use href=#mark-{name} /></svg>"
    return f'<span class="tag tag-{tone}"{hint}>{drawing}{escape(text)}</span>'

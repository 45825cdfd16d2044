"""The lines of the client list. Fifty of them are most of the page: put together here at a third of a template's cost.

End tags and quotes that HTML lets one leave out are left out, labels of cells that explain themselves and looks that go by
the column, too: thousands of bytes of a page that is opened all day.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from desk.client_list import Row

register = template.Library()


@register.simple_tag
def client_lines(rows: Iterable[Row]) -> SafeString:
    """Every value is escaped here; ``marks`` are badges, which are markup already."""
    labels = (_("Last order"), _("Orders in a year"), _("Sum in a year"), _("Contract until"), _("Next contact"))
    heads = [f' data-label="{escape(label)}"' for label in labels]
    return mark_safe("".join(_line(row, heads) for row in rows))  # noqa: S308 - escaped piece by piece


def _line(row: Row, heads: list[str]) -> str:
    last, orders, bought, until, touch = heads
    return (
        f"<tr><td class=cell-main><a href=/clients/{row.id}/>{escape(row.name)}</a>{row.marks}"
        f"<small>{escape(row.under)}</small><td><b{_look(row.tier_tone)}>{escape(row.tier)}</b>"
        f"<td><span class=person><i class=hue-{row.hue} aria-hidden=true>{escape(row.initials)}</i>"
        f"{escape(row.owner)}</span>"
        f"{_cell(last, row.last_order)}{_cell(orders, row.orders)}{_cell(bought, row.bought)}"
        f"{_cell(until, row.until, _ink(row.until_tone))}{_cell(touch, row.touch, _ink(row.touch_tone))}"
    )


def _look(tone: str) -> str:
    """A badge by its column; the usual one says nothing more."""
    return "" if tone == "neutral" else f" class=tag-{tone}"


def _ink(tone: str) -> str:
    return f"ink-{tone}" if tone else ""


def _cell(label: str, value: str, css: str = "") -> str:
    """An empty cell needs neither its label on a phone nor a look."""
    if not value:
        return "<td>"
    look = f" class={css}" if css else ""
    return f"<td{label}{look}>{escape(value)}"

"""``{% chart figure %}`` and ``{% sparkline line %}``: values of core.charts become SVG."""

from __future__ import annotations

from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from core.charts import Chart, Mark, Sparkline

register = template.Library()


@register.inclusion_tag("components/chart.html")
def chart(figure: Chart) -> dict[str, Any]:
    return {"chart": figure}


@register.inclusion_tag("components/sparkline.html")
def sparkline(line: Sparkline) -> dict[str, Any]:
    return {"line": line}


@register.simple_tag
def chart_marks(marks: tuple[Mark, ...], kind: str) -> SafeString:
    """The points or bars of a series. A page of figures has hundreds, so they are not left to a template each."""
    return mark_safe("".join(_mark(mark, kind) for mark in marks))  # noqa: S308 - escaped piece by piece


def _mark(mark: Mark, kind: str) -> str:
    tip = escape(mark.tip)
    if kind == "bar":
        drawn = (
            f'<rect x="{mark.x}%" y="{mark.y}" width="{mark.width}%" height="{mark.height}" rx="3">'
            f"<title>{tip}</title></rect>"
        )
    else:
        drawn = (
            f'<circle class="chart-hit" cx="{mark.x}%" cy="{mark.y}" r="12"><title>{tip}</title></circle>'
            f'<circle class="chart-dot" cx="{mark.x}%" cy="{mark.y}" r="3.5" />'
        )
    return f'<a href="{escape(mark.url)}" aria-label="{tip}">{drawn}</a>' if mark.url else drawn

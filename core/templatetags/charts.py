"""``{% chart figure %}`` and ``{% sparkline line %}``: values of core.charts become SVG."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from core import chart_markup
from core.charts import Chart, Sparkline

register = template.Library()


@register.simple_tag
def chart(figure: Chart) -> SafeString:
    return mark_safe(chart_markup.figure(figure))  # noqa: S308 - escaped piece by piece


@register.simple_tag
def sparkline(line: Sparkline) -> SafeString:
    return mark_safe(chart_markup.sparkline(line))  # noqa: S308 - escaped piece by piece

"""``{% chart figure %}`` and ``{% sparkline line %}``: values of core.charts become SVG."""

from __future__ import annotations

from typing import Any

from django import template

from core.charts import Chart, Sparkline

register = template.Library()


@register.inclusion_tag("components/chart.html")
def chart(figure: Chart) -> dict[str, Any]:
    return {"chart": figure}


@register.inclusion_tag("components/sparkline.html")
def sparkline(line: Sparkline) -> dict[str, Any]:
    return {"line": line}

"""Shapes as SVG and table. A page of figures has thousands of coordinates: a template costs ten times what strings cost.

Every text passes ``escape``; coordinates are made of digits by ``core.charts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape

from django.utils.translation import gettext as _

from core.charts import Chart, DrawnSeries, Label, Mark, Sparkline
from core.icons import draw


def figure(chart: Chart) -> str:
    """Across in per cent, down in pixels, so that text keeps its size at any width; the values as a table below."""
    title, name = escape(str(chart.title)), escape(chart.id)
    description = f'<p class="muted small">{escape(str(chart.description))}</p>' if chart.description else ""
    none, as_table, period = _("No data for this period yet"), _("As a table"), _("Period")
    nothing = f'<p class="chart-empty muted">{escape(none)}</p>'
    heads = "".join(f'<th scope="col" class="num">{escape(str(series.name))}</th>' for series in chart.series)
    return (
        f'<figure class="chart" aria-labelledby="{name}-title"><figcaption class="chart-head">'
        f'<h2 id="{name}-title">{title}</h2>{_legend(chart) if chart.has_legend else ""}</figcaption>{description}'
        f"{nothing if chart.is_empty else plot(chart)}"
        f'<details class="chart-data"><summary>{_chevron()} {escape(as_table)}</summary>'
        f'<div class="table-frame" role="region" aria-label="{title}" tabindex="0"><table class="table">'
        f'<caption class="visually-hidden">{title}</caption><thead><tr><th scope="col">{escape(period)}</th>{heads}</tr>'
        f"</thead><tbody>{rows(chart)}</tbody></table></div></details></figure>"
    )


@cache
def _chevron() -> str:
    return draw("chevron-right", 14, "icon")


def _legend(chart: Chart) -> str:
    bar, line = '<rect x="4" width="10" height="10" rx="3" />', '<polyline points="0,5 18,5" />'
    return '<ul class="chart-legend">%s</ul>' % "".join(  # noqa: UP031 - many quotes
        f'<li><svg width="18" height="10" aria-hidden="true" class="{series.css}">{bar if chart.kind == "bar" else line}'
        f"</svg>{escape(str(series.name))}</li>"
        for series in chart.drawn
    )


def plot(chart: Chart) -> str:
    """The scale on the left, and the canvas beside it."""
    scale = "".join(
        f'<text x="44" y="{rule.position}" dy="4" text-anchor="end">{escape(str(rule.text))}</text>'
        for rule in chart.rules
    )
    rules = "".join(
        f'<line class="chart-rule {rule.css}" x1="0" x2="100%" y1="{rule.position}" y2="{rule.position}" />'
        for rule in chart.rules
    )
    labels = "".join(
        f'<text class="chart-label {label.css}" x="{label.position}%" y="{chart.label_y}" text-anchor="middle">'
        f"{escape(str(label.text))}</text>"
        for label in chart.across
    )
    notes = "".join(_note(note, chart.size) for note in chart.notes)
    series = "".join(_series(one, chart) for one in chart.painted)
    return (
        f'<div class="chart-plot"><svg class="chart-scale" width="52" height="{chart.total_height}" aria-hidden="true">'
        f'{scale}</svg><svg class="chart-canvas" width="100%" height="{chart.total_height}"'
        f' role="{"group" if chart.has_links else "img"}" aria-labelledby="{escape(chart.id)}-title">'
        f"{rules}{labels}{notes}{series}</svg></div>"
    )


def _note(note: Label, size: int) -> str:
    """A vertical line with its words: on its left side where the right one has no room."""
    shift, anchor = ("-6", "end") if note.css else ("6", "start")
    return (
        f'<line class="chart-note" x1="{note.position}%" x2="{note.position}%" y1="0" y2="{size}" />'
        f'<text class="chart-note-text" x="{note.position}%" dx="{shift}" y="{note.y}" text-anchor="{anchor}">'
        f"{escape(str(note.text))}</text>"
    )


def _series(series: DrawnSeries, chart: Chart) -> str:
    areas = "".join(f'<polygon points="{points}" />' for points in series.areas)
    lines = "".join(f'<polyline points="{points}" vector-effect="non-scaling-stroke" />' for points in series.lines)
    stretched = (
        f'<svg class="chart-stretch" width="100%" height="{chart.size}" viewBox="0 0 100 {chart.size}"'
        f' preserveAspectRatio="none">{areas}{lines}</svg>'
        if lines
        else ""
    )
    draw = _bar if chart.kind == "bar" else _point
    tips, urls = escaped([mark.tip for mark in series.marks]), escaped([mark.url for mark in series.marks])
    marks = "".join([draw(*texts) for texts in zip(series.marks, tips, urls, strict=True)])
    return f'<g class="{series.css}">{stretched}{marks}</g>'


def escaped(texts: Sequence[str]) -> list[str]:
    """Hundreds of short ones at once. No text of the database may hold the sign between them."""
    return escape("\0".join(texts)).split("\0") if texts else []


def _bar(mark: Mark, tip: str, url: str) -> str:
    x, y, width, height, *_said = mark
    drawn = f'<rect x="{x}%" y="{y}" width="{width}%" height="{height}" rx="3"><title>{tip}</title></rect>'
    return f'<a href="{url}" aria-label="{tip}">{drawn}</a>' if url else drawn


def _point(mark: Mark, tip: str, url: str) -> str:
    x, y = mark.x, mark.y
    drawn = (
        f'<circle class="chart-hit" cx="{x}%" cy="{y}" r="12"><title>{tip}</title></circle>'
        f'<circle class="chart-dot" cx="{x}%" cy="{y}" r="3.5" />'
    )
    return f'<a href="{url}" aria-label="{tip}">{drawn}</a>' if url else drawn


def rows(chart: Chart) -> str:
    """The same values as rows of a table."""
    between = '</td><td class="num">'
    return "".join([
        f'<tr><th scope="row">{escape(label)}</th><td class="num">{between.join(escaped(cells))}</td></tr>'
        for label, cells in chart.table
    ])  # fmt: skip


def sparkline(line: Sparkline) -> str:
    drawn = "".join(f'<polyline points="{points}" vector-effect="non-scaling-stroke" />' for points in line.lines)
    return (
        f'<svg class="sparkline tone-line-{line.tone}" width="88" height="32" viewBox="0 0 100 32"'
        f' preserveAspectRatio="none" role="img" aria-label="{escape(str(line.label))}">{drawn}</svg>'
    )

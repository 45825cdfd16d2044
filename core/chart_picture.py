"""A chart as one drawing for paper: the shapes of core.charts at a fixed width, with colours of their own and a legend.

A page styles its SVG with the stylesheet and has the legend beside it; a file has neither.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from core.charts import LABEL_ROW, Chart, DrawnSeries, Label, Mark

WIDTH = 560
SCALE = 58  # what the numbers beside the axis need
LEGEND_ROW = 18
LETTER = 6.1  # how wide a letter of the legend is, rather more than less
FONT = "Libertinus Serif"
#: The palette of the light theme, by tone.
COLOURS = ("#8a8d99", "#4f46e5", "#0d8f6c", "#c2650b", "#c2316b", "#0b74b8")
#: Signs that no XML document may hold, however they are written: names come with them out of other programs.
UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INK, MUTED, LINE = "#1b1b24", "#5f5c6e", "#d9d8e0"


def picture(chart: Chart) -> str:
    """A document of its own: nothing outside is needed to draw it."""
    legend, top = _legend(chart)
    body = "".join((
        _grid(chart),
        *(_series(series, chart) for series in chart.painted),
        *(_note(note, chart.size) for note in chart.notes),
    ))  # fmt: skip
    height = top + chart.size + LABEL_ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        f' font-family="{FONT}" font-size="12">{legend}<g transform="translate(0 {top})">{body}</g></svg>'
    )


def _colour(series: DrawnSeries) -> str:
    tone = series.css.split()[0].rpartition("-")[2]
    return COLOURS[int(tone)]


def _across(position: str) -> str:
    """A position in per cent as one of the drawing."""
    return f"{SCALE + float(position) * (WIDTH - SCALE) / 100:.1f}"


def _wide(share: str) -> str:
    return f"{float(share) * (WIDTH - SCALE) / 100:.1f}"


def _text(x: str, y: str, words: object, *, anchor: str, colour: str = MUTED, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    said = escape(UNSPEAKABLE.sub(" ", str(words)))
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}"{weight}>{said}</text>'


def _legend(chart: Chart) -> tuple[str, int]:
    """Names of the series in as many rows as they need, and how much room that takes."""
    if not chart.has_legend:
        return "", 0
    drawn, x, row = [], 0.0, 0
    for series in chart.drawn:
        name = str(series.name)
        needed = 28 + LETTER * len(name) + 16
        if x and x + needed > WIDTH:
            x, row = 0.0, row + 1
        y = row * LEGEND_ROW + 12
        dash = ' stroke-dasharray="5 4"' if "is-dashed" in series.css else ""
        stroke = f'stroke="{_colour(series)}" stroke-width="{8 if chart.kind == "bar" else 2.25}"{dash}'
        drawn.append(f'<line x1="{x:.1f}" x2="{x + 20:.1f}" y1="{y - 4}" y2="{y - 4}" {stroke} />')
        drawn.append(_text(f"{x + 26:.1f}", str(y), name, anchor="start"))
        x += needed
    return "".join(drawn), (row + 1) * LEGEND_ROW + 6


def _grid(chart: Chart) -> str:
    rules = [
        f'<line x1="{SCALE}" x2="{WIDTH}" y1="{rule.position}" y2="{rule.position}" stroke="{MUTED if rule.css else LINE}" />'
        + _text(str(SCALE - 8), f"{float(rule.position) + 4:.1f}", rule.text, anchor="end")
        for rule in chart.rules
    ]
    labels = [_text(_across(one.position), chart.label_y, one.text, anchor="middle") for one in _shown(chart)]
    return "".join((*rules, *labels))


def _shown(chart: Chart) -> Sequence[Label]:
    """Every label where they have room, else those that a narrow page shows."""
    every = chart.across
    widest = max((len(str(one.text)) for one in every), default=0)
    return (
        every if len(every) * widest * LETTER < WIDTH - SCALE else [one for one in every if "is-minor" not in one.css]
    )


def _note(note: Label, size: int) -> str:
    x = _across(note.position)
    shift, anchor = (-5, "end") if note.css else (5, "start")
    return f'<line x1="{x}" x2="{x}" y1="0" y2="{size}" stroke="{MUTED}" stroke-dasharray="3 3" />' + _text(
        f"{float(x) + shift:.1f}", note.y, note.text, anchor=anchor, colour=INK, bold=True
    )


def _series(series: DrawnSeries, chart: Chart) -> str:
    colour = _colour(series)
    if chart.kind == "bar":
        return "".join(_bar(mark, colour) for mark in series.marks)
    dash = ' stroke-dasharray="6 5"' if "is-dashed" in series.css else ""
    areas = [f'<polygon points="{_points(points)}" fill="{colour}" fill-opacity="0.1" />' for points in series.areas]
    lines = [
        f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" stroke-width="2.25"{dash} />'
        for points in series.lines
    ]
    dots = [] if dash else [_dot(mark, colour) for mark in series.marks]
    return "".join((*areas, *lines, *dots))


def _points(points: str) -> str:
    pairs = (pair.split(",") for pair in points.split())
    return " ".join(f"{_across(x)},{y}" for x, y in pairs)


def _bar(mark: Mark, colour: str) -> str:
    return f'<rect x="{_across(mark.x)}" y="{mark.y}" width="{_wide(mark.width)}" height="{mark.height}" fill="{colour}" />'


def _dot(mark: Mark, colour: str) -> str:
    return f'<circle cx="{_across(mark.x)}" cy="{mark.y}" r="3" fill="#ffffff" stroke="{colour}" stroke-width="1.75" />'

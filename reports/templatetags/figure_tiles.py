"""Tiles and rows that a page of figures has by the dozen: strings at a quarter of what a template costs.

Whatever comes from outside passes ``escape``, piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core import chart_markup, formats
from core.templatetags.ui import icon

if TYPE_CHECKING:
    from reports.department import Tile as BoardTile
    from reports.managers.page import Cell as Compared
    from reports.page import Tile
    from reports.sheets import Cell, Table

register = template.Library()


@register.simple_tag
def figure_tiles(tiles: Iterable[Tile]) -> SafeString:
    who = escape(_("Numerator: who")), escape(_("Denominator: who"))
    hint = icon("info", 14)
    return mark_safe("".join(_drawn(tile, who, hint) for tile in tiles))  # noqa: S308 - escaped piece by piece


def _drawn(tile: Tile, who: tuple[str, str], hint: str) -> str:
    title, value, fraction = escape(str(tile.title)), escape(tile.value), escape(tile.fraction)
    change = f'<span class="stat-change text-{tile.tone}">{escape(tile.change)}</span> ' if tile.change else ""
    first = escape(tile.numerator_url)
    links = f"{_link(first, who[0])} {_link(escape(tile.denominator_url), who[1])}"
    return (
        f'<article class="stat figure-tile">{_what(title, escape(str(tile.meaning)), fraction, links, hint)}'
        f"{_value(first, title, value)}"
        f'<span class="stat-foot"><span>{change}<span class="muted">{escape(tile.note) or fraction}</span></span>'
        f"{chart_markup.sparkline(tile.trend)}</span></article>"
    )


def _what(title: str, meaning: str, fraction: str, links: str, hint: str) -> str:
    """What the figure means, of how many it is, and who they are."""
    counted = f'<p class="num"><strong>{fraction}</strong></p>' if fraction else ""
    return (
        '<details class="figure-what"><summary>'
        f'<span class="stat-label">{title}<span class="stat-hint">{hint}</span></span></summary>'
        f'<div class="figure-card" role="note"><p>{meaning}</p>{counted}<p class="actions">{links}</p></div></details>'
    )


def _value(url: str, title: str, value: str) -> str:
    return f'<a class="stat-value figure-value" href="{url}" aria-label="{title}: {value}">{value}</a>'


def _link(url: str, words: str) -> str:
    return f'<a href="{url}">{words}</a>' if url else ""


@register.simple_tag
def board_tiles(tiles: Iterable[BoardTile]) -> SafeString:
    """Of the department's page: with the plan, the corridor, and the same days a year ago."""
    words = _("Numerator: who"), _("Denominator: who"), _("More than noise?")
    said, ago, hint = tuple(escape(word) for word in words), _("a year ago %(value)s"), icon("info", 14)
    return mark_safe("".join([_board_tile(tile, said, ago, hint) for tile in tiles]))  # noqa: S308 - escaped piece by piece


def _board_tile(tile: BoardTile, said: tuple[str, ...], year_ago: str, hint: str) -> str:
    title, value, fraction = escape(tile.title), escape(tile.value), escape(tile.fraction)
    url, compare = escape(tile.url), escape(tile.compare_url)
    links = [_link(one, word) for one, word in zip((url, escape(tile.base_url), compare), said, strict=True)]
    change = (
        f'<a class="stat-change text-{tile.tone}" href="{compare}">{escape(tile.change)}</a>' if tile.change else ""
    )
    ago = escape(year_ago % {"value": tile.year_ago}) if tile.year_ago else ""
    since = f' <span class="text-nowrap">({escape(tile.year_change)})</span>' if tile.year_change else ""
    before = f' <span class="muted board-ago">{ago}{since}</span>' if ago else ""
    return (
        f'<article class="stat figure-tile board-tile{" is-out" if tile.out else ""}">'
        f"{_what(title, escape(tile.meaning), fraction, ' '.join(links), hint)}"
        f"{_value(url, title, value)}{_plan(tile)}{_corridor(tile)}"
        f'<span class="stat-foot"><span>{change} <span class="muted">{escape(tile.note) or fraction}</span>'
        f"{before}</span>{chart_markup.sparkline(tile.trend)}</span></article>"
    )


def _plan(tile: BoardTile) -> str:
    if tile.plan is None:
        return ""
    tone, sign = ("good", "circle-check") if tile.plan.met else ("bad", "circle-alert")
    drawn = "" if tile.plan.met is None else f'<span class="text-{tone}">{icon(sign, 14)}</span> '
    gap = f' <span class="text-{tone}">{escape(tile.plan.gap)}</span>' if tile.plan.gap else ""
    return f'<p class="board-plan">{drawn}{escape(_("plan"))} {escape(tile.plan.text)}{gap}</p>'


def _corridor(tile: BoardTile) -> str:
    if not tile.out:
        return ""
    return f'<p class="board-plan text-warn">{icon("triangle-alert", 14)} {escape(_("outside its corridor"))}</p>'


@register.simple_tag
def compared_tiles(cells: Iterable[Compared]) -> SafeString:
    """A manager's figures with what each is held against."""
    words = _("Numerator: who"), _("Denominator: who"), _("Among the same clients"), _("Department"), _("A year ago")
    said, hint = tuple(escape(word) for word in words), icon("info", 14)
    return mark_safe("".join([_compared_tile(cell, said, hint) for cell in cells]))  # noqa: S308 - escaped piece by piece


def _compared_tile(cell: Compared, said: tuple[str, ...], hint: str) -> str:
    title, value, fraction = escape(cell.title), escape(cell.value), escape(cell.fraction)
    url, (*who, alike, department, year_ago) = escape(cell.numerator_url), said
    links = f"{_link(url, who[0])} {_link(escape(cell.denominator_url), who[1])}"
    change = f' <span class="text-{cell.change_tone}">{escape(cell.change)}</span>' if cell.change else ""
    against = [
        (alike, f'<dd class="text-{cell.tone}">{escape(cell.alike)}</dd>', cell.alike),
        (department, f"<dd>{escape(cell.department)}</dd>", cell.department),
        (year_ago, f"<dd>{escape(cell.last_year)}{change}</dd>", ""),
    ]
    lines = "".join(f"<div><dt>{label}</dt>{words}</div>" for label, words, of in against if of != formats.NOTHING)
    return (
        f'<article class="stat figure-tile">{_what(title, escape(cell.meaning), fraction, links, hint)}'
        f'{_value(url, title, value)}<span class="stat-foot"><span class="muted">{escape(cell.note) or fraction}</span>'
        f"{chart_markup.sparkline(cell.trend) if cell.trend else ''}</span>"
        f'<dl class="against">{lines}</dl></article>'
    )


@register.simple_tag
def reading_heads(table: Table) -> SafeString:
    first, *others = (escape(one) for one in table.columns)
    heads = "".join([f'<th scope="col" class="num">{one}</th>' for one in others])
    return mark_safe(f'<th scope="col">{first}</th>{heads}')  # noqa: S308 - escaped piece by piece


@register.simple_tag
def reading_rows(table: Table) -> SafeString:
    """Rows whose cells know their column: on a phone a row is a card."""
    heads = ['<td class="cell-main">', *(f'<td class="num" data-label="{escape(one)}">' for one in table.columns[1:])]
    rows = ("".join(f"{head}{_cell(cell)}</td>" for head, cell in zip(heads, row, strict=True)) for row in table.rows)
    return mark_safe("".join(f"<tr>{row}</tr>" for row in rows))  # noqa: S308 - escaped piece by piece


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    linked = f'<a href="{escape(cell.url)}">{text}</a>' if cell.url else text
    return f'{linked} <span class="muted small d-block">{escape(cell.note)}</span>' if cell.note else linked


@register.simple_tag
def heat_rows(rows: Iterable[dict[str, Any]]) -> SafeString:
    """The map of cohorts: a shade for each month, and the way to who was there."""
    return mark_safe("".join(_heat_row(row) for row in rows))  # noqa: S308 - escaped piece by piece


def _heat_row(row: dict[str, Any]) -> str:
    cells = "".join(
        _heat(cell["shade"], cell["count"], escape(cell["text"]), escape(cell["url"])) for cell in row["cells"]
    )
    size = formats.number(row["size"])
    return f'<tr><th scope="row" class="cell-sticky">{escape(row["label"])}</th><td class="num">{size}</td>{cells}</tr>'


def _heat(shade: int | None, count: int | None, text: str, url: str) -> str:
    css = "" if shade is None else f" heat-{shade}"
    return f'<td class="num heat{css}" title="{"" if count is None else count}">{_link(url, text) or text}</td>'

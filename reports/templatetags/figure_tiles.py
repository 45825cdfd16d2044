"""``{% figure_tiles tiles %}``: twenty of them on the page of figures, strings at a quarter of what a template costs."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core import chart_markup
from core.templatetags.ui import icon

if TYPE_CHECKING:
    from reports.page import Tile

register = template.Library()


@register.simple_tag
def figure_tiles(tiles: Iterable[Tile]) -> SafeString:
    who = escape(_("Numerator: who")), escape(_("Denominator: who"))
    hint = icon("info", 14)
    return mark_safe("".join(_drawn(tile, who, hint) for tile in tiles))  # noqa: S308 - escaped piece by piece


def _drawn(tile: Tile, who: tuple[str, str], hint: str) -> str:
    title, value, fraction = escape(str(tile.title)), escape(tile.value), escape(tile.fraction)
    counted = f'<p class="num"><strong>{fraction}</strong></p>' if fraction else ""
    change = f'<span class="stat-change text-{tile.tone}">{escape(tile.change)}</span> ' if tile.change else ""
    first = escape(tile.numerator_url)
    return (
        '<article class="stat figure-tile"><details class="figure-what"><summary>'
        f'<span class="stat-label">{title}<span class="stat-hint">{hint}</span></span></summary>'
        f'<div class="figure-card" role="note"><p>{escape(str(tile.meaning))}</p>{counted}<p class="actions">'
        f"{_link(first, who[0])} {_link(escape(tile.denominator_url), who[1])}</p></div></details>"
        f'<a class="stat-value figure-value" href="{first}" aria-label="{title}: {value}">{value}</a>'
        f'<span class="stat-foot"><span>{change}<span class="muted">{escape(tile.note) or fraction}</span></span>'
        f"{chart_markup.sparkline(tile.trend)}</span></article>"
    )


def _link(url: str, words: str) -> str:
    return f'<a href="{url}">{words}</a>' if url else ""

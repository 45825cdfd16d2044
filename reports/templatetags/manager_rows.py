"""Rows of the table of managers as strings, as ``figure_tiles``: of these there are dozens. Every value is escaped here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.templatetags.ui import badge, icon
from reports.wording import address, meaning_of, title_of

if TYPE_CHECKING:
    from core.figures import Definition
    from reports.managers.leaders import LeaderRow
    from reports.managers.page import BandRow, Brief, Row, Whole
    from reports.managers.tiers import TierCell

register = template.Library()


def _linked(url: str, text: str, css: str = "") -> str:
    look = f' class="{css}"' if css else ""
    return f'<a{look} href="{escape(url)}">{text}</a>' if url else text


def _sub(text: str) -> str:
    return f' <span class="cell-sub">{escape(text)}</span>' if text else ""


@register.simple_tag
def manager_rows(rows: Iterable[Row], query: str = "") -> SafeString:
    """The figures of each, and what his are held against."""
    tail, in_time = f"?{query}" if query else "", escape(_("Contacts in time"))
    among = escape(_("among the same clients"))
    sign = f'<span class="cell-sub"><span class="visually-hidden">{among}: </span>{icon("scale", 12)}&nbsp;'
    lines = (
        f'<tr><td class="cell-main">{_linked(row.url + tail, escape(str(row.manager)))}</td>'
        f"{''.join(_brief(cell, sign) for cell in row.cells)}"
        f'<td class="num" data-label="{in_time}">'
        f"{_linked(f'{row.url}late/{tail}', escape(row.on_time), 'figure-value')}{_sub(row.on_time_note)}</td></tr>"
        for row in rows
    )
    return mark_safe("".join(lines))  # noqa: S308 - escaped piece by piece


def _brief(cell: Brief, sign: str) -> str:
    alike = "" if cell.alike == formats.NOTHING else f"{sign}{escape(cell.alike)}</span>"
    value = _linked(cell.url, escape(cell.value), "figure-value")
    return f'<td class="num" data-label="{escape(cell.title)}">{value}{alike}</td>'


@register.simple_tag
def whole_cells(cells: Iterable[Whole]) -> SafeString:
    """Of everybody's clients, at the foot."""
    lines = (
        f'<td class="num" data-label="{escape(cell.title)}">{_linked(cell.url, escape(cell.value), "figure-value")}</td>'
        for cell in cells
    )
    return mark_safe("".join(lines))  # noqa: S308 - escaped piece by piece


@register.simple_tag
def leader_lines(rows: Iterable[LeaderRow], query: str = "") -> SafeString:
    tail, lines = f"?{query}" if query else "", []
    for row in rows:
        cells = "".join(
            f'<td class="num" data-label="{escape(cell.title)}">'
            f"{_linked(cell.url, escape(cell.value), 'figure-value')}{_sub(cell.fraction)}</td>"
            for cell in row.cells
        )
        name = _linked(row.url and row.url + tail, escape(row.name))
        lines.append(f'<tr><td class="cell-main">{name}</td>{cells}</tr>')
    return mark_safe("".join(lines))  # noqa: S308 - escaped piece by piece


@register.simple_tag
def figure_heads(definitions: Iterable[Definition]) -> SafeString:
    """Columns of figures; what each means is told by its hint."""
    language = get_language()
    heads = [
        f'<th scope="col" class="num" title="{escape(meaning_of(one.key, language))}">{escape(title_of(one.key, language))}</th>'
        for one in definitions
    ]
    return mark_safe("".join(heads))  # noqa: S308 - escaped piece by piece


@register.simple_tag
def band_lines(bands: Iterable[BandRow]) -> SafeString:
    """Answers by their height."""
    labels = _("Answers"), _("Share"), _("Ordered again within 90 days")
    answers, share, again = (f'<td class="num" data-label="{escape(label)}">' for label in labels)
    lines = [
        f'<tr><th scope="row" class="cell-main">{_linked(band.url, escape(band.label))}</th>{answers}{escape(band.answers)}</td>'
        f"{share}{escape(band.share)}</td>{again}{escape(band.repeat)}{_sub(band.fraction)}</td></tr>"
        for band in bands
    ]
    return mark_safe("".join(lines))  # noqa: S308 - escaped piece by piece


@register.simple_tag
def tier_lines(tiers: Iterable[tuple[str, Iterable[TierCell]]]) -> SafeString:
    """A manager's clients of each tier beside the department's."""
    whole = escape(_("department"))
    return mark_safe(  # noqa: S308 - escaped piece by piece
        "".join(
            f'<tr><th scope="row" class="cell-main">{escape(tier)}</th>{"".join(_tier(cell, whole) for cell in cells)}</tr>'
            for tier, cells in tiers
        )
    )


def _tier(cell: TierCell, whole: str) -> str:
    return (
        f'<td class="num" data-label="{escape(cell.title)}">{_linked(cell.url, escape(cell.value), f"text-{cell.tone}")}'
        f'{_sub(cell.fraction)} <span class="cell-sub">{whole} {escape(cell.department)}</span></td>'
    )


@register.simple_tag
def load_rows(rows: Iterable[Row], query: str = "") -> SafeString:
    """What each has in hand; every part opens what it is made of."""
    labels = (
        _("Clients"), _("Weight"), _("Open contacts"), _("Overdue"), _("Open complaints"), _("Clients came in the period"),
        _("Clients left in the period"),
    )  # fmt: skip
    heads = [f'<td class="num" data-label="{escape(label)}">' for label in labels]
    clients, calls, complaints = (address(name) for name in ("clients:list", "calls:queue", "complaints:list"))
    tail, language = f"?{query}" if query else "", get_language()
    return mark_safe("".join(_load_row(row, heads, (clients, calls, complaints), tail, language) for row in rows))  # noqa: S308 - escaped piece by piece


def _load_row(row: Row, heads: list[str], pages: tuple[str, str, str], tail: str, language: str | None) -> str:
    load, whose, changes = row.load, row.manager.pk, f"{row.url}{tail}#changes"
    clients, calls, complaints = pages
    cells = (
        _linked(f"{clients}?owner={whose}", formats.number(load.clients, 0, language)),
        formats.number(load.weight, 0, language),
        _linked(f"{calls}?who={whose}", formats.number(load.open, 0, language)),
        _linked(f"{calls}?who={whose}&group=overdue", badge(load.overdue, "warn")) if load.overdue else "0",
        _some(load.complaints, f"{complaints}?who={whose}", language),
        _some(load.came, changes, language),
        _some(load.left, changes, language),
    )
    values = "".join(f"{head}{cell}</td>" for head, cell in zip(heads, cells, strict=True))
    return f'<tr><td class="cell-main">{_linked(row.url + tail, escape(str(row.manager)))}</td>{values}</tr>'


def _some(number: int, url: str, language: str | None) -> str:
    return _linked(url if number else "", formats.number(number, 0, language))

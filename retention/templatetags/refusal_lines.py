"""Lines of refusals and of what waits because of them, put together as ``core.lines`` tells; every value is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.template.defaultfilters import capfirst
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import NOTHING, money, share
from core.lines import cut, drawn, faint, heads, root
from core.templatetags.ui import badge, drawn_day
from retention.enums import ReasonKind
from retention.templatetags.renewals import money_whole

if TYPE_CHECKING:
    from retention.metrics.reasons import Cell, ReasonCount
    from retention.queries.refusal_list import Left, Promised, Reason, Talk
    from retention.queries.unexplained import OpenEnd

register = template.Library()
LONG = 140  # signs of a promise in its line


class _Words(NamedTuple):
    """What is the same on every line, looked up once a language."""

    language: str | None
    heads: tuple[str, ...]
    refusal: str
    kinds: Mapping[str, str]
    silent: str
    unknown: str


@lru_cache(maxsize=8)
def _words(language: str | None) -> _Words:
    names = _("Refused"), _("Stated"), _("Established"), _("Owner of that day"), _("A month")
    return _Words(
        language=language,
        heads=heads(*names),
        refusal=root("refusals:detail"),
        kinds={str(kind): badge(kind.label, kind.tone) for kind in ReasonKind},
        silent=faint(_("would not talk")),
        unknown=faint(_("not found out yet")),
    )


@register.simple_tag
def refusal_lines(rows: Iterable[Left], named: Mapping[int, Reason], today: date) -> SafeString:
    """``named``: the reasons by their ids."""
    words = _words(get_language())
    reasons = {pk: f"{words.kinds[reason.kind]} {escape(reason.name)}" for pk, reason in named.items()}
    return drawn(_refusal_line(row, reasons, words, today) for row in rows)


def _refusal_line(row: Left, reasons: Mapping[int, str], words: _Words, today: date) -> str:
    refused, stated, established, owner, month = words.heads
    contract = f"<small>{escape(row.contract)}</small>" if row.contract else ""
    truth = reasons[row.established] if row.established else words.silent if row.declined else words.unknown
    return (
        f"<tr><td class=cell-main><a href={words.refusal}{row.id}/>{escape(row.client)}</a>{contract}"
        f"<td{refused}>{drawn_day(row.refused_on, 'day', today, words.language)}"
        f"<td{stated}><div>{reasons[row.stated]}</div><td{established}><div>{truth}</div>"
        f"<td{owner}>{escape(row.owner)}<td class=num{month}>{money_whole(row.monthly_value, words.language)}"
    )


def _due(day: date | None, today: date, language: str | None) -> str:
    if day is None:
        return NOTHING
    shown = drawn_day(day, "relative", today, language)
    return f"<span class=text-bad>{shown}</span>" if day < today else shown


@register.simple_tag
def talk_lines(rows: Iterable[Talk], today: date) -> SafeString:
    """Interviews to hold."""
    words = _words(get_language())
    stated, owner, who, due = heads(_("Stated"), _("Owner of that day"), _("Interviewer"), _("Due"))
    return drawn(
        f"<tr><td class=cell-main><a href={words.refusal}{row.refusal_id}/>{escape(row.client)}</a>"
        f"<td{stated}><div>{words.kinds[row.stated_kind]} {escape(row.stated)}</div><td{owner}>{escape(row.owner)}"
        f"<td{who}>{escape(row.interviewer)}<td{due}>{_due(row.due_on, today, words.language)}"
        for row in rows
    )


@register.simple_tag
def promise_lines(rows: Iterable[Promised], today: date) -> SafeString:
    """Changes to make."""
    words = _words(get_language())
    client, who, due = heads(_("Client"), _("Responsible"), _("By"))
    return drawn(
        f"<tr><td class=cell-main><a href={words.refusal}{row.refusal_id}/>{cut(row.will_change, LONG)}</a>"
        f"<td{client}>{escape(row.client)}<td{who}>{escape(row.responsible)}"
        f"<td{due}>{_due(row.due_on, today, words.language)}"
        for row in rows
    )


@register.simple_tag
def open_end_lines(rows: Iterable[OpenEnd], today: date) -> SafeString:
    """Contracts that ended while nobody knows why."""
    language, card, create = get_language(), root("clients:card"), root("refusals:create")
    contract, ended, owner, amount = heads(_("Contract"), _("Contract ended"), _("Owner"), _("Amount"))
    record = escape(_("Record the reason"))
    return drawn(
        f"<tr><td class=cell-main><a href={card}{row.client_id}/>{escape(row.client)}</a>"
        f"<td{contract}>{escape(row.contract)}<td{ended}>{drawn_day(row.ended_on, 'day', today, language)}"
        f"<td{owner}>{escape(row.owner or NOTHING)}<td class=num{amount}>{money(row.amount, language)}"
        f'<td class=cell-actions><a class="btn btn-sm" href="{create}{row.client_id}/?contract={row.contract_id}">{record}</a>'
        for row in rows
    )


# --- reasons counted ----------------------------------------------------------------------------------------------


@register.simple_tag
def reason_lines(lines: Iterable[tuple[ReasonCount, str, str]], show: str) -> SafeString:
    """Each reason with the addresses of those who say it and of those for whom it is true."""
    words = _words(get_language())
    place, established, added, stated, month = heads("№", _("Established"), _("added up"), _("Stated"), _("A month"))
    return drawn(
        f"<tr><td class=num{place}>{number}<td class=cell-main>{words.kinds[row.reason.kind]} {escape(row.reason.name)}"
        f"<td class=num{established}>{_opened(row.established, true_url)}"
        f'<td class="num muted"{added}>{share(row.established_reached, show)}'
        f"<td class=num{stated}>{_opened(row.stated, said_url)}<td class=num{month}>{_lost(row, words.language)}"
        for number, (row, said_url, true_url) in enumerate(lines, start=1)
    )


def _opened(count: int, url: str) -> str:
    return f'<a href="{escape(url)}">{count}</a>' if count else "0"


def _lost(row: ReasonCount, language: str | None) -> str:
    """What goes with the truth; while it is not known, what goes with the words."""
    worth = row.established_value if row.established else row.stated_value
    return money_whole(worth, language) if row.established else faint(money_whole(worth, language))


@register.simple_tag
def matrix_lines(matrix: Iterable[tuple[ReasonKind, Iterable[tuple[Cell, str]], int]]) -> SafeString:
    return drawn(
        f"<tr><th scope=row>{escape(capfirst(str(kind.label)))}"
        f"{''.join(_matrix_cell(cell, url) for cell, url in cells)}<td class=num>{total}"
        for kind, cells, total in matrix
    )


def _matrix_cell(cell: Cell, url: str) -> str:
    if not cell.count:
        return f"<td class=num>{faint('·')}"
    look = " class=text-bad" if cell.established and not cell.is_same else ""
    count = f"<strong>{cell.count}</strong>" if cell.is_same else cell.count
    return f'<td class=num><a href="{escape(url)}"{look}>{count}</a>'

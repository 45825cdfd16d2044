"""Cards and lines of renewals. Dozens of them are most of a page: put together here at a third of a template's cost.

End tags and quotes that HTML lets one leave out are left out: thousands of bytes of a page that is opened all day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.lines import heads, marked, symbols
from core.templatetags.ui import badge
from retention.enums import Likelihood, RenewalOutcome, RenewalStage
from retention.rules.renewals import SIGNS
from retention.templatetags.renewals import ICONS, TONES, money_whole

if TYPE_CHECKING:
    from retention.queries.renewals.board import Day
    from retention.queries.renewals.forecast import ForecastRow
    from retention.queries.renewals.listing import Card
    from retention.queries.renewals.page import Dispute
    from retention.queries.renewals.records import Divergent
    from staff.models import User

register = template.Library()
MARKS = {**ICONS, "disputed": "scale", "asleep": "moon"}


@register.simple_tag
@cache
def renewal_marks() -> SafeString:
    """The drawings of all marks, once: a card only names them."""
    return symbols(MARKS)


@lru_cache(maxsize=4096)
def _spoken(word: str, title: str, language: str | None) -> str:
    return marked(word, TONES[word], str(Likelihood(word).label), title) if word else ""


@lru_cache(maxsize=4096)
def _opinions(signal: str, points: int, verdict: str, opinion: str, disputed: bool, language: str | None) -> str:  # noqa: FBT001
    parts = [_spoken(verdict or opinion, _("head") if verdict else _("manager"), language)]
    if signal:
        parts.insert(0, marked(signal, TONES[signal], f"{_('signal')} {formats.change(points, 0)}"))
    if disputed and not verdict:
        parts.append(marked("disputed", "bad", _("disagreement")))
    return " ".join(filter(None, parts))


def _marks(card: Card, words: _Words, today: date) -> str:
    """Signal, opinion or verdict, and whatever needs to be seen at once."""
    disputed = card.disputed_at is not None
    said = _opinions(card.signal, card.points, card.verdict, card.opinion, disputed, words.language)
    if card.postponed_until and card.postponed_until > today:
        until = formats.short_day(card.postponed_until, today, words.language)
        said += " " + marked("asleep", "neutral", _("sleeps until %(day)s") % {"day": until})
    return said


@register.simple_tag
def renewal_cards(cards: Iterable[Card], today: date, movable: bool = False) -> SafeString:  # noqa: FBT001, FBT002
    """Every value is escaped here; badges are markup already. What moves a card is added to it by renewals.js."""
    words = _Words(movable=movable)
    return mark_safe("".join(_card(card, words, today) for card in cards))  # noqa: S308 - escaped piece by piece


class _Words:
    """What is the same on every card, looked up once for all of them."""

    def __init__(self, *, movable: bool = False) -> None:
        self.language = get_language()
        self.root = reverse("renewals:board")
        self.nameless, tier = escape(_("no number")), escape(_("tier"))
        self.tier = f"<abbr title={tier}>" if tier.isalnum() else f'<abbr title="{tier}">'
        self.marks = " data-card tabindex=0" if movable else ""
        self.move = escape(_("Move")) if movable else ""


def _card(card: Card, words: _Words, today: date) -> str:
    asleep = " is-asleep" if card.postponed_until and card.postponed_until > today else ""
    name, url = escape(card.client), f"{words.root}{card.id}/"
    late = " class=text-bad" if card.due_on < today else ""
    return (
        f'<li class="board-card{asleep}" id=card-{card.id}{words.marks}><p class=board-name><a href={url}>{name}</a>'
        f'<p class="muted small">{escape(card.number) or words.nameless} · {words.tier}{card.tier}</abbr> · '
        f"{_day(card, words, late, today)}<p class=board-sums><strong>{formats.money(card.amount, words.language)}</strong> "
        f'<span class="muted small">{escape(card.owner or "")}</span>'
        f"<p class=board-marks>{_marks(card, words, today)}{_menu(name, url, words)}"
    )


def _menu(name: str, url: str, words: _Words) -> str:
    """Without JavaScript it leads to the renewal's own stages."""
    if not words.move:
        return ""
    return (
        f'<details class=board-menu data-menu-details><summary aria-label="{words.move}: {name}">{words.move}</summary>'
        f"<a href={url}#stage>{words.move}</a></details>"
    )


@register.simple_tag
def renewal_lines(rows: Iterable[Card], today: date) -> SafeString:
    """The list's; every value is escaped here."""
    words = _Words()
    stages = {str(stage): escape(str(stage.label)) for stage in RenewalStage}
    ends = {str(outcome): badge(outcome.label) for outcome in RenewalOutcome}
    named = heads(_("Last day"), _("Amount"), _("A month"))  # the others say themselves what they are
    return mark_safe(  # noqa: S308 - escaped piece by piece
        "".join(_line(row, words, ends.get(row.outcome) or stages[row.stage], today, named) for row in rows)
    )


def _line(row: Card, words: _Words, state: str, today: date, named: tuple[str, ...]) -> str:
    day, amount, month = named
    late = " class=text-bad" if row.due_on < today and not row.outcome else ""
    return (
        f"<tr><td class=cell-main><a href={words.root}{row.id}/>{escape(row.client)}</a>"
        f"<small>{escape(row.number) or words.nameless} · {words.tier}{row.tier}</abbr></small>"
        f"<td{day}>{_day(row, words, late, today)}<td>{state}<td>{_marks(row, words, today)}"
        f"<td>{escape(row.owner or formats.NOTHING)}"
        f"<td class=num{amount}>{formats.money(row.amount, words.language)}"
        f"<td class=num{month}>{money_whole(row.monthly_value)}"
    )


@register.simple_tag
def dispute_lines(rows: Iterable[Dispute], today: date) -> SafeString:
    """Every value is escaped here."""
    words = _Words()
    spoken = {word: _spoken(word, "", words.language) for word in ("", *Likelihood.values)}
    signs = {code: escape(f"{sign.text} {formats.change(sign.points, 0)}") for code, sign in SIGNS.items()}
    day, month = heads(_("Last day"), _("A month"))
    lines = (
        f"<tr><td class=cell-main><a href={words.root}{row.id}/#dispute>{escape(row.client)}</a>"
        f"<td{day}>{_day(row, words, '', today)}<td>{spoken[row.signal]} "
        f"<small>{', '.join(signs[code] for code in row.signs if code in signs)}</small>"
        f"<td>{spoken[row.opinion]} <small>{escape(row.opinion_by or '')}: {escape(row.opinion_note)}</small>"
        f"<td class=num{month}>{money_whole(row.monthly_value)}"
        for row in rows
    )
    return mark_safe("".join(lines))  # noqa: S308 - escaped piece by piece


@register.simple_tag
def divergence_lines(rows: Iterable[Divergent], today: date) -> SafeString:
    """Every value is escaped here."""
    words = _Words()
    outcomes = {str(outcome): escape(str(outcome.label)) for outcome in RenewalOutcome}
    nothing, undecided = escape(_("nothing")), escape(_("not decided yet"))
    columns = (_("Last day"), _("Recorded"), _("The dates say"), _("What is wrong"))
    day, recorded, said, wrong = (f' data-label="{escape(name)}"' for name in columns)
    return mark_safe(  # noqa: S308 - escaped piece by piece
        "".join(
            f"<tr><td class=cell-main><a href={words.root}{row.renewal_id}/>{escape(row.client)}</a>"
            f"<td{day}>{_day(row, words, '', today)}"
            f"<td{recorded}>{outcomes.get(row.recorded, nothing)}{_named(row.linked or row.linked_key)}"
            f"<td{said}>{outcomes.get(row.said, undecided)}{_named(row.found or row.found_key)}"
            f"{_from(row.found_from, words, today)}<td{wrong}>{escape(row.text)}"
            for row in rows
        )
    )


def _named(contract: str | None) -> str:
    return f": {escape(contract)}" if contract else ""


def _from(day: date | None, words: _Words, today: date) -> str:
    return f", <time datetime={day}>{formats.short_day(day, today, words.language)}</time>" if day else ""


def _day(card: Card | Dispute | Divergent, words: _Words, late: str, today: date) -> str:
    return f"<time datetime={card.due_on}{late}>{formats.short_day(card.due_on, today, words.language)}</time>"


@register.simple_tag
def month_days(weeks: Iterable[Iterable[Day]], today: date, rest: str) -> SafeString:
    """The rows of the calendar; ``rest`` leads to the list of what a day has no room for."""
    words = _Words()
    return mark_safe("".join(f"<tr>{''.join(_cell(day, words, today, rest) for day in week)}" for week in weeks))  # noqa: S308 - escaped piece by piece


def _cell(day: Day, words: _Words, today: date, rest: str) -> str:
    look = " class=is-out" if not day.is_here else " class=is-today" if day.day == today else ""
    current = " aria-current=date" if day.day == today else ""
    money = f'<span class="muted small">{money_whole(day.monthly)}</span>' if day.count else ""
    items = "".join(
        f'<li><a class="month-item tone-{TONES.get(card.signal, "neutral")}" href={words.root}{card.id}/>{escape(card.client)}</a>'
        for card in day.rows
    )
    hidden = escape(_("%(n)s more") % {"n": day.hidden})
    more = f'<a class=small href="{escape(rest)}">{hidden}</a>' if day.hidden else ""
    return (
        f"<td{look}><p class=month-day><time datetime={day.day}{current}>{day.day.day}</time> {money}"
        f"{f'<ul>{items}</ul>' if items else ''}{more}"
    )


@register.simple_tag
def forecast_lines(
    months: Iterable[tuple[ForecastRow, Iterable[tuple[User, ForecastRow]]]], this_month: date
) -> SafeString:
    """Each month, and under it its managers."""
    root, lines = reverse("renewals:list"), []
    named = heads(
        _("Contracts end"), _("Not decided"), _("Due a month"), _("Forecast, weighted"), _("At best"),
        _("Renewed in fact"),
    )  # fmt: skip
    for row, people in months:
        url = f"{root}?month={row.month:%Y-%m}"
        now = " is-now" if row.month == this_month else ""
        title = escape(date_format(row.month, "F Y"))
        lines.append(
            f'<tr class="forecast-month{now}"><td class=cell-main><a href={url}>{title}</a>{_sums(row, named)}'
        )
        lines += [
            f'<tr class=forecast-person><td class=cell-main><a href="{url}&amp;manager={person.pk}">{escape(str(person))}</a>'
            f"{_sums(own, named)}"
            for person, own in people
        ]
    return mark_safe("".join(lines))  # noqa: S308 - escaped piece by piece


def _sums(row: ForecastRow, named: tuple[str, ...]) -> str:
    due, weighted, best, fact = (money_whole(one) for one in (row.due, row.weighted, row.unweighted, row.fact))
    count, pending = formats.number(row.count), formats.number(row.pending)
    values = (count, pending, due, f"<strong>{weighted}</strong>", best, fact)
    return "".join(f"<td class=num{name}>{value}" for name, value in zip(named, values, strict=True))

"""Lines and cards of win-backs, put together as ``core.lines`` tells; every value is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.template.defaultfilters import capfirst
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import NOTHING, number, share
from core.lines import drawn, faint, heads, mark, marked, root, symbols
from core.templatetags.ui import badge, drawn_day
from retention.enums import WinBackOutcome, WinBackSegment, WinBackStage

if TYPE_CHECKING:
    from retention.queries.winbacks.listing import Attempt, Progress
    from retention.queries.winbacks.returns import Returned, Wrong
    from retention.queries.winbacks.segments import CandidateRow

register = template.Library()


class _Words(NamedTuple):
    """What is the same on every line or card, looked up once a language."""

    language: str | None
    heads: tuple[str, ...]
    attempt: str
    campaign: str
    tier: str
    segments: Mapping[str, str]
    stages: Mapping[str, str]
    outcomes: Mapping[str, str]
    forgotten: str
    move: str
    menu: str


@lru_cache(maxsize=8)
def _words(language: str | None) -> _Words:
    names = _("Segment"), _("Stage"), _("Next step"), _("Begun"), _("Who tries"), _("Campaign")
    won, lost = WinBackOutcome.WON, WinBackOutcome.LOST
    return _Words(
        language=language,
        heads=heads(*names),
        attempt=root("winbacks:page"),
        campaign=root("winbacks:campaign"),
        tier=escape(_("tier")),
        segments={str(segment): escape(str(segment.label)) for segment in WinBackSegment},
        stages={str(stage): escape(str(stage.label)) for stage in WinBackStage},
        outcomes={won: marked("won", "good", str(won.label)), lost: marked("lost", "bad", str(lost.label))},
        forgotten=marked("late", "warn", _("no next step")),
        move=escape(_("Move: %(client)s")),
        menu=" ".join((mark("move", 16), escape(_("Move")))),
    )


@register.simple_tag
@cache
def win_back_marks() -> SafeString:
    """The drawings that lines and cards name."""
    return symbols({"won": "circle-check", "lost": "circle-x", "late": "alarm-clock", "move": "move-right"})


def _step(row: Attempt, today: date, language: str | None, nothing: str) -> str:
    if row.next_step_on is None:
        return nothing
    late = " class=text-bad" if row.next_step_on < today else ""
    return f"<span{late}>{drawn_day(row.next_step_on, 'day', today, language)}</span>"


# --- the list -----------------------------------------------------------------------------------------------------


@register.simple_tag
def win_back_lines(rows: Iterable[Attempt], today: date) -> SafeString:
    words = _words(get_language())
    return drawn(_line(row, words, today) for row in rows)


def _line(row: Attempt, words: _Words, today: date) -> str:
    segment, stage, step, begun, who, campaign = words.heads
    return (
        f"<tr><td class=cell-main><a href={words.attempt}{row.id}/>{escape(row.client)}</a> <small>{words.tier} {row.tier}</small>"
        f"<td{segment}>{words.segments[row.segment]}<td{stage}>{_state(row, words)}"
        f"<td{step}>{_step(row, today, words.language, NOTHING)}"
        f"<td{begun}>{drawn_day(row.opened_on, 'day', today, words.language)}<td{who}>{escape(row.assignee)}"
        f"<td{campaign}>{_campaign(row, words)}"
    )


def _state(row: Attempt, words: _Words) -> str:
    if row.outcome != WinBackOutcome.LOST:
        return words.outcomes.get(row.outcome) or words.stages[row.stage]
    return f"{words.outcomes[row.outcome]} <small>{escape(row.lost_reason or '')}</small>"


def _campaign(row: Attempt, words: _Words) -> str:
    if row.campaign_id is None:
        return NOTHING
    return f"<a href={words.campaign}{row.campaign_id}/>{escape(row.campaign or '')}</a>"


# --- the board ----------------------------------------------------------------------------------------------------


@register.simple_tag
def win_back_cards(cards: Iterable[Attempt], today: date, user_id: int, leads: bool) -> SafeString:  # noqa: FBT001
    """What moves a card is added to it by renewals.js; of others' attempts the head alone moves them."""
    words = _words(get_language())
    return drawn(_card(card, words, today, movable=leads or card.assignee_id == user_id) for card in cards)


def _card(card: Attempt, words: _Words, today: date, *, movable: bool) -> str:
    name, url = escape(card.client), f"{words.attempt}{card.id}/"
    campaign = f" · {escape(card.campaign)}" if card.campaign else ""
    return (
        f"<li class=board-card id=card-{card.id}{' data-card tabindex=0 aria-describedby=board-help' if movable else ''}>"
        f"<p class=board-name><a href={url}>{name}</a>"
        f'<p class="muted small">{words.segments[card.segment]} · {words.tier} {card.tier}{campaign}'
        f"<p class=board-sums>{_step(card, today, words.language, words.forgotten)}"
        f' <span class="muted small">{escape(card.assignee)}</span>{_menu(name, url, words) if movable else ""}'
    )


def _menu(name: str, url: str, words: _Words) -> str:
    """Without JavaScript it leads to the attempt's own stages."""
    return (
        f'<details class=board-menu data-menu-details><summary aria-label="{words.move % {"client": name}}">{words.menu}'
        f"</summary><a href={url}#stage>{words.menu}</a></details>"
    )


# --- whom to win back ---------------------------------------------------------------------------------------------


class _CandidateWords(NamedTuple):
    language: str | None
    heads: tuple[str, ...]
    client: str
    tier: str
    take: str
    segments: Mapping[str, str]


@lru_cache(maxsize=8)
def _candidate_words(language: str | None) -> _CandidateWords:
    tones = {WinBackSegment.REFUSED: "bad", WinBackSegment.SILENT: "neutral"}
    return _CandidateWords(
        language=language,
        heads=heads(_("Take"), _("Segment"), _("Since"), _("Manager")),
        client=root("clients:card"),
        tier=escape(_("tier")),
        take=escape(_("Take: %(client)s")),
        segments={str(segment): badge(segment.label, tones.get(segment, "warn")) for segment in WinBackSegment},
    )


@register.simple_tag
def candidate_lines(rows: Iterable[CandidateRow], today: date) -> SafeString:
    words = _candidate_words(get_language())
    return drawn(_candidate_line(row, words, today) for row in rows)


def _candidate_line(row: CandidateRow, words: _CandidateWords, today: date) -> str:
    take, segment, since, manager = words.heads
    name = escape(row.client)
    return (
        f"<tr><td{take}><input class=form-check-input type=checkbox name=clients value={row.client_id} "
        f'aria-label="{words.take % {"client": name}}">'
        f"<td class=cell-main><a href={words.client}{row.client_id}/>{name}</a><small>{words.tier} {row.tier}</small>"
        f"<td{segment}>{words.segments[row.segment]}<td{since}>{drawn_day(row.since, 'day', today, words.language)}"
        f"<td{manager}>{escape(row.owner or NOTHING)}"
    )


@register.simple_tag
def campaign_progress(told: Progress, show: str) -> SafeString:
    """The steps, each inside the one before, then where everybody stands."""
    steps = [(_("Clients"), number(told.total), 0, 0)]
    for label, count, share_of in (
        (_("Contacted"), told.contacted, told.shares["contacted"]),
        (_("Offered"), told.offered, told.shares["offered"]),
        (_("Won back"), told.won, told.shares["won"]),
    ):
        steps.append((label, f"{number(count)}, {share(share_of, show)}", told.total or 1, count))
    if told.campaign.goal:
        aim = f"{number(told.won)} / {number(told.campaign.goal)}, {share(told.of_goal, show)}"
        steps.append((_("Goal"), aim, told.campaign.goal, told.won))
    facts = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{text}{_bar(label, most, count) if most else ''}</dd></div>"
        for label, text, most, count in steps
    )
    return drawn((f'<dl class="facts facts-wide">{facts}</dl>', _parts(told, show) if told.total else ""))


def _bar(label: str, most: int, count: int, css: str = "") -> str:
    return f' <progress{css} max={most} value={count} aria-label="{escape(label)}"></progress>'


def _parts(told: Progress, show: str) -> str:
    url = f"{reverse('winbacks:list')}?campaign={told.campaign.pk}"
    lines = []
    for part in told.parts:
        label = capfirst(str(part.label))
        who = f'<a href="{url}&amp;{part.query}">{escape(label)}</a>' if part.count else faint(label)
        bar = _bar(label, told.total, part.count, f" class=progress-{part.tone or 'plain'}")
        lines.append(f"<li>{who}{bar} <span class=num>{number(part.count)}, {share(part.share, show)}</span>")
    head = escape(_("Where they stand"))
    return f'<h3 class=progress-head>{head}</h3><ul class="plain-list progress-parts">{"".join(lines)}</ul>'


@register.simple_tag
def people_ticks(people: Iterable[tuple[int, str]]) -> SafeString:
    """A check box for each of those who may call for a campaign."""
    return drawn(
        f"<div class=form-check><input type=checkbox class=form-check-input name=people value={pk} id=id_people_{place}>"
        f"<label for=id_people_{place} class=form-check-label>{escape(name)}</label></div>"
        for place, (pk, name) in enumerate(people)
    )


# --- who has come back --------------------------------------------------------------------------------------------


@register.simple_tag
def return_lines(rows: Iterable[Returned], today: date) -> SafeString:
    language, client, attempt = get_language(), root("clients:card"), root("winbacks:page")
    left, back, tried = heads(_("Went away"), _("Came back"), _("Our attempt"))
    none = faint(_("none recorded"))
    return drawn(
        f"<tr><td class=cell-main><a href={client}{row.client_id}/>{escape(row.client)}</a>"
        f"<td{left}>{drawn_day(row.left_on, 'day', today, language)}<td{back}>{drawn_day(row.back_on, 'day', today, language)}"
        f"<td{tried}>{f'<a href={attempt}{row.win_back}/>{escape(row.assignee)}</a>' if row.win_back else none}"
        for row in rows
    )


@register.simple_tag
def mismatch_lines(rows: Iterable[Wrong], today: date) -> SafeString:
    language, attempt, zone = get_language(), root("winbacks:page"), get_current_timezone()
    closed, wrong = heads(_("Closed"), _("What is wrong"))
    return drawn(
        f"<tr><td class=cell-main><a href={attempt}{row.win_back}/>{escape(row.client)}</a>"
        f"<td{closed}>{drawn_day(row.closed_at.astimezone(zone).date(), 'day', today, language)}"
        f"<td{wrong}>{escape(str(row.text))}"
        for row in rows
    )

"""Lines of answers and invitations, put together as ``core.lines`` tells; every value is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import NOTHING, number
from core.lines import cut, drawn, heads, root
from core.models import Company
from core.templatetags.ui import badge, drawn_day, when
from feedback.enums import ComplaintState, InvitationState, Scale

if TYPE_CHECKING:
    from feedback.queries import Answer, Invitation

register = template.Library()
LONG = 120  # signs of a comment in its line
TONES = {InvitationState.ANSWERED: "good", InvitationState.SENT: "info"}


def _score(score: Decimal, language: str | None) -> str:
    """Decimals only where there are any."""
    return number(score, 0 if score == score.to_integral_value() else 2, language)


# --- answers ------------------------------------------------------------------------------------------------------


class _AnswerWords(NamedTuple):
    """What is the same on every line, looked up once a language."""

    language: str | None
    heads: tuple[str, ...]
    client: str
    complaint: str
    by_phone: str
    scales: Mapping[str, str]
    states: Mapping[str, str]


@lru_cache(maxsize=8)
def _answer_words(language: str | None) -> _AnswerWords:
    by_phone = escape(_("by phone"))
    scales = {
        str(scale): escape(str(scale.label)) for scale in Scale if scale != Scale.CSAT10
    }  # the usual is not named
    return _AnswerWords(
        language=language,
        heads=heads(_("Score"), _("Comment"), _("Answered"), _("Complaint")),
        client=root("clients:card"),
        complaint=root("complaints:detail"),
        by_phone=f' <span class="muted small">{by_phone}</span>',
        scales={scale: f' <span class="muted small">{name}</span>' for scale, name in scales.items()},
        states={str(state): escape(str(state.label)) for state in ComplaintState},
    )


@register.simple_tag
def answer_lines(rows: Iterable[Answer], company: Company) -> SafeString:
    words = _answer_words(get_language())
    return drawn(_answer_line(row, words, company) for row in rows)


def _answer_line(row: Answer, words: _AnswerWords, company: Company) -> str:
    score, comment, answered, complaint = words.heads
    opened = ""
    if row.complaint_id is not None and row.complaint_state is not None:
        opened = f"<a href={words.complaint}{row.complaint_id}/>{words.states[row.complaint_state]}</a>"
    return (
        f"<tr><td class=cell-main><a href={words.client}{row.client_id}/>{escape(row.client)}</a>"
        f"<td class=num{score}>{badge(_score(row.score, words.language), _tone(row, company))}{words.scales.get(row.scale, '')}"
        f"<td{comment}>{cut(row.comment, LONG)}"
        f"<td{answered}>{when(row.answered_at, 'moment')}{words.by_phone if row.recorded_by_id else ''}"
        f"<td{complaint}>{opened}"
    )


def _tone(row: Answer, company: Company) -> str:
    """Only of the scale for which the company has said what is low and what is high."""
    if row.scale != Scale.CSAT10:
        return "neutral"
    return "bad" if row.score <= company.low_score else "good" if row.score >= company.high_score else "neutral"


# --- invitations --------------------------------------------------------------------------------------------------


class _InvitationWords(NamedTuple):
    language: str | None
    heads: tuple[str, ...]
    client: str
    by_phone: str
    states: Mapping[str, str]
    late: str
    reminded: str


@lru_cache(maxsize=8)
def _invitation_words(language: str | None) -> _InvitationWords:
    reminded = escape(_("reminded"))
    return _InvitationWords(
        language=language,
        heads=heads(_("To whom"), _("State"), _("Leaves on"), _("Closes on"), _("Score")),
        client=root("clients:card"),
        by_phone=escape(_("by phone")),
        states={str(state): badge(state.label, TONES.get(state, "neutral")) for state in InvitationState},
        late=" " + badge(_("late"), "warn"),
        reminded=f' <span class="muted small">{reminded}</span>',
    )


@register.simple_tag
def invitation_lines(rows: Iterable[Invitation], today: date) -> SafeString:
    words = _invitation_words(get_language())
    return drawn(_invitation_line(row, words, today) for row in rows)


def _invitation_line(row: Invitation, words: _InvitationWords, today: date) -> str:
    whom, state, leaves, closes, score = words.heads
    person = words.by_phone if row.touch_id else escape(row.contact or NOTHING)
    marks = f"{words.late if row.is_late else ''}{words.reminded if row.reminded_at else ''}"
    return (
        f"<tr><td class=cell-main><a href={words.client}{row.client_id}/>{escape(row.client)}</a>"
        f"<td{whom}>{person}<td{state}>{words.states[row.state]}{marks}"
        f"<td{leaves}>{drawn_day(row.send_on, 'day', today, words.language)}"
        f"<td{closes}>{drawn_day(row.closes_on, 'day', today, words.language)}"
        f"<td class=num{score}>{'' if row.score is None else _score(row.score, words.language)}"
    )

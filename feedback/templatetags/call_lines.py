"""Lines of the call queue, put together as ``core.lines`` tells; every value is escaped here."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.lines import drawn, faint, heads, mark, marked, symbols
from core.templatetags.ui import badge, drawn_day, phone

if TYPE_CHECKING:
    from feedback.queries.queue import QueueGroup, QueueRow

register = template.Library()
DONE, COMING = "done", "coming"


class _Words(NamedTuple):
    """What is the same on every line, looked up once a language."""

    language: str | None
    heads: tuple[str, ...]
    outcome: tuple[str, ...]
    late: str
    indecent: str
    not_before: str
    open: str
    call: str


@lru_cache(maxsize=8)
def _words(language: str | None) -> _Words:
    call = escape(_("Call"))
    return _Words(
        language=language,
        heads=heads(_("What"), _("Contact person"), _("Client's time"), _("Due")),
        outcome=heads(_("Outcome")),
        late=" " + badge(_("late"), "warn", title=_("The window had passed when the call was planned")),
        indecent=" " + marked("moon", "warn", _("too early or late")),
        not_before=_("not before %(at)s"),
        open=escape(_("Open")),
        call=f"{mark('phone', 16)}{call}",
    )


@register.simple_tag
@cache
def queue_marks() -> SafeString:
    """The drawings that the lines name."""
    return symbols({"phone": "phone", "moon": "moon"})


@register.simple_tag
def queue_lines(group: QueueGroup, kept: str, mine: bool) -> SafeString:  # noqa: FBT001
    """``kept``: the part of the address that goes along to the call; ``mine``: nobody else's stand there."""
    words, today, tail = _words(get_language()), localdate(), f"?{escape(kept)}" if kept else ""
    return drawn(_line(row, group.name, words, tail, today, mine=mine) for row in group.rows)


def _line(row: QueueRow, group: str, words: _Words, tail: str, today: date, *, mine: bool) -> str:
    what, contact, time, due = words.heads
    moment = words.outcome[0] if group == DONE else due
    url = f'"{row.id}/{tail}"'
    whose = "" if mine else f'<br><span class="muted small">{escape(row.assignee)}</span>'
    subject = f"<br><span class=small>{escape(row.subject)}</span>" if row.subject else ""
    early = words.indecent if group != DONE and not row.is_decent else ""
    return (
        f"<tr><td class=cell-main><a href={url}>{escape(row.client)}</a>{whose}"
        f"<td{what}><div>{badge(row.kind, row.tone)}{words.late if row.is_late else ''}{subject}</div>"
        f"<td{contact}><div>{_contact(row)}</div><td{time}><div>{row.local_time}{early}</div>"
        f"<td{moment}><div>{_due(row, group, words, today)}</div>"
        f'<td class=cell-actions><a class="btn btn-sm" href={url}>{words.open if group == DONE else words.call}</a>'
    )


def _contact(row: QueueRow) -> str:
    if not row.contact:
        return faint(formats.NOTHING)
    return escape(row.contact) + (f"<br>{phone(row.phone)}" if row.phone else "")


def _due(row: QueueRow, group: str, words: _Words, today: date) -> str:
    if group == DONE:
        return escape(row.outcome)
    if group == COMING:
        first, last = (drawn_day(day, "day", today, words.language) for day in (row.due_from, row.due_on))
        return f"{first} – {last}"
    due = drawn_day(row.due_on, "relative", today, words.language)
    if not row.waits:
        return due
    until = words.not_before % {"at": formats.moment(row.not_before)}
    return f'{due}<br><span class="muted small">{escape(until)}</span>'

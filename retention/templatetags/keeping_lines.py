"""Lines of early signs, stops and refusals, put together as ``core.lines`` tells; every value is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, tzinfo
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.template.defaultfilters import capfirst
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clients.enums import EventKind
from core.formats import NOTHING, number
from core.lines import drawn, faint, heads, marked, root, symbols
from core.templatetags.ui import badge, drawn_day
from retention.enums import AttentionKind, FreezeOutcome, StopKind, StopReason
from retention.rules.silence import Lateness, lateness, times_norm
from retention.templatetags.renewals import money_whole
from work.enums import TouchState

if TYPE_CHECKING:
    from retention.queries.attention import Sign
    from retention.queries.freezes import Stop

register = template.Library()
SIGN_TONES: dict[str, str] = {
    AttentionKind.FAILED_ORDER: "bad",
    AttentionKind.SILENCE: "warn",
    AttentionKind.NO_CONTACT: "info",
}


# --- early signs --------------------------------------------------------------------------------------------------


class _SignWords(NamedTuple):
    """What is the same on every line, looked up once a language."""

    language: str | None
    heads: tuple[str, ...]
    client: str
    screen: str
    tier: str
    kinds: Mapping[str, str]
    events: Mapping[str, str]
    waits: str
    states: Mapping[str, str]
    late: Mapping[str, str]


@lru_cache(maxsize=8)
def _sign_words(language: str | None) -> _SignWords:
    names = _("Since"), _("Against the norm"), _("Planned call"), _("Value of a year")
    return _SignWords(
        language=language,
        heads=heads(*names),
        client=root("clients:card"),
        screen=root("calls:screen"),
        tier=escape(_("tier")),
        kinds={str(kind): _look(SIGN_TONES[kind], str(kind.label)) for kind in AttentionKind},
        events={str(kind): escape(str(kind.label)) for kind in EventKind},
        waits=faint(_("waits for its turn")),
        states={str(state): escape(str(state.label)) for state in TouchState},
        late={
            Lateness.NONE: "",
            Lateness.HEAD: " " + _look("warn", _("2 days overdue")),
            Lateness.RED: " " + _look("bad", _("5 days overdue")),
        },
    )


def _look(tone: str, text: str) -> str:
    """A badge by its column, as in the list of clients."""
    return f"<b class=tag-{tone}>{escape(text)}</b>"


@register.simple_tag
@cache
def keeping_marks() -> SafeString:
    """The drawing that the lines of stops name."""
    return symbols({"frozen": "snowflake"})


@register.simple_tag
def sign_lines(rows: Iterable[Sign], today: date) -> SafeString:
    words, zone = _sign_words(get_language()), get_current_timezone()
    return drawn(_sign_line(row, words, zone, today) for row in rows)


def _sign_line(row: Sign, words: _SignWords, zone: tzinfo, today: date) -> str:
    """Reason, event and manager explain themselves: on a phone no label stands before them."""
    since, norm, call, value = words.heads
    times = times_norm(since=row.since, norm=row.norm_days, today=today)
    return (
        f"<tr><td class=cell-main><a href={words.client}{row.client_id}/>{escape(row.client)}</a>"
        f"<small>{words.tier} {row.tier}</small><td>{words.kinds[row.kind]}"
        f"<td{since}>{drawn_day(row.since, 'day', today, words.language)}"
        f"<td{norm}>{_against((today - row.since).days, row.norm_days, times, words.language)}"
        f"<td>{_last(row, words, zone, today)}<td{call}>{_planned(row, words, today)}"
        f"<td>{escape(row.owner or NOTHING)}<td class=num{value}>{money_whole(row.value, words.language)}"
    )


def _last(row: Sign, words: _SignWords, zone: tzinfo, today: date) -> str:
    event = words.events.get(row.event_kind or "")
    if event is None or row.event_at is None:
        return NOTHING
    return f"{event} <small>{drawn_day(row.event_at.astimezone(zone).date(), 'day', today, words.language)}</small>"


def _planned(row: Sign, words: _SignWords, today: date) -> str:
    """The call that the sweep has planned: its day and how late it is, or how it ended."""
    if row.touch_id is None or row.due_on is None:
        return words.waits
    if row.touch_state != TouchState.OPEN:
        return f"<a href={words.screen}{row.touch_id}/>{words.states[row.touch_state or '']}</a>"
    day = drawn_day(row.due_on, "day", today, words.language)
    return f"<a href={words.screen}{row.touch_id}/>{day}</a>{words.late[lateness(due_on=row.due_on, today=today)]}"


@lru_cache(maxsize=4096)
def _against(days: int, norm: int | None, times: float | None, language: str | None) -> str:
    """For how long it has lasted, and of how long that is usual. Lines say the same few numbers."""
    lasted = escape(ngettext("%(n)s day", "%(n)s days", days) % {"n": days})
    if not norm:
        return lasted
    usual = escape(_("of %(norm)s") % {"norm": number(norm, 0, language)})
    more = f", × {number(times, 1, language)}" if times else ""
    return f"{lasted} <small>{usual}{more}</small>"


# --- stops --------------------------------------------------------------------------------------------------------


class _StopWords(NamedTuple):
    language: str | None
    heads: tuple[str, ...]
    stop: str
    tier: str
    kinds: Mapping[str, str]
    reasons: Mapping[str, str]
    outcomes: Mapping[str, str]


@lru_cache(maxsize=8)
def _stop_words(language: str | None) -> _StopWords:
    names = _("What happened"), _("Reason"), _("Stopped"), _("Expected back"), _("Owner"), _("Outcome")
    unknown = StopReason.UNKNOWN
    return _StopWords(
        language=language,
        heads=heads(*names),
        stop=root("freezes:detail"),
        tier=escape(_("tier %(tier)s")),
        kinds={str(kind): escape(capfirst(str(kind.label))) for kind in StopKind},
        reasons={**{str(one): escape(str(one.label)) for one in StopReason}, unknown: badge(unknown.label, "warn")},
        outcomes={
            "": marked("frozen", "info", _("stands still")),
            FreezeOutcome.RESUMED: badge(FreezeOutcome.RESUMED.label, "good"),
            FreezeOutcome.LEFT: badge(FreezeOutcome.LEFT.label, "bad"),
        },
    )


@register.simple_tag
def stop_lines(rows: Iterable[Stop], today: date) -> SafeString:
    words = _stop_words(get_language())
    return drawn(_stop_line(row, words, today) for row in rows)


def _stop_line(row: Stop, words: _StopWords, today: date) -> str:
    kind, reason, stopped, expected, owner, outcome = words.heads
    return (
        f"<tr><td class=cell-main><a href={words.stop}{row.id}/>{escape(row.client)}</a>"
        f"<small>{words.tier % {'tier': row.tier}}</small><td{kind}>{words.kinds[row.kind]}"
        f"<td{reason}>{words.reasons[row.reason]}<td{stopped}>{drawn_day(row.stopped_on, 'day', today, words.language)}"
        f"<td{expected}>{_expected(row, today, words.language)}<td{owner}>{escape(row.owner or NOTHING)}"
        f"<td{outcome}>{words.outcomes[row.outcome]}"
    )


def _expected(row: Stop, today: date, language: str | None) -> str:
    day = row.expected_end
    if day is None:
        return faint(NOTHING)
    if day < today and not row.outcome:
        return f"<span class=text-bad>{drawn_day(day, 'relative', today, language)}</span>"
    return drawn_day(day, "day", today, language)

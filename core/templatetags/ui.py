"""The pieces pages are made of. Each has its template in templates/components/, with its parameters on top.

All of them can be seen, in both themes, at /styleguide/; docs/design.md tells when to use which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.chart_markup import sparkline
from core.icons import draw

register = template.Library()

Text = str | Promise
TONES = frozenset({"neutral", "accent", "good", "warn", "bad", "info"})
TONE_ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "octagon-alert", "info": "info"}

register.filter("number", formats.number)
register.filter("money", formats.money)
register.filter("share", formats.share)
register.filter("change", formats.change)
register.filter("short_day", formats.short_day)
register.filter("relative_day", formats.relative_day)
register.filter("moment", formats.moment)
register.filter("dated", formats.dated)


def _render(context: Context, name: str, values: Mapping[str, Any]) -> SafeString:
    """One component, seeing its parameters, the request and the CSRF token, and nothing else of the page."""
    shared = {key: context.get(key) for key in ("request", "csrf_token")}
    assert context.template is not None
    found = context.template.engine.get_template(f"components/{name}.html")
    return found.render(context.new({**shared, **values}))


_CONTENT = mark_safe("\0content\0")


def _enclosed(name: str, content: SafeString, *flags: str, **values: Any) -> SafeString:
    """A component that puts something before its content and something after it, whatever the content is."""
    given = tuple((key, conditional_escape(localize(value)) if value else "") for key, value in values.items())
    before, after = _enclosure(name, get_language(), flags, given)
    return mark_safe(f"{before}{content}{after}")  # noqa: S308 - a template's own


@lru_cache(maxsize=1024)
def _enclosure(
    name: str, _language: str | None, flags: tuple[str, ...], values: tuple[tuple[str, str], ...]
) -> tuple[str, str]:
    """Pages of a kind have the same cards and tables. The values are escaped already, so that no two of them that are
    drawn differently are taken for one.
    """
    drawn = get_template(f"components/{name}.html").render(
        {**dict(values), **dict.fromkeys(flags, True), "content": _CONTENT}
    )
    before, _content, after = drawn.partition(_CONTENT)
    return before, after


_icon = lru_cache(maxsize=1024)(draw)


@register.simple_tag
def icon(name: str, size: int = 18, css: str = "", id: str = "") -> str:  # noqa: A002 - it is the attribute's name
    """A lucide icon, hidden from screen readers: text beside it says what it means. By its ``id`` others repeat it."""
    return _icon(str(name), size, f"icon {css}".strip(), id)


@lru_cache(maxsize=2048)
def _badge(text: str, tone: str, icon_name: str, title: str) -> str:
    tone = tone if tone in TONES else "neutral"
    picture = _icon(icon_name, 14, "icon") if icon_name else ""
    hint = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="tag tag-{}"{}>{}{}</span>', tone, hint, picture, text)


@register.simple_tag
def badge(text: Text | int | None, tone: str = "neutral", icon: str = "", title: Text = "") -> str:
    """A state in one word. ``tone`` is neutral, accent, good, warn, bad or info; colour never speaks alone."""
    return _badge(str(text), str(tone), str(icon), str(title))


@register.simple_tag
def phone(value: str | None, extension: str = "") -> str:
    """A number that can be tapped."""
    if not value:
        return formats.NOTHING
    target = "".join(sign for sign in value if sign.isdigit() or sign == "+")
    text = formats.phone(value) + (f" ({extension})" if extension else "")
    return format_html('<a class="tel" href="tel:{}">{}</a>', target, text)


@register.simple_tag
def when(value: date | datetime | str | None, style: str = "relative") -> str:
    """A <time>: ``relative`` (2 days ago), ``day`` (14 Dec) or ``moment`` (14 Dec, 10:30); the full date on hover.

    A template gives the empty string for what is not there, such as the day of nothing.
    """
    if not value or isinstance(value, str):
        return formats.NOTHING
    if not isinstance(value, datetime):
        return drawn_day(value, style, timezone.localdate(), get_language())
    machine = timezone.localtime(value).isoformat(timespec="minutes")
    return _time(machine, formats.moment(value), _STYLES[style](value) if style in _STYLES else "")


_STYLES: dict[str, Any] = {"relative": formats.relative_day, "day": formats.short_day}


@lru_cache(maxsize=4096)
def drawn_day(day: date, style: str, today: date, language: str | None) -> SafeString:
    """``when`` for whoever draws dozens of days and knows today and the language."""
    shown = _STYLES[style](day, today, language) if style in _STYLES else ""
    return _time(day.isoformat(), formats.short_day(day, today, language), shown)


def _time(machine: str, full: str, shown: str) -> SafeString:
    if shown in ("", full):
        return format_html("<time datetime={}>{}</time>", machine, full)
    return format_html('<time datetime={} title="{}">{}</time>', machine, full, shown)


@register.simple_tag
def clock(zone: str | tzinfo, at: datetime | None = None) -> str:
    """The time it is now for somebody in ``zone``."""
    place = ZoneInfo(zone) if isinstance(zone, str) else zone
    there = (at or timezone.now()).astimezone(place)
    return format_html(
        '<time class="clock" datetime="{}">{}</time>', there.isoformat(timespec="minutes"), f"{there:%H:%M}"
    )


@register.simple_tag
def avatar(person: Any, size: str = "md", *, named: bool = False) -> SafeString:
    """The photo, or initials on a colour of their own; ``size`` is sm, md or lg, ``named`` puts the name beside it."""
    name, photo = str(person) if person else "", getattr(person, "photo", None)
    initials = "".join(word[0] for word in name.split()[:2] if word).upper()
    hue, said = int(sha256(name.encode()).hexdigest(), 16) % 6, escape(name)
    heard = 'aria-hidden="true"' if named else f'role="img" aria-label="{said}" title="{said}"'
    picture = (
        f'<img src="{escape(photo.url)}" alt="" loading="lazy" width="40" height="40">'
        if photo
        else escape(initials or "?")
    )
    drawn = f'<span class="avatar avatar-{size} hue-{hue}" {heard}>{picture}</span>'
    beside = f"<span>{said}</span>" if named else ""
    return mark_safe(f'<span class="person">{drawn}{beside}</span>')  # noqa: S308 - escaped piece by piece


@register.simple_tag
def stat(
    label: Text,
    value: Text,
    *,
    url: str = "",
    change: Text = "",
    tone: str = "neutral",
    hint: Text = "",
    trend: Any = None,
    note: Text = "",
) -> SafeString:
    """A figure as a tile: ``change`` with its tone (good, bad or neutral), ``hint`` is its definition, ``trend`` a
    ``core.charts.Sparkline``. A page has dozens of tiles: put together without a template.
    """
    meaning = format_html(_HINT, hint, _icon("info", 14, "icon")) if hint else ""
    said = format_html('<span class="stat-change text-{}">{}</span>', tone, change) if change else ""
    said += format_html('<span class="muted">{}</span>', note) if note else ""
    line = mark_safe(sparkline(trend)) if trend else ""  # noqa: S308 - escaped piece by piece
    body = format_html(_STAT, label, meaning, value, mark_safe(said), line)  # noqa: S308 - escaped above
    return format_html('<a class="stat" href="{}">{}</a>', url, body) if url else format_html(_TILE, body)


_HINT = '<span class="stat-hint" title="{0}">{1}<span class="visually-hidden">{0}</span></span>'
_STAT = (
    '<span class="stat-label">{}{}</span>\n<span class="stat-value">{}</span>\n'
    '<span class="stat-foot"><span>{}</span>\n{}</span>'
)
_TILE = '<div class="stat">{}</div>'


@register.simple_tag
def tabs(items: Iterable[Mapping[str, Any]], label: Text) -> SafeString:
    """Views of a list: mappings with label, url, [count], [active], [tone="bad"]. Links, so the URL is the state."""
    links = "".join([_tab(item) for item in items])
    return mark_safe(f'<nav class="tabs" aria-label="{escape(str(label))}">{links}</nav>')  # noqa: S308 - escaped piece by piece


def _tab(item: Mapping[str, Any]) -> str:
    here, count, shown = ' aria-current="page"' if item.get("active") else "", item.get("count"), ""
    if count is not None and count != "":
        tone = f" count-{item['tone']}" if item.get("tone") else ""
        shown = f'<span class="count{tone}">{escape(str(count))}</span>'
    return f'<a href="{escape(item["url"])}"{here}>{escape(str(item["label"]))}{shown}</a>'


@register.simple_tag
def rate_modes(modes: Iterable[Mapping[str, Any]]) -> SafeString:
    """Per cent or coefficients: ``core.page_links.rate_modes`` or ``reports.asking.modes``."""
    links = "".join([
        f'<a href="{escape(mode["url"])}"{" aria-current=true" if mode["active"] else ""}>{escape(str(mode["label"]))}</a>'
        for mode in modes
    ])  # fmt: skip
    label = escape(_("Show rates as"))
    return mark_safe(f'<nav class="segmented" aria-label="{label}">{links}</nav>')  # noqa: S308 - escaped piece by piece


@register.simple_tag(takes_context=True)
def facts(context: Context, rows: Sequence[tuple[Text, Any]], *, columns: int = 1) -> SafeString:
    return _render(context, "facts", {"rows": rows, "columns": columns})


@register.simple_tag(takes_context=True)
def pagination(
    context: Context,
    *,
    next_url: str | None = "",
    previous_url: str | None = "",
    first_url: str | None = "",
    total: int | None = None,
    target: str = "",
) -> SafeString:
    values = {"next_url": next_url, "previous_url": previous_url, "first_url": first_url}
    return _render(context, "pagination", {**values, "total": total, "target": target})


def _drop_echoes(form: Any) -> None:
    """A placeholder that repeats the label says nothing and looks like a value."""
    for field in form.fields.values():
        if str(field.widget.attrs.get("placeholder", "")) == str(field.label):
            del field.widget.attrs["placeholder"]


@register.simple_tag(takes_context=True)
def form_fields(
    context: Context, form: Any, *, submit: Text = "", cancel_url: str = "", sticky: bool = False, two: bool = False
) -> SafeString:
    _drop_echoes(form)
    values = {"form": form, "submit": submit, "cancel_url": cancel_url, "sticky": sticky, "two": two}
    return _render(context, "form", values)


@register.simple_block_tag(takes_context=True)
def page_head(
    context: Context,
    content: SafeString,
    *,
    title: Text,
    subtitle: Text = "",
    back_url: str = "",
    back_label: Text = "",
) -> SafeString:
    values = {"title": title, "subtitle": subtitle, "back_url": back_url, "back_label": back_label}
    return _render(context, "page_head", {**values, "content": content})


@register.simple_block_tag
def card(
    content: SafeString,
    *,
    title: Text = "",
    icon: str = "",
    url: str = "",
    url_label: Text = "",
    note: Text = "",
    flush: bool = False,
    id: str = "",  # noqa: A002 - it is the attribute's name
) -> SafeString:
    values = {"title": title, "icon": icon, "url": url, "url_label": url_label, "note": note, "id": id}
    return _enclosed("card", content, *(["flush"] if flush else []), **values)


@register.simple_block_tag(takes_context=True)
def empty(context: Context, content: SafeString, *, title: Text, text: Text = "", icon: str = "inbox") -> SafeString:
    return _render(context, "empty", {"title": title, "text": text, "icon": icon, "content": content})


@register.simple_block_tag
def table(content: SafeString, *, caption: Text, stack: bool = True, id: str = "") -> SafeString:  # noqa: A002
    return _enclosed("table", content, *(["stack"] if stack else []), caption=caption, id=id)


@register.simple_block_tag(takes_context=True)
def filters(
    context: Context,
    content: SafeString,
    *,
    action: str = "",
    target: str = "",
    reset_url: str = "",
    submit: Text = "",
    label: Text = "",
    unfolded: bool = False,
) -> SafeString:
    values = {"action": action, "target": target, "reset_url": reset_url, "submit": submit, "label": label}
    more = {"unfolded": unfolded, "chosen": _chosen(context["request"].GET), "content": content}
    return _render(context, "filters", {**values, **more})


#: Of an address: where one is in a list, not what is looked for.
_NOT_FILTERS = frozenset({"after", "before", "cursor", "page", "sort", "view", "group", "percent"})


def _chosen(query: Mapping[str, str]) -> int:
    return sum(1 for name in query if query[name] and name not in _NOT_FILTERS)


@register.simple_block_tag
def dialog(content: SafeString, *, id: str, title: Text, wide: bool = False) -> SafeString:  # noqa: A002
    return _enclosed("dialog", content, *(["wide"] if wide else []), id=id, title=title)


@register.simple_block_tag(takes_context=True)
def confirm(
    context: Context,
    content: SafeString,
    *,
    id: str,  # noqa: A002
    url: str,
    label: Text,
    question: Text,
    action: Text = "",
    tone: str = "bad",
    icon: str = "",
    css: str = "",
) -> SafeString:
    values = {"id": id, "url": url, "label": label, "question": question, "action": action or label}
    return _render(context, "confirm", {**values, "tone": tone, "icon": icon, "css": css, "content": content})


@register.simple_block_tag(takes_context=True)
def notice(
    context: Context, content: SafeString, *, tone: str = "info", title: Text = "", icon: str = ""
) -> SafeString:
    picture = icon or TONE_ICONS.get(tone, "info")
    return _render(context, "notice", {"tone": tone, "title": title, "icon": picture, "content": content})


@register.simple_block_tag(takes_context=True)
def timeline_item(
    context: Context,
    content: SafeString,
    *,
    title: Text,
    at: date | datetime | None = None,
    who: Any = "",
    icon: str = "circle",
    tone: str = "neutral",
    url: str = "",
) -> SafeString:
    values = {"title": title, "at": at, "who": who, "icon": icon, "tone": tone, "url": url}
    return _render(context, "timeline_item", {**values, "content": content})


@register.simple_tag(takes_context=True)
def sort_header(context: Context, label: Text, field: str, *, css: str = "", parameter: str = "sort") -> SafeString:
    """A <th> that sorts by ``field``: once up, once down; the rest of the query string stays, the page does not."""
    return _sort_header(context["request"].META["QUERY_STRING"], str(label), field, css, parameter)


@lru_cache(maxsize=1024)
def _sort_header(query_string: str, label: str, field: str, css: str, parameter: str) -> SafeString:
    """The same address has the same heads: lists are looked at all day."""
    query = QueryDict(query_string, mutable=True)
    current = query.get(parameter, "")
    query[parameter] = f"-{field}" if current == field else field
    for cursor in ("after", "before", "cursor", "page"):
        query.pop(cursor, None)
    state = {field: "ascending", f"-{field}": "descending"}.get(current, "")
    values = {"label": label, "url": f"?{query.urlencode()}", "state": state, "css": css}
    return mark_safe(get_template("components/sort_header.html").render(values))  # noqa: S308 - a template's own


@register.simple_tag
def notice_icon(tone: str) -> str:
    """The icon of a message's level: colour never speaks alone."""
    return _icon(TONE_ICONS.get(tone, "info"), 18, "icon")


@register.filter
def has_field_errors(form: Any) -> bool:
    return any(name != NON_FIELD_ERRORS for name in form.errors)


@register.filter
def tone_of(level: str) -> str:
    """Django's message level in our tones."""
    return {"error": "bad", "warning": "warn", "success": "good", "debug": "neutral"}.get(level, "info")

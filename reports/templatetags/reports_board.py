from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from html import escape

from django import template
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.templatetags.ui import icon
from reports.alerts import Told, told
from reports.roubles import Line, Month
from reports.shelf import Alert
from reports.story import Told as Happened
from reports.wording import address

register = template.Library()


@register.filter
def roubles(value: Decimal | float | None, language: str | None = None) -> str:
    """Whole ones: kopecks of a month's sum say nothing."""
    return formats.money(None if value is None else round(value), language)


@register.filter
def alert_told(alert: Alert) -> Told:
    return told(
        kind=alert.kind,
        metric=alert.metric,
        month=alert.month,
        username=alert.manager,
        name=alert.name,
        value=alert.value,
        limit=alert.limit,
    )


@register.simple_tag
def event_lines(events: Iterable[Happened], leads: bool) -> SafeString:  # noqa: FBT001 - a template has no other way
    """What happened, under the numbers of the charts, and how renewals went around it; every value is escaped here."""
    before_and_after, change = _("renewals two months before %(before)s, after %(after)s"), _("Change “%(text)s”")
    pages, pencil, lines = address("reports:standard", "annotations", "0").removesuffix("0/"), icon("pencil", 16), []
    for one in events:
        event, around, button = one.event, "", ""
        if one.url:
            said = escape(before_and_after % {"before": one.before, "after": one.after})
            around = f' <a class="small d-block" href="{escape(one.url)}">{said}</a>'
        if leads:
            label = escape(change % {"text": event.text})
            page = f"{pages}{event.id}/?next=department"
            button = f'<a class="icon-btn" href="{page}" aria-label="{label}">{pencil}</a>'
        day = escape(formats.dated(event.day, "j b Y"))
        told = f'<span class="muted">{day}</span> {escape(event.text)}{around}'
        lines.append(f'<li value="{one.number}"><span>{told}</span>{button}</li>')
    return mark_safe("".join(lines))  # noqa: S308 - escaped piece by piece


@register.simple_tag
def roubles_lines(months: Iterable[Month]) -> SafeString:
    """Each month, and under it its managers; every value is escaped here."""
    heads = [f' data-label="{escape(label)}"' for label in (_("Comes due"), _("Expected"), _("Fact"), _("By plan"))]
    lines, language = [], get_language()
    for month in months:
        title = escape(date_format(month.month, "F Y"))
        lines.append(_roubles_line(month.total, f"<strong>{title}</strong>", heads, language))
        lines += [_roubles_line(line, escape(line.name), heads, language, css=" cell-under") for line in month.lines]
    return mark_safe("".join(lines))  # noqa: S308 - escaped piece by piece


def _roubles_line(line: Line, title: str, heads: list[str], language: str | None, css: str = "") -> str:
    plan = '<span class="muted">—</span>' if line.plan is None else roubles(line.plan, language)
    if line.plan is not None and line.short:
        plan += f' <span class="text-bad">−{roubles(line.short, language)}</span>'
    values = (*(roubles(one, language) for one in (line.due, line.weighted, line.fact)), plan)
    cells = "".join(f'<td class="num"{head}>{value}' for head, value in zip(heads, values, strict=True))
    return (
        f'<tr><td class="cell-main{css}"><a href="{escape(line.url)}">{title}</a> '
        f'<span class="muted small">{formats.number(line.renewed, 0, language)} / {formats.number(line.count, 0, language)}</span>{cells}'
    )

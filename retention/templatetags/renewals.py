from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core import formats
from core.templatetags.ui import badge
from retention.enums import AttentionKind, Likelihood

register = template.Library()
TONES: dict[str, str] = {Likelihood.LIKELY: "good", Likelihood.UNSURE: "warn", Likelihood.UNLIKELY: "bad"}
ICONS: dict[str, str] = {
    Likelihood.LIKELY: "trending-up",
    Likelihood.UNSURE: "circle-question-mark",
    Likelihood.UNLIKELY: "trending-down",
}


@register.filter
def money_whole(value: Decimal | None) -> str:
    """Monthly values are divided sums: kopecks of them say nothing."""
    return formats.money(None if value is None else Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))


SIGNS: dict[str, str] = {
    AttentionKind.FAILED_ORDER: "bad",
    AttentionKind.SILENCE: "warn",
    AttentionKind.NO_CONTACT: "info",
}


@register.simple_tag
def sign(kind: str) -> str:
    """What an early sign is, in one word."""
    return _sign(kind, get_language())


@lru_cache(maxsize=16)
def _sign(kind: str, _language: str | None) -> str:
    word = AttentionKind(kind)
    return badge(word.label, SIGNS[word])


@register.simple_tag
def against_norm(days: int, norm: int | None, times: float | None) -> SafeString:
    """For how long it has lasted, and of how long that is usual. Rows of a list say the same few numbers."""
    return _against(days, norm, times, get_language())


@lru_cache(maxsize=4096)
def _against(days: int, norm: int | None, times: float | None, _language: str | None) -> SafeString:
    lasted = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    if not norm:
        return format_html("{}", lasted)
    usual = _("of %(norm)s") % {"norm": formats.number(norm)}
    more = f", × {formats.number(times, 1)}" if times else ""
    return format_html('{} <small class="muted">{}{}</small>', lasted, usual, more)


@register.simple_tag
def likelihood(value: str, title: str = "") -> str:
    """A likelihood in words with its tone and icon; nothing while nobody has spoken."""
    if not value:
        return ""
    word = Likelihood(value)
    return badge(word.label, TONES[word], ICONS[word], title)


@register.simple_tag
def choice_filter(name: str, label: str, choices: Iterable[tuple[str, str | Promise]], chosen: Any) -> SafeString:
    options = ((value, " selected" if str(value) == str(chosen or "") else "", text) for value, text in choices)
    return format_html(
        '<div><label class="form-label" for="f-{0}">{1}</label><select class="form-select" id="f-{0}" name="{0}">'
        '<option value="">{2}</option>{3}</select></div>',
        name,
        label,
        _("all"),
        format_html_join("", '<option value="{}"{}>{}</option>', options),
    )


@register.simple_tag(takes_context=True)
def column_url(context: Context, column: Any, by_stage: bool = False) -> str:  # noqa: FBT001, FBT002
    """The list of everything that stands in a column of the board."""
    query = context["request"].GET.copy()
    query["stage" if by_stage else "term"] = column.key
    return f"{reverse('renewals:list')}?{query.urlencode()}"


@register.simple_tag
def timing_badge(value: str) -> str:
    """Early, on time or late, by the dates of the two contracts."""
    words = {
        "replaced": (_("replaced mid-term"), "neutral"),
        "early": (_("early"), "good"),
        "on_time": (_("on time"), "good"),
        "late": (_("late"), "warn"),
        "too_late": (_("after the grace: a win-back"), "bad"),
    }
    return badge(*words[value]) if value in words else ""


@register.simple_tag
def movement_badge(value: str) -> str:
    words = {
        "up": (_("worth more"), "good", "trending-up"),
        "down": (_("worth less"), "warn", "trending-down"),
        "flat": (_("worth the same"), "neutral", "equal"),
    }
    return badge(*words[value]) if value in words else ""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import formats
from core.options import options
from core.templatetags.ui import badge
from retention.enums import Likelihood

register = template.Library()
TONES: dict[str, str] = {Likelihood.LIKELY: "good", Likelihood.UNSURE: "warn", Likelihood.UNLIKELY: "bad"}
ICONS: dict[str, str] = {
    Likelihood.LIKELY: "trending-up",
    Likelihood.UNSURE: "circle-question-mark",
    Likelihood.UNLIKELY: "trending-down",
}


@register.filter
def money_whole(value: Decimal | None, language: str | None = None) -> str:
    """Monthly values are divided sums: kopecks of them say nothing."""
    return formats.money(None if value is None else Decimal(value).quantize(Decimal(1), ROUND_HALF_UP), language)


register.filter(formats.as_given)
register.filter(formats.change_share)


@register.simple_tag
def likelihood(value: str, title: str = "") -> str:
    """A likelihood in words with its tone and icon; nothing while nobody has spoken."""
    if not value:
        return ""
    word = Likelihood(value)
    return badge(word.label, TONES[word], ICONS[word], title)


@register.simple_tag
def choice_filter(
    name: str, label: str, choices: Iterable[tuple[Any, Any]], chosen: Any, empty: str = ""
) -> SafeString:
    """A labelled select of a filter bar; ``empty`` is what no choice is called, «all» unless it is told."""
    return format_html(
        '<div><label class="form-label" for="f-{0}">{1}</label><select class="form-select" id="f-{0}" name="{0}">{2}'
        "</select></div>",
        name,
        label,
        options(choices, chosen, empty or _("all")),
    )


@register.simple_tag
def field_filter(
    name: str, label: str, choices: Iterable[tuple[Any, Any]], chosen: Any, empty: str = "", groups: Any = ()
) -> SafeString:
    """The same where the label is around its select."""
    return format_html(
        '<label class="field"><span>{1}</span><select class="form-select" name="{0}">{2}</select></label>',
        name,
        label,
        options(choices, chosen, empty or _("all"), groups),
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

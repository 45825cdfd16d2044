"""How an event looks outside the card: the same icons and tones."""

from __future__ import annotations

from django import template

from desk.client_timeline import look_of

register = template.Library()


@register.filter
def event_icon(kind: str) -> str:
    return look_of(kind)[0]


@register.filter
def event_tone(kind: str) -> str:
    return look_of(kind)[1]

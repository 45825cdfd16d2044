from __future__ import annotations

from decimal import Decimal

from django import template

from core import formats
from reports.services.morning import alert_text
from reports.shelf import Alert

register = template.Library()


@register.filter
def roubles(value: Decimal | float | None) -> str:
    """Whole ones: kopecks of a month's sum say nothing."""
    return formats.money(None if value is None else round(value))


@register.filter
def alert_words(alert: Alert) -> str:
    return alert_text(
        kind=alert.kind,
        metric=alert.metric,
        month=alert.month,
        name=alert.name,
        value=alert.value,
        limit=alert.limit,
    )

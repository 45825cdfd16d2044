from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()

_DAY = 24 * 60


@register.filter
def working_time(minutes: int) -> str:
    """130 → «2 h 10 min» of working time."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


@register.filter
def passed_time(minutes: int) -> str:
    """By the calendar, nights and weekends included: 3000 → «2 d 2 h»."""
    days, rest = divmod(minutes, _DAY)
    if not days:
        return working_time(rest)
    return _("%(days)s d %(hours)s h") % {"days": days, "hours": rest // 60}

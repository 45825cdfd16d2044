"""Lines of complaints, put together as ``core.lines`` tells; every value is escaped here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.lines import cut, drawn, heads, root
from core.templatetags.ui import badge, when
from feedback.enums import ComplaintCategory

if TYPE_CHECKING:
    from feedback.queries import ComplaintLine

register = template.Library()
LONG = 90  # signs of what happened in its line


@register.simple_tag
def complaint_lines(rows: Iterable[ComplaintLine], now: datetime, resolved: bool) -> SafeString:  # noqa: FBT001
    """``resolved``: those of that view tell when, the others until when."""
    what, category, who, moment = heads(
        _("What happened"), _("Category"), _("Responsible"), _("Resolved") if resolved else _("Deadline")
    )
    page, kinds = root("complaints:detail"), {str(kind): badge(kind.label) for kind in ComplaintCategory}

    def told(row: ComplaintLine) -> str:
        if resolved:
            return when(row.resolved_at, "moment")
        due = when(row.deadline, "moment")
        return f"<span class=text-bad>{due}</span>" if row.deadline < now else due

    return drawn(
        f"<tr><td class=cell-main><a href={page}{row.id}/>{escape(row.client)}</a><td{what}>{cut(row.what_happened, LONG)}"
        f"<td{category}>{kinds.get(row.category, '')}<td{who}>{escape(row.responsible)}<td{moment}>{told(row)}"
        for row in rows
    )

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

SHARED = ("manager", "segment", "stage", "tier", "campaign", "mark")


def view_tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """Who may be won back, the attempts as columns and list, campaigns, and who has come back."""
    kept = request.GET.copy()
    for name in list(kept):
        if name not in SHARED:
            kept.pop(name)
    query = f"?{kept.urlencode()}" if kept and current in {"board", "list"} else ""
    rows = [
        ("segments", _("Whom to win back"), ""),
        ("board", _("By stage"), query),
        ("list", _("List"), query),
        ("campaigns", _("Campaigns"), ""),
        ("returns", _("Who has come back"), ""),
    ]
    return [
        {"label": label, "url": reverse(f"winbacks:{name}") + kept_query, "active": name == current}
        for name, label, kept_query in rows
    ]

"""Links that keep every filter of the address: of keyset pages, and of how rates are shown."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.formats import COEFFICIENT, PERCENT


def page_urls(query: QueryDict, *, next_cursor: str, previous_cursor: str) -> dict[str, str]:
    def url(**cursor: str) -> str:
        kept = query.copy()
        kept.pop("after", None)
        kept.pop("before", None)
        kept.update(cursor)
        return f"?{kept.urlencode()}"

    return {
        "next_url": url(after=next_cursor) if next_cursor else "",
        "previous_url": url(before=previous_cursor) if previous_cursor else "",
        "first_url": url(),
    }


def rate_modes(query: QueryDict) -> dict[str, Any]:
    """How a page shows its rates, per cent or coefficients, with the way to the other one."""
    shown = COEFFICIENT if query.get("show") == COEFFICIENT else PERCENT
    names = ((PERCENT, "%"), (COEFFICIENT, _("coefficient")))
    modes = []
    for mode, label in names:
        kept = query.copy()
        kept["show"] = mode
        modes.append({"label": label, "url": f"?{kept.urlencode()}", "active": mode == shown})
    return {"show": shown, "modes": modes}

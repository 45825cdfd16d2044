from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from retention.enums import Likelihood
from retention.queries.renewals.page import to_settle
from staff.access import person
from staff.permissions import leads

TONES = {Likelihood.LIKELY: "good", Likelihood.UNSURE: "warn", Likelihood.UNLIKELY: "bad"}
#: What each view of the renewals keeps of the address when another one is opened.
SHARED = ("manager", "tier", "stage", "signal", "opinion", "month", "term", "mark", "state")


def view_tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The same filter as columns, list, calendar; then what only figures and the head need."""
    kept = request.GET.copy()
    for name in list(kept):
        if name not in SHARED:
            kept.pop(name)
    query = f"?{kept.urlencode()}" if kept else ""
    rows: list[tuple[str, str, str, int | None]] = [
        ("board", _("By term"), query, None),
        ("stages", _("By stage"), query, None),
        ("list", _("List"), query, None),
        ("calendar", _("Calendar"), query, None),
        ("forecast", _("Forecast"), "", None),
    ]
    if leads(person(request)):
        waiting = to_settle()
        rows += [
            ("disputes", _("Disagreements"), "", waiting.disputes),
            ("offers", _("Discounts"), "", waiting.offers),
            ("mismatches", _("Records and dates"), "", None),
        ]
    return [
        {"label": label, "url": reverse(f"renewals:{name}") + kept_query, "active": name == current, "count": count}
        for name, label, kept_query, count in rows
    ]

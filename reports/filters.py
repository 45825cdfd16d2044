"""The form of a page of figures: which values each filter offers, what was chosen, and what is wrong, at its field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.enums import TIERS
from core.options import options
from core.prepared import Asking
from reports.forms import QuestionForm

NAMES = ("manager", "tier", "industry", "region", "product")

OFFERED = Asking("""
    SELECT 'manager', username, name, name FROM staff_user WHERE 'am' = ANY(roles)
    UNION ALL SELECT 'industry', name, name, name FROM clients_industry
    UNION ALL SELECT 'region', name, name, name FROM clients_region
    UNION ALL SELECT 'product', code, name, name FROM clients_product ORDER BY 1, 4
""")
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One filter as the page draws it: a day, or a choice of values."""

    name: str
    label: str
    value: str = ""
    error: str = ""
    options: SafeString | None = None


def offered() -> dict[str, Choices]:
    """What each filter offers, in one statement."""
    found: dict[str, list[tuple[str, str]]] = {"tier": [(tier, tier) for tier in TIERS]}
    for field, value, label, _order in OFFERED.rows():
        found.setdefault(field, []).append((value, label))
    return dict(found)


def days(form: QuestionForm) -> list[Field]:
    """The first and the last day. Addresses carry the day after the last one; people are shown the last."""
    if form.is_valid():
        first, last = form.period.start.isoformat(), form.period.last.isoformat()
    else:
        first, last = form.data.get("from", ""), form.data.get("last") or _day_before(form.data.get("to", ""))
    return [
        Field("from", _("From"), first, _wrong(form, "from")),
        Field("last", _("Until (last day)"), last, _wrong(form, "last") or _wrong(form, "to")),
    ]


def choices(form: QuestionForm, values: dict[str, Choices]) -> list[Field]:
    labels = {
        "manager": (_("Manager"), _("Everybody")),
        "tier": (_("Tier"), _("Any")),
        "industry": (_("Industry"), _("Any")),
        "region": (_("Region"), _("Any")),
        "product": (_("Product"), _("Any")),
    }
    return [
        Field(name, label, error=_wrong(form, name), options=options(values[name], form.data.get(name, ""), every))
        for name, (label, every) in labels.items()
        if values.get(name)
    ]


def _wrong(form: QuestionForm, name: str) -> str:
    return " ".join(str(text) for text in form.errors.get(name, []))


def _day_before(text: str) -> str:
    try:
        day = parse_date(text)
        return (day - timedelta(days=1)).isoformat() if day else text
    except (ValueError, OverflowError):
        return text

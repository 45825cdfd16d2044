"""What an alert says, and where one sees who is behind it: on the page and in the letter of the morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.figures import Period, Unit, add_months
from core.formats import PERCENT
from reports.enums import AlertKind
from reports.managers.drops import trailing
from reports.models import FigureAlert
from reports.registry import FIGURES
from reports.wording import Links, Wording, address


@dataclass(frozen=True, slots=True)
class Told:
    text: str
    url: str


def told(
    *, kind: str, metric: str, month: date, username: str | None, name: str | None, value: float, limit: float
) -> Told:
    text = _text(kind=kind, metric=metric, month=month, name=name, value=value, limit=limit)
    return Told(text, _url(kind=kind, metric=metric, month=month, username=username))


def _text(*, kind: str, metric: str, month: date, name: str | None, value: float, limit: float) -> str:
    unit = FIGURES[metric].unit if metric in FIGURES else Unit.SCORE
    words = Wording(PERCENT)
    said = {"value": words.value(unit, value), "limit": words.value(unit, limit)}
    title = str(FIGURES[metric].title) if metric in FIGURES else metric
    if kind == AlertKind.SCORE:
        text = _("%(name)s: mean score of the last seven days %(value)s, four weeks before %(limit)s")
        return text % {**said, "name": name or _("Whole department")}
    if kind == AlertKind.DROP:
        text = _("%(name)s – %(title)s: %(value)s over three months, %(limit)s in the year before")
        return text % {**said, "name": name, "title": title}
    text = _("%(title)s of %(month)s is %(value)s, the corridor ends at %(limit)s")
    return text % {**said, "title": title, "month": date_format(month, "F Y")}


def _url(*, kind: str, metric: str, month: date, username: str | None) -> str:
    """Who gave these scores, the two spans of a drop beside each other, or who makes up the month's figure."""
    if kind == AlertKind.SCORE or metric not in FIGURES:
        return f"{address('reports:voice')}#quality"
    links = Links({"manager": username or ""})
    if kind == AlertKind.DROP:
        late, earlier = trailing(add_months(month, 1))
        return links.compare(metric, earlier, late)
    whole = Period(month, add_months(month, 1))
    return links.who(metric, whole) or links.who(metric, whole, "denominator")


def unseen() -> list[Told]:
    """For the letter; the page has them from the shelf."""
    rows = FigureAlert.objects.filter(seen_at__isnull=True).annotate(
        username=F("manager__username"), name=F("manager__name")
    )
    return [
        told(
            kind=row.kind,
            metric=row.metric,
            month=row.month,
            username=row.username,
            name=row.name,
            value=row.value,
            limit=row.limit,
        )
        for row in rows[:20]
    ]

"""Everything that people keep beside the figures, in one statement: plans, corridors, annotations, rates, alerts, views."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.figures import Text
from core.prepared import Asking
from reports.enums import AlertKind, ViewPage
from reports.registry import FIGURES
from reports.rules import Plan
from retention.enums import AnnotationKind
from staff.models import User
from staff.permissions import leads

SHELF = Asking("""
    SELECT 'plan', json_build_object('id', id, 'metric', metric, 'manager', manager_id, 'month', month, 'value', value)::text
        FROM retention_target
    UNION ALL SELECT 'corridor', json_build_object('metric', metric, 'low', low, 'high', high)::text
        FROM retention_corridor
    UNION ALL SELECT 'event', json_build_object('id', id, 'day', day, 'kind', kind, 'text', text)::text
        FROM retention_annotation
    UNION ALL SELECT 'rate', json_build_object('metric', metric, 'month', month, 'value', value, 'note', note)::text
        FROM retention_historicalrate WHERE %(leads)s
    UNION ALL SELECT 'alert', json_build_object('id', a.id, 'kind', a.kind, 'metric', a.metric, 'month', a.month,
            'manager', u.username, 'name', u.name, 'value', a.value, 'limit', a.limit)::text
        FROM reports_figurealert a LEFT JOIN staff_user u ON u.id = a.manager_id
        WHERE a.seen_at IS NULL AND (%(leads)s OR a.manager_id = %(user)s)
    UNION ALL SELECT 'view', json_build_object('id', id, 'name', name, 'query', query, 'shared', shared,
            'own', owner_id = %(user)s)::text
        FROM reports_savedview WHERE page = %(page)s
            AND (owner_id = %(user)s OR shared AND (%(leads)s OR query !~ '(^|&)manager='))
    UNION ALL SELECT 'manager', json_build_object('id', id, 'username', username, 'name', name)::text
        FROM staff_user WHERE %(leads)s OR id = %(user)s
""")


@dataclass(frozen=True, slots=True)
class Event:
    """An annotation."""

    id: int
    day: date
    kind: str
    text: str

    @property
    def kind_label(self) -> Text:
        return AnnotationKind(self.kind).label


@dataclass(frozen=True, slots=True)
class Rate:
    """A figure of a month before the system."""

    metric: str
    month: date
    value: float
    note: str


@dataclass(frozen=True, slots=True)
class Alert:
    id: int
    kind: str
    metric: str
    month: date
    manager: str | None
    name: str | None
    value: float
    limit: float

    @property
    def of_scores(self) -> bool:
        return self.kind == AlertKind.SCORE


@dataclass(frozen=True, slots=True)
class View:
    id: int
    name: str
    query: str
    shared: bool
    own: bool


@dataclass(slots=True)
class Shelf:
    plans: list[Plan] = field(default_factory=list)
    corridors: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    rates: dict[str, list[Rate]] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    managers: dict[int, tuple[str, str]] = field(default_factory=dict)


def shelf(*, user: User, page: ViewPage = ViewPage.DEPARTMENT) -> Shelf:
    """What this person may see of it. Rates from before the system are the whole department's: the head's alone."""
    found = Shelf()
    for kind, text in SHELF.rows({"leads": leads(user), "user": user.pk, "page": page}):
        _put(found, kind, json.loads(text))
    found.events.sort(key=lambda event: (event.day, event.id))
    found.alerts.sort(key=lambda alert: alert.id, reverse=True)
    found.views.sort(key=lambda view: (view.name.lower(), view.id))
    for rates in found.rates.values():
        rates.sort(key=lambda rate: rate.month)
    return found


def _put(found: Shelf, kind: str, row: dict[str, Any]) -> None:
    for name in ("day", "month"):
        if row.get(name):
            row[name] = date.fromisoformat(row[name])
    PUT[kind](found, row)


def _put_alert(found: Shelf, row: dict[str, Any]) -> None:
    if row["metric"] in FIGURES:
        found.alerts.append(Alert(**row))


PUT: dict[str, Callable[[Shelf, dict[str, Any]], None]] = {
    "plan": lambda found, row: found.plans.append(Plan(**{**row, "value": float(row["value"])})),
    "corridor": lambda found, row: found.corridors.update({row["metric"]: (row["low"], row["high"])}),
    "event": lambda found, row: found.events.append(Event(**row)),
    "rate": lambda found, row: found.rates.setdefault(row["metric"], []).append(Rate(**row)),
    "alert": _put_alert,
    "view": lambda found, row: found.views.append(View(**row)),
    "manager": lambda found, row: found.managers.update({row["id"]: (row["username"], row["name"])}),
}

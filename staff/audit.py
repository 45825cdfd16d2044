"""What changed on a row, who did it and when: from the audit trail that the application cannot edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet
from django.utils.formats import localize
from django.utils.translation import gettext as _

from core import formats
from staff.models import User

HIDDEN = frozenset({"id", "version", "updated_at", "created_at", "is_superuser", "user"})
LIMIT = 300


@dataclass(frozen=True, slots=True)
class FieldChange:
    """``before`` is empty where the row itself is new."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime
    who: str
    what: str
    fields: list[FieldChange]


def changes(sources: Sequence[tuple[str, str, dict[str, Any]]]) -> list[Change]:
    """``sources`` are (app label, event model, filter), several for things told together; newest first."""
    found = [change for source in sources for change in _of_model(*source)]
    return sorted(found, key=lambda change: change.at, reverse=True)[:LIMIT]


def user_changes(user: User) -> list[Change]:
    return changes(
        [
            ("staff", "UserEvent", {"pgh_obj_id": user.pk}),
            ("staff", "AbsenceEvent", {"user_id": user.pk}),
            ("staff", "ApiTokenEvent", {"user_id": user.pk}),
        ]
    )


def company_changes() -> list[Change]:
    return changes(
        [("core", "CompanyEvent", {}), ("core", "WorkingPeriodEvent", {}), ("core", "WorkdayOverrideEvent", {})]
    )


def _of_model(app: str, name: str, where: dict[str, Any]) -> Iterator[Change]:
    model = apps.get_model(app, name)
    tracked = model._meta.get_field("pgh_obj").related_model
    rows: QuerySet[Any] = model._default_manager.filter(**where).select_related("pgh_context")
    events = list(rows.order_by("-pgh_id")[:LIMIT])
    names = _actors(events)
    older: dict[Any, Any] = {}
    for event in reversed(events):
        before = older.get(event.pgh_obj_id)
        older[event.pgh_obj_id] = event
        fields = list(_compared(tracked, before, event))
        if fields or before is None or event.pgh_label == "delete":
            yield Change(
                at=event.pgh_created_at,
                who=names.get(_actor_id(event), _("the system")),
                what=_what(tracked, event),
                fields=fields,
            )


def _what(tracked: type[Model], event: Any) -> str:
    verbs = {"insert": _("created"), "update": _("changed"), "delete": _("removed")}
    names = {
        "absence": _("absence"),
        "apitoken": _("API token"),
        "workingperiod": _("working hours"),
        "workdayoverride": _("day of the calendar"),
    }
    name = names.get(str(tracked._meta.model_name), str(tracked._meta.verbose_name))
    return f"{name}: {verbs.get(event.pgh_label, event.pgh_label)}"


def _actor_id(event: Any) -> int | None:
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    return metadata.get("user")


def _actors(events: Sequence[Any]) -> dict[int | None, str]:
    ids = {actor for event in events if (actor := _actor_id(event))}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}


def _compared(tracked: type[Model], before: Any, event: Any) -> Iterator[FieldChange]:
    for field in tracked._meta.concrete_fields:
        if field.name in HIDDEN or not hasattr(event, field.attname):
            continue
        now_is, was = getattr(event, field.attname), getattr(before, field.attname, None)
        if now_is != was and (before is not None or now_is not in (None, "", [], False)):
            told = _shown(field, was) if before else ""
            yield FieldChange(label=str(field.verbose_name), before=told, after=_shown(field, now_is))


def _shown(field: Any, value: Any) -> str:
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    labels = dict(getattr(getattr(field, "base_field", field), "choices", None) or ())
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(labels.get(one) or _written(one)) for one in values)


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return formats.number(value, 2 if value % 1 else 0)
    return formats.moment(value) if isinstance(value, datetime) else str(localize(value))

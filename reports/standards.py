"""Writes what figures are held against and what is kept beside them. Values of shares come and go as per cent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.concurrency import decide, plain, update_versioned
from core.errors import ConflictError, DomainError, ForbiddenError
from core.figures import Unit
from reports.enums import ViewPage
from reports.models import FigureAlert, SavedView
from reports.registry import FIGURES
from retention.models import Annotation, Corridor, HistoricalRate, Target
from staff.models import HourlyCost, User
from staff.permissions import leads

Standard = Target | Corridor | Annotation | HistoricalRate | HourlyCost
#: What an edit may change; the rest says which row it is.
EDITABLE: Mapping[type[models.Model], tuple[str, ...]] = {
    Target: ("value",),
    Corridor: ("low", "high"),
    Annotation: ("day", "kind", "text"),
    HistoricalRate: ("value", "note"),
    HourlyCost: ("amount",),
}
SCALED = frozenset({"value", "low", "high"})


def scale_of(metric: str) -> int:
    """People write 85 and mean 85 %; figures tell 0.85."""
    return 100 if metric in FIGURES and FIGURES[metric].unit is Unit.SHARE else 1


def shown_values(row: Standard) -> dict[str, Any]:
    """The row as its form shows it."""
    scale = scale_of(getattr(row, "metric", ""))
    values = {name: getattr(row, name) for name in EDITABLE[type(row)]}
    return {name: value * scale if name in SCALED and value is not None else value for name, value in values.items()}


def _stored(metric: str, values: Mapping[str, Any]) -> dict[str, Any]:
    scale = Decimal(scale_of(metric))
    return {name: value / scale if name in SCALED and value is not None else value for name, value in values.items()}


def _may(actor: User) -> None:
    if not leads(actor):
        raise ForbiddenError(_("Plans, corridors, costs and annotations are the head's."))


def add_standard(*, model: type[models.Model], values: Mapping[str, Any], actor: User) -> Standard:
    _may(actor)
    extra = {"created_by": actor} if model is Annotation else {}
    try:
        with transaction.atomic():
            row = model._default_manager.create(**_stored(values.get("metric", ""), values), **extra)
    except IntegrityError as error:
        raise ConflictError(_("There is one for this already: change that one.")) from error
    return cast("Standard", row)


@transaction.atomic
def change_standard(*, row: Standard, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User) -> None:
    """Two people at once: different fields merge, the same field asks."""
    _may(actor)
    locked: Any = type(row)._default_manager.select_for_update().get(pk=row.pk)
    theirs = {name: plain(value) for name, value in shown_values(locked).items()}
    changed = decide(theirs=theirs, original=original, mine=mine)
    if not changed:
        return
    for name, value in _stored(getattr(locked, "metric", ""), {name: mine[name] for name in changed}).items():
        setattr(locked, name, value)
    if hasattr(locked, "version"):
        update_versioned(locked, fields=changed, expected_version=locked.version)
    else:
        kept = ["updated_at"] if hasattr(locked, "updated_at") else []
        locked.save(update_fields=[*changed, *kept])


def remove_standard(*, row: Standard, actor: User) -> None:
    """The audit trail keeps what it was."""
    _may(actor)
    row.delete()


MOST_VIEWS = 30


def keep_view(*, owner: User, page: ViewPage, name: str, query: str, shared: bool) -> SavedView:
    """The same name again takes the new question."""
    kept = SavedView.objects.filter(owner=owner, page=page)
    if not kept.filter(name=name).exists() and kept.count() >= MOST_VIEWS:
        raise DomainError(_("There are thirty saved views on this page; remove one first."))
    return SavedView.objects.update_or_create(
        owner=owner, page=page, name=name, defaults={"query": query, "shared": shared}
    )[0]


def drop_view(*, view: SavedView, actor: User) -> None:
    """One's own; the head may also take a shared one off everybody's tabs."""
    if view.owner_id != actor.pk and not (view.shared and leads(actor)):
        raise ForbiddenError(_("Only its owner removes a saved view."))
    view.delete()


def see_alert(*, alert: FigureAlert, actor: User, now: datetime) -> None:
    """Seen once is seen; who was first stays."""
    FigureAlert.objects.filter(pk=alert.pk, seen_at__isnull=True).update(seen_at=now, seen_by=actor)

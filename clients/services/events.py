"""The one way onto a client's timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from clients.enums import EventKind
from clients.models import TimelineEvent
from core.fixed_insert import FixedInsert
from staff.models import User

_EVENTS = FixedInsert(TimelineEvent)
_FEW = 20


def new_event(
    *,
    client_id: int,
    kind: EventKind,
    at: datetime,
    actor: User | None = None,
    summary: str = "",
    data: Mapping[str, Any] | None = None,
    subject: Model | None = None,
) -> TimelineEvent:
    """An event that is not written yet, for ``record_events``."""
    return TimelineEvent(
        client_id=client_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data=dict(data or {}),
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
    )


def record_event(
    *,
    client_id: int,
    kind: EventKind,
    at: datetime,
    actor: User | None = None,
    summary: str = "",
    data: Mapping[str, Any] | None = None,
    subject: Model | None = None,
) -> TimelineEvent:
    """Writes one business fact; call it inside the transaction that makes the fact true."""
    event = new_event(client_id=client_id, kind=kind, at=at, actor=actor, summary=summary, data=data, subject=subject)
    _EVENTS.write(event)
    return event


def record_events(events: Sequence[TimelineEvent]) -> None:
    """The same for many clients at once."""
    if len(events) <= _FEW:
        _EVENTS.write_all(events)
    else:
        TimelineEvent.objects.bulk_create(events, batch_size=2000)

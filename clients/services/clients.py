"""Clients: create, change, archive, restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import AssignmentReason, AssignmentState, ClientKind, EventKind, Source
from clients.models import Client, Industry, Region
from clients.services.assignments import open_first
from clients.services.events import record_event
from core.concurrency import write_edit
from core.enums import Tier
from core.errors import DomainError
from core.models import new_external_id
from staff.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientData:
    """What a client is created from; the border has checked the single values already."""

    name: str
    kind: ClientKind = ClientKind.LEGAL
    inn: str = ""
    kpp: str = ""
    tier: Tier = Tier.B
    industry: Industry | None = None
    region: Region | None = None
    timezone: str = settings.TIME_ZONE
    parent: Client | None = None
    created_on: date | None = None
    external_id: str = field(default_factory=new_external_id)


@transaction.atomic
def create_client(
    *,
    data: ClientData,
    owner: User,
    actor: User | None,
    now: datetime,
    source: Source = Source.MANUAL,
    reason: AssignmentReason = AssignmentReason.CREATED,
    state: AssignmentState = AssignmentState.ACTIVE,
    to_distribute: bool = False,
) -> Client:
    """A client and its first owner in one transaction. The same ИНН elsewhere is flagged, never refused."""
    duplicate = Client.objects.filter(inn=data.inn).order_by("id").first() if data.inn else None
    client = Client(
        external_id=data.external_id,
        name=data.name,
        kind=data.kind,
        inn=data.inn,
        kpp=data.kpp,
        tier=data.tier,
        industry=data.industry,
        region=data.region,
        timezone=data.timezone or settings.TIME_ZONE,
        parent=data.parent,
        created_on=data.created_on or localdate(now),
        source=source,
        possible_duplicate_of=duplicate,
    )
    try:
        with transaction.atomic():
            client.save(force_insert=True)
    except IntegrityError as error:
        raise DomainError(_("A client with this external id exists already."), code="duplicate") from error
    open_first(client=client, user=owner, reason=reason, state=state, now=now, to_distribute=to_distribute)
    record_event(client_id=client.pk, kind=EventKind.CLIENT_CREATED, at=now, actor=actor, subject=client)
    return client


@transaction.atomic
def change_client(
    *, client_id: int, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User, now: datetime
) -> Client:
    """``original`` is what the person saw, ``mine`` what they want; fields they left alone stay as stored."""
    client = Client.objects.select_for_update().get(pk=client_id)
    parent = mine.get("parent")
    if parent is not None and client.pk in {parent.pk, parent.parent_id}:
        text = _("A client cannot be a branch of itself or of its own branch.")
        raise DomainError(text, code="parent", fields={"parent": [text]})
    changed = write_edit(client, original=original, mine=mine)
    if changed:
        record_event(
            client_id=client.pk,
            kind=EventKind.CLIENT_CHANGED,
            at=now,
            actor=actor,
            data={"fields": changed},
            subject=client,
        )
    return client


@transaction.atomic
def archive_client(*, client_id: int, actor: User, now: datetime) -> bool:
    """Nothing is deleted: the client leaves the lists and can come back. Answers whether anything changed."""
    written = Client.objects.filter(pk=client_id, archived_at__isnull=True).update(archived_at=now, updated_at=now)
    if written:
        record_event(client_id=client_id, kind=EventKind.CLIENT_ARCHIVED, at=now, actor=actor)
    return bool(written)


@transaction.atomic
def restore_client(*, client_id: int, actor: User, now: datetime) -> bool:
    written = Client.objects.filter(pk=client_id, archived_at__isnull=False).update(archived_at=None, updated_at=now)
    if written:
        record_event(client_id=client_id, kind=EventKind.CLIENT_RESTORED, at=now, actor=actor)
    return bool(written)

"""Files kept at a client."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.db import transaction

from clients.enums import EventKind
from clients.models import Client, Contract, StoredFile
from clients.rules.files import TYPES, check_file, safe_name
from clients.services.events import record_event
from staff.models import User


@transaction.atomic
def store_file(
    *,
    client: Client | None,
    name: str,
    data: bytes,
    actor: User,
    now: datetime,
    contract: Contract | None = None,
    allowed: Collection[str] = TYPES,
) -> StoredFile:
    """Checked by content; on disk under a name that cannot be guessed. The same file of a client is the same row.

    Without a client it waits for one (a hand-off not sent yet), and is a row of its own: it may go to another.
    """
    shown = safe_name(name)
    content_type = check_file(shown, data, allowed=allowed)
    digest = hashlib.sha256(data).hexdigest()
    if client is not None:
        present = StoredFile.objects.filter(client=client, sha256=digest, name=shown, contract=contract).first()
        if present is not None:
            return present
    stored = StoredFile(
        client=client,
        contract=contract,
        name=shown,
        content_type=content_type,
        size=len(data),
        sha256=digest,
        uploaded_by=actor,
        uploaded_at=now,
    )
    hidden = f"{secrets.token_urlsafe(24)}{PurePosixPath(shown).suffix.lower()}"
    stored.content.save(hidden, ContentFile(data), save=False)
    stored.save(force_insert=True)
    if client is not None:
        kind = EventKind.FILE_ADDED
        record_event(client_id=client.pk, kind=kind, at=now, actor=actor, summary=shown, subject=stored)
    return stored

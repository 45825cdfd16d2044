"""Files kept at a client."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.db import transaction

from clients.enums import EventKind
from clients.models import Client, Contract, StoredFile
from clients.rules.files import check_file, safe_name
from clients.services.events import record_event
from staff.models import User


@transaction.atomic
def store_file(
    *,
    client: Client,
    name: str,
    data: bytes,
    actor: User,
    now: datetime,
    contract: Contract | None = None,
) -> StoredFile:
    """Checked by content; on disk under a name that cannot be guessed. The same file again is the same row."""
    shown = safe_name(name)
    content_type = check_file(shown, data)
    digest = hashlib.sha256(data).hexdigest()
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
    record_event(
        client_id=client.pk,
        kind=EventKind.FILE_ADDED,
        at=now,
        actor=actor,
        summary=shown,
        subject=stored,
    )
    return stored

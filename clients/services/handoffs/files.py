from __future__ import annotations

import hashlib
from datetime import datetime

import puremagic
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _

from clients.models import StoredFile
from core.errors import DomainError
from staff.models import User

LARGEST = 20 * 1024 * 1024
#: What a signed contract comes as; the contents decide, not the name.
KINDS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/msword": ".doc",
}


def keep_signed_file(*, upload: File[bytes], actor: User, now: datetime) -> StoredFile:
    """The signed contract; it belongs to a client from the moment the hand-off is sent."""
    field = "contract-signed_file"
    if (upload.size or 0) > LARGEST:
        text = _("The file is larger than 20 MB.")
        raise DomainError(text, code="too_large", fields={field: [text]})
    contents = upload.read()
    kind = _kind(contents)
    if kind is None:
        text = _("This is no PDF, picture or Word document.")
        raise DomainError(text, code="wrong_file", fields={field: [text]})
    digest = hashlib.sha256(contents).hexdigest()
    stored = StoredFile(
        name=(upload.name or "contract")[-200:],
        content_type=kind,
        size=len(contents),
        sha256=digest,
        uploaded_by=actor,
        uploaded_at=now,
    )
    stored.content.save(f"{digest[:32]}{KINDS[kind]}", ContentFile(contents), save=False)
    stored.save()
    return stored


def _kind(contents: bytes) -> str | None:
    if contents.startswith(b"PK") and b"word/" in contents[:100_000]:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    try:
        found = puremagic.magic_string(contents[:4096])
    except (puremagic.PureError, ValueError):
        return None
    return next((one.mime_type for one in found if one.mime_type in KINDS), None)

"""Which files may be kept. Decided by what is inside, not by what a browser or a name says."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Collection
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from core.errors import DomainError

MAX_BYTES = 25 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 120
MAX_ENTRIES = 5000

#: Ending → content type under which it is given back (always as a download).
TYPES = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".rtf": "application/rtf",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".zip": "application/zip",
}
#: A signed contract is a document or a picture of one.
SIGNED = frozenset({".pdf", ".doc", ".docx", ".odt", ".rtf", ".jpg", ".jpeg", ".png", ".webp"})
#: What an office document of that ending holds, whatever else is a zip.
_INSIDE = {".docx": "word/", ".xlsx": "xl/", ".pptx": "ppt/"}
_ZIPPED = {".docx", ".xlsx", ".pptx", ".odt", ".ods", ".zip"}
_OLD_OFFICE = {".doc", ".xls", ".ppt"}
_HEADS = {
    ".pdf": b"%PDF-",
    ".rtf": b"{\\rtf",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".webp": b"RIFF",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def safe_name(name: str) -> str:
    """The bare name without folders, control and direction signs; short enough, its ending kept."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(sign for sign in bare if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    kept = re.sub(r"[<>:\"|?*]", "_", " ".join(kept.split())).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        return kept[:150] or "file"
    return f"{stem[:150] or 'file'}.{ending[:10]}"


def check_file(name: str, data: bytes, *, allowed: Collection[str] = TYPES) -> str:
    """Answers the content type, or refuses with the reason; ``allowed`` are endings of ``TYPES``."""
    ending = PurePosixPath(name).suffix.lower()
    if not data:
        raise _refused(_("The file is empty."))
    if len(data) > MAX_BYTES:
        raise _refused(_("The file is larger than 25 MB."))
    if ending not in allowed:
        types = ", ".join(sorted(allowed))
        raise _refused(_("Files of this type are not kept. Allowed: %(types)s.") % {"types": types})
    if not _looks_like(ending, data):
        raise _refused(_("What is inside this file is not what its name says."))
    if ending in _ZIPPED:
        _check_zip(data, inside=_INSIDE.get(ending, ""))
    return TYPES[ending]


def _looks_like(ending: str, data: bytes) -> bool:
    if ending in _HEADS:
        return data.startswith(_HEADS[ending]) and (ending != ".webp" or data[8:12] == b"WEBP")
    if ending in _ZIPPED:
        return data.startswith(b"PK")
    if ending in _OLD_OFFICE:
        return data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    return _CONTROL.search(data) is None


def _check_zip(data: bytes, *, inside: str) -> None:
    """Sizes are read from the directory only: nothing is unpacked here."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _refused(_("This file is damaged.")) from error
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data):
        raise _refused(_("This file unpacks to far more than it weighs, so it was not taken."))
    if any(entry.filename.startswith(("/", "..")) or "/../" in entry.filename for entry in entries):
        raise _refused(_("This file is damaged."))
    if inside and not any(entry.filename.startswith(inside) for entry in entries):
        raise _refused(_("What is inside this file is not what its name says."))


def _refused(text: str) -> DomainError:
    return DomainError(text, code="file", fields={"content": [text]})

"""Catalogues of the interface's texts, kept with Babel alone: no gettext programs are needed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from core.catalogue_files import is_compiled, mo_path, po_path

KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_SKIPPED = frozenset({"tests", "bench", "ops", "docs", "var", "static", "locale", "migrations", "node_modules"})
_TEMPLATES = frozenset({".html", ".txt"})
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # a date that changes with each update would only make conflicts

Key = tuple[str | None, str]


def _sources(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix == ".py" or (path.suffix in _TEMPLATES and "templates" in path.parts):
                yield path


def _code(path: Path) -> bytes:
    """Python as it is; a template as the calls that its translation tags stand for."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text.encode()
    calls = templatize(text, origin=str(path))
    return "\n".join(line.strip() for line in calls.splitlines()).encode()


def extract_catalogue(root: Path, locale: str) -> Catalog:
    catalogue = Catalog(
        locale=locale,
        header_comment="# Texts of the interface; kept by manage.py catalogue --update.",
        project="Account Centre",
        version="1",
        last_translator="Account Centre contributors",
        language_team="Account Centre contributors",
        msgid_bugs_address="-",
        creation_date=_EPOCH,
        revision_date=_EPOCH,
        fuzzy=False,
    )
    for path in _sources(root):
        for _line, message, _comments, context in extract("python", BytesIO(_code(path)), KEYWORDS):
            catalogue.add(message, context=context)
    return catalogue


def read_catalogue(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale, ignore_obsolete=True)


def _by_key(catalogue: Catalog) -> dict[Key, Message]:
    return {
        (message.context, message.id if isinstance(message.id, str) else message.id[0]): message
        for message in catalogue
        if message.id
    }


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


def update(root: Path, locale: str) -> int:
    """Takes in what the sources say now, keeps the translations; answers how many texts lack one."""
    path = po_path(root, locale)
    known = _by_key(read_catalogue(path, locale))
    fresh = extract_catalogue(root, locale)
    for key, message in _by_key(fresh).items():
        old = known.get(key)
        if old is not None and isinstance(old.id, str) == isinstance(message.id, str):
            message.string = old.string
    buffer = BytesIO()
    write_po(buffer, fresh, sort_output=True, no_location=True, width=0, ignore_obsolete=True)
    if not path.exists() or path.read_bytes() != buffer.getvalue():
        _replace(path, buffer.getvalue())
    return sum(1 for message in _by_key(fresh).values() if not is_translated(message))


def is_translated(message: Message) -> bool:
    return bool(message.string if isinstance(message.string, str) else message.string and all(message.string))


def problems(root: Path, locale: str) -> list[str]:
    """What keeps the catalogue from being complete, one line each."""
    wanted, known = _by_key(extract_catalogue(root, locale)), _by_key(read_catalogue(po_path(root, locale), locale))
    found = [f"missing: {key[1]!r}" for key in wanted.keys() - known.keys()]
    found += [f"no longer used: {key[1]!r}" for key in known.keys() - wanted.keys()]
    for key in wanted.keys() & known.keys():
        message = known[key]
        if not is_translated(message):
            found.append(f"not translated: {key[1]!r}")
        elif message.fuzzy:
            found.append(f"fuzzy: {key[1]!r}")
        found += [f"{key[1]!r}: {error}" for error in message.check(Catalog(locale=locale))]
    return sorted(found)


def compile_catalogues(root: Path, locales: Iterable[str]) -> list[Path]:
    """Writes each .mo that is older than its .po; answers which."""
    written = []
    for locale in locales:
        if is_compiled(root, locale):
            continue
        buffer = BytesIO()
        write_mo(buffer, read_catalogue(po_path(root, locale), locale))
        _replace(mo_path(root, locale), buffer.getvalue())
        written.append(mo_path(root, locale))
    return written

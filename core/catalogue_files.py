"""Where the catalogues lie and whether they are compiled; asked at each start, so Babel stays away from here."""

from __future__ import annotations

from pathlib import Path


def po_path(root: Path, locale: str) -> Path:
    return root / "locale" / locale / "LC_MESSAGES" / "django.po"


def mo_path(root: Path, locale: str) -> Path:
    return po_path(root, locale).with_suffix(".mo")


def is_compiled(root: Path, locale: str) -> bool:
    """Nothing to compile counts as compiled."""
    source, target = po_path(root, locale), mo_path(root, locale)
    return not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime)

"""Typed readers of the environment: a wrong value stops the start with its name and what is expected."""

from __future__ import annotations

import os
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def boolean(name: str, *, default: bool = False) -> bool:
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.strip().lower() in _TRUE:
        return True
    if raw.strip().lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}: expected yes or no, got {raw!r}")


def integer(name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    raw = text(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name}: expected a whole number from {least} to {most}, got {raw!r}")
    return value


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    value = text(name) or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}: expected one of {', '.join(allowed)}, got {value!r}")
    return value


def words(name: str, default: Sequence[str]) -> list[str]:
    """Values separated by commas."""
    raw = text(name)
    found = [part.strip() for part in raw.split(",") if part.strip()]
    if raw and not found:
        raise ImproperlyConfigured(f"{name}: expected values separated by commas, got {raw!r}")
    return found or list(default)


def zone(name: str, default: str) -> str:
    value = text(name) or default
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ImproperlyConfigured(f"{name}: expected an IANA time zone such as {default}, got {value!r}") from error
    return value


def url(name: str, default: str, *, schemes: Sequence[str], example: str) -> str:
    """An address with one of the schemes and a place after it; empty when unset and without a default."""
    value = text(name) or default
    if value:
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}: expected an address such as {example} ({error})") from error
        if parts.scheme not in schemes or not (parts.netloc or parts.path.strip("/")):
            raise ImproperlyConfigured(f"{name}: expected an address such as {example}")
    return value.rstrip("/")


def currency(name: str, default: str) -> str:
    value = text(name) or default
    if not (value.isascii() and value.isupper() and value.isalpha() and len(value) == 3):
        raise ImproperlyConfigured(f"{name}: expected a three-letter code such as {default}, got {value!r}")
    return value


def secret(name: str) -> str:
    """``NAME``, or the content of the file that ``NAME_FILE`` points to."""
    path = text(f"{name}_FILE")
    if text(name) and path:
        raise ImproperlyConfigured(f"{name}: give either {name} or {name}_FILE, not both")
    if not path:
        return text(name)
    try:
        found = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: {path!r} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"{name}_FILE: expected text in UTF-8 in {path!r}") from error
    if not found:
        raise ImproperlyConfigured(f"{name}_FILE: {path!r} is empty")
    return found


def sender(name: str, default: str) -> str:
    """An address with or without a name before it, as letters have it in From."""
    value = text(name) or default
    address = parseaddr(value)[1]
    if not address or "@" not in address.strip("@") or "\n" in value:
        raise ImproperlyConfigured(f"{name}: expected an address such as {default}, got {value!r}")
    return value

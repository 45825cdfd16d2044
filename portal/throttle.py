"""Guessing is slowed down: so many unknown links a minute from one address, then none is looked up any more."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest

MISSES_PER_MINUTE = 20
_MINUTE = 60


def is_throttled(request: HttpRequest) -> bool:
    return int(cache.get(_key(request), 0)) >= MISSES_PER_MINUTE


def count_miss(request: HttpRequest) -> None:
    key = _key(request)
    if cache.add(key, 1, _MINUTE):
        return
    try:
        cache.incr(key)
    except ValueError:  # it ran out in between
        cache.set(key, 1, _MINUTE)


def _key(request: HttpRequest) -> str:
    return f"portal:misses:{request.META.get('REMOTE_ADDR', '')}"

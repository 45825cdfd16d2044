"""Keeps one runaway program from starving the rest. Counted in this process: no broker is needed to say yes."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:  # the framework imports this module while it imports its views
    from rest_framework.views import APIView

PER_SECOND = 400.0
BURST = 2000.0
_KEPT = 10_000

_lock = Lock()
_buckets: dict[str, tuple[float, float]] = {}


class TokenThrottle(BaseThrottle):
    """A bucket per token (per address without one) that refills at ``PER_SECOND``."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = f"t{request.auth.pk}" if request.auth else f"a{self.get_ident(request)}"
        moment = time.monotonic()
        with _lock:
            if len(_buckets) > _KEPT:
                _buckets.clear()
            left, seen = _buckets.get(key, (BURST, moment))
            left = min(BURST, left + (moment - seen) * PER_SECOND)
            allowed = left >= 1
            _buckets[key] = (left - 1 if allowed else left, moment)
        return allowed

    def wait(self) -> float:
        return 1.0

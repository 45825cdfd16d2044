"""What stands around a page of each kind. Imported before Django is set up, so it names things only."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse

_BARE = ["bench.middleware.own_routes"]
#: Settings of each kind beside those of the product. Lean is Django as it comes: its sessions, its log-in.
BARE: dict[str, Any] = {"MIDDLEWARE": _BARE}
LEAN: dict[str, Any] = {
    "MIDDLEWARE": [
        *_BARE,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    "SESSION_ENGINE": "django.contrib.sessions.backends.db",
}
LEAN_BACKEND = "django.contrib.auth.backends.ModelBackend"
KINDS: dict[str, dict[str, Any]] = {"bare": BARE, "lean": LEAN, "product": {}}


def own_routes(get_response: Any) -> Any:
    def middleware(request: WSGIRequest) -> HttpResponse:
        request.urlconf = "bench.lean"  # type: ignore[attr-defined]
        answer: HttpResponse = get_response(request)
        return answer

    return middleware

"""What stands around a page of each kind. Imported before Django is set up, so it names things only."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse

BARE = ["bench.middleware.own_routes"]
LEAN = [
    *BARE,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
KINDS: dict[str, list[str] | None] = {"bare": BARE, "lean": LEAN, "product": None}


def own_routes(get_response: Any) -> Any:
    def middleware(request: WSGIRequest) -> HttpResponse:
        request.urlconf = "bench.lean"  # type: ignore[attr-defined]
        answer: HttpResponse = get_response(request)
        return answer

    return middleware

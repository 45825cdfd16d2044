"""What surrounds every request: its id and log line, and the end of sessions that nobody uses."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger("request")

GetResponse = Callable[[HttpRequest], HttpResponse]
_REQUEST_ID = re.compile(r"[\w-]{8,64}", re.ASCII)
_QUIET = frozenset({"livez", "readyz", "metrics"})
_BEGAN, _SEEN = "began", "seen"
_SEEN_EVERY = 300


class RequestLogMiddleware:
    """Gives the request an id (or keeps the proxy's), answers it in ``X-Request-ID``, writes one line at the end."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            match = request.resolver_match
            route = match.route if match else "(none)"
            if route not in _QUIET:
                log.info(
                    "request",
                    method=request.method if request.method in _METHODS else "OTHER",
                    route=route,
                    status=response.status_code,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                )
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class SessionAgeMiddleware:
    """A session ends when it was not used for ``SESSION_COOKIE_AGE``, and in any case after ``SESSION_ABSOLUTE_AGE``.

    Use is written down every five minutes only.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key:
            self._look(request.session, datetime.now(UTC).timestamp())
        return self.get_response(request)

    def _look(self, session: SessionBase, now: float) -> None:
        began, seen = session.get(_BEGAN), session.get(_SEEN)
        if began is None or seen is None:
            return
        if now - began > settings.SESSION_ABSOLUTE_AGE.total_seconds():
            session.flush()
        elif now - seen > _SEEN_EVERY:
            session[_SEEN] = now


class NoStoreMiddleware:
    """No answer stays in a browser or a proxy after the log-out, but those that call themselves public.

    Static files are answered before this middleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "public" not in response.get("Cache-Control", ""):
            response["Cache-Control"] = "private, no-store"
        return response


class ContentPolicyMiddleware:
    """The one policy of what a page may load. No view loosens it and nothing asks for a nonce, so it is put into words
    once, not for every answer.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


def begin_session(sender: object, request: HttpRequest | None, **_values: object) -> None:
    """Receiver of Django's log-in signal."""
    if request is not None and hasattr(request, "session"):
        now = datetime.now(UTC).timestamp()
        request.session[_BEGAN] = request.session[_SEEN] = now


user_logged_in.connect(begin_session, dispatch_uid="accounting_crm.begin_session")

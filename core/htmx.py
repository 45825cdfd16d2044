"""The same address answers a page, or to htmx one named piece of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise


def is_partial(request: HttpRequest) -> bool:
    """Asked by htmx for a piece. A boosted link and a step back in the history want the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render_page(
    request: HttpRequest,
    page: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragment: str = "",
    fragments: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or the fragment htmx asked for.

    ``fragments`` maps ids of htmx targets to templates; ``fragment`` serves any other target.
    Waiting messages come along with a fragment as toasts.
    """
    partial = fragment
    if fragments:
        partial = fragments.get(request.headers.get("HX-Target", ""), fragment)
    if partial and is_partial(request):
        response = render(request, partial, dict(context or {}), status=status)
        _add_toasts(request, response)
    else:
        response = render(request, page, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def go_to(request: HttpRequest, url: str, text: str | Promise = "") -> HttpResponse:
    """After a write: to ``url`` with a message; htmx is told to load it as a page."""
    if text:
        messages.success(request, str(text))
    if is_partial(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def trigger(response: HttpResponse, event: str, **detail: object) -> HttpResponse:
    """Tells other pieces of the page that something happened (hx-trigger="event from:body")."""
    waiting = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**waiting, event: detail})
    return response


def _add_toasts(request: HttpRequest, response: HttpResponse) -> None:
    waiting = messages.get_messages(request)
    if len(waiting):
        text = render_to_string("components/messages.html", {"messages": waiting, "oob": True}, request)
        response.write(text)

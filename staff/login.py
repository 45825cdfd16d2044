"""How log-in attempts are counted: in the database, per person, whatever the address they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from staff import queries, rules


def attempt_key(request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """User name and e-mail of one person count together, and so do all spellings of an unknown one."""
    given = credentials or {}
    login = str(given.get("username") or given.get("email") or "")
    return rules.fold_login(queries.username_for_login(login) or login)


def describe_client(username: str, ip_address: str, user_agent: str, path_info: str, request: HttpRequest) -> str:
    """What the log says about who tried: nothing personal."""
    return "client"


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None, credentials: Mapping[str, Any] | None
) -> HttpResponse:
    """Same page for a person who exists and one who does not."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "900"
    return response

"""For views: who is asking, and pages that a predicate of ``staff.permissions`` guards."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.editing import Show
from staff.models import User

View = Callable[..., HttpResponse]


def person(request: HttpRequest) -> User:
    """The logged-in user, for pages behind ``login_required`` or ``only``."""
    return cast("User", request.user)


def only(allowed: Callable[[User], bool]) -> Callable[[View], View]:
    """Logged-in people the predicate allows; others who are logged in get 403."""

    def guard(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not allowed(person(request)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


def shown_in(request: HttpRequest, page: str, /, **context: Any) -> Show:
    """For ``edit_page``: the form in that page."""

    def show(form: Any, status: int, /, **conflict: Any) -> HttpResponse:
        return render(request, page, {**context, **conflict, "form": form}, status=status)

    return show

"""For views: who is asking, and pages that a predicate of ``staff.permissions`` guards."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from core.errors import DomainError
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


def put_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Shows a refusal beside the fields it speaks of."""
    known = {field: texts for field, texts in error.fields.items() if field in form.fields}
    for field, texts in known.items():
        form.add_error(field, [str(text) for text in texts])
    if not known:
        form.add_error(None, str(error.detail))

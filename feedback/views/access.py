"""What every page here begins with: logged in, of the department; and how a refusal of a service is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from core.errors import DomainError
from staff.models import User
from staff.permissions import in_department, leads

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def department_only(view: View[P]) -> View[P]:
    return _guarded(view, in_department)


def leaders_only(view: View[P]) -> View[P]:
    return _guarded(view, leads)


def _guarded(view: View[P], allowed: Callable[[User], bool]) -> View[P]:
    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not allowed(user_of(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return cast("View[P]", wrapped)


def user_of(request: HttpRequest) -> User:
    return cast("User", request.user)


def show_refusal(form: forms.Form, error: DomainError) -> int:
    """Puts the refusal at its fields; answers the status of the page that shows it."""
    for name, texts in error.fields.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, str(text))
    if not error.fields:
        form.add_error(None, str(error.detail))
    return error.status

"""What all pages about people share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from core.errors import DomainError, ForbiddenError
from staff.models import User
from staff.permissions import leads, visible_users

View = Callable[..., HttpResponse]


def person(request: HttpRequest) -> User:
    """The logged-in user, for pages behind ``login_required``."""
    return cast("User", request.user)


def leads_only(view: View) -> View:
    """For the head and administrators; anybody else who is logged in gets 403."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not leads(person(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def account(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(visible_users(person(request)), pk=pk)


def tell(request: HttpRequest, use_case: Callable[[], object], done: str) -> bool:
    """Runs a use case of a button; its success or its refusal is shown on the next page."""
    try:
        use_case()
    except ForbiddenError as error:
        raise PermissionDenied(str(error.detail)) from error
    except DomainError as error:
        messages.error(request, str(error.detail))
        return False
    messages.success(request, done)
    return True


def put_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Shows a refusal beside the fields it speaks of."""
    known = {field: texts for field, texts in error.fields.items() if field in form.fields}
    for field, texts in known.items():
        form.add_error(field, [str(text) for text in texts])
    if not known:
        form.add_error(None, str(error.detail))

"""What all pages about people share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from core.errors import DomainError, ForbiddenError
from staff.access import only, person
from staff.models import User
from staff.permissions import leads, visible_users

leads_only = only(leads)


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


def saved(request: HttpRequest, name: str, *args: Any) -> Callable[[], HttpResponse]:
    """For ``edit_page``: back to that page, with a word about it."""

    def done() -> HttpResponse:
        messages.success(request, _("Saved."))
        return redirect(name, *args)

    return done

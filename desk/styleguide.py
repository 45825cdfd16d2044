"""The living page of the design system, for those who build pages."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from staff.models import User
from staff.permissions import leads


@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    if not leads(cast("User", request.user)):
        raise PermissionDenied
    return render(request, "desk/styleguide.html", {})

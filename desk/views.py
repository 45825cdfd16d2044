"""The start page and what belongs to the frame: theme, language, counts of the menu."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from core.queries import company
from desk.context import THEME_COOKIE
from desk.forms import LanguageForm, ThemeForm
from desk.navigation import counts_for, navigation_for, start_url
from staff.models import User

YEAR = 365 * 24 * 3600


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    url = start_url(user)
    if url:
        return HttpResponseRedirect(url)
    return render(request, "desk/start.html", {"links": navigation_for(user, request.path).links})


@require_safe
@login_required
def counts(request: HttpRequest) -> HttpResponse:
    context = {"counts": counts_for(cast("User", request.user)), "department": company().department_name}
    return render(request, "desk/_counts.html", context)


def _back(request: HttpRequest) -> str:
    """The page the person stood on, if it is ours."""
    for url in (request.POST.get("next"), request.META.get("HTTP_REFERER")):
        if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
            return url
    return "/"


def _remember(request: HttpRequest, **value: str) -> None:
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(**value)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    form = ThemeForm(request.POST)
    response = HttpResponse(status=204) if request.headers.get("X-Quiet") else HttpResponseRedirect(_back(request))
    if form.is_valid():
        chosen = form.cleaned_data["theme"]
        _remember(request, theme=chosen)
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    form = LanguageForm(request.POST)
    response = HttpResponseRedirect(_back(request))
    if form.is_valid():
        chosen = form.cleaned_data["language"]
        _remember(request, language=chosen)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response

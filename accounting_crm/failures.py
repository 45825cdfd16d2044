"""The page for what nobody caught."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views.defaults import server_error

RETRY_AFTER_SECONDS = 5
_API = "/api/"


def failed(request: HttpRequest) -> HttpResponse:
    """A database that is away is no fault of this request: 503, and when to come again. Anything else is a 500."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = _unavailable(request)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        response["Cache-Control"] = "no-store"
        return response
    if request.path.startswith(_API):
        text = _("Something went wrong on our side. It has been written down.")
        return JsonResponse({"code": "error", "detail": text, "fields": {}}, status=500)
    return server_error(request)


def _unavailable(request: HttpRequest) -> HttpResponse:
    text = _("The database is away for a moment. Please try again in a few seconds.")
    if request.path.startswith(_API):
        return JsonResponse({"code": "unavailable", "detail": text, "fields": {}}, status=503)
    template = loader.get_template("503.html")
    return HttpResponse(template.render({"detail": text}), status=503)

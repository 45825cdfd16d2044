"""Friendly pages for what goes wrong; ``handler…`` in the project's routes and the CSRF setting lead here;
500 and 503 have theirs in the project, which lean on nothing.

Programs get JSON in the API's form; htmx gets a toast instead of a page in the middle of a page.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.htmx import is_partial

Text = str | Promise

WORDS: dict[int, tuple[Text, Text]] = {
    400: (_("This request makes no sense to us"), _("Go back, reload the page and try once more.")),
    403: (_("This is not open to you"), _("If you need it for your work, ask the head of the department.")),
    404: (
        _("There is no such page"),
        _("The address may be mistyped, or the record has moved or belongs to somebody else."),
    ),
    405: (
        _("This address is not a page"),
        _("It only takes what a form sends. Go back to the form and press its button once more."),
    ),
    409: (
        _("Somebody was faster"),
        _("The record has been changed meanwhile. Reload it, and nothing of theirs will be lost."),
    ),
    413: (_("That is too big"), _("Choose a smaller file or send the data in parts.")),
    429: (_("Too many tries"), _("Please wait a quarter of an hour and try again.")),
    500: (_("Something broke on our side"), _("It has been written down. Please try again in a minute.")),
}


CODES = {403: "forbidden", 404: "not_found", 409: "conflict", 413: "too_big", 429: "throttled"}


def error_page(request: HttpRequest, status: int, detail: Text = "") -> HttpResponse:
    """The page of that status, with ``detail`` instead of the usual advice."""
    title, advice = WORDS.get(status, WORDS[400])
    if request.path.startswith("/api/"):
        body = {"code": CODES.get(status, "refused"), "detail": str(detail or advice), "fields": {}}
        return JsonResponse(body, status=status)
    context = {"status": status, "title": title, "text": detail or advice}
    if is_partial(request):
        toast = loader.render_to_string("components/_toast.html", {"tone": "bad", "text": context["text"]}, request)
        return HttpResponse(toast, status=status, headers={"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"})
    return HttpResponse(loader.render_to_string("error.html", context, request), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    too_big = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return error_page(request, 413 if too_big else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``reason`` is for developers and stays out of the page."""
    return error_page(request, 403, _("The page had been open for too long. Go back, reload it and send it again."))


class RefusalMiddleware:
    """A refusal of a service that no view has answered becomes a page of its status.

    So does the bare 405 of a view that only takes forms: who logs in anew after pressing a button is led there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content or request.path.startswith("/api/"):
            return response
        page = error_page(request, 405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        return error_page(request, exception.status, exception.detail)

"""Every refusal has one shape: ``{"code", "detail", "fields": {name: [texts]}}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    MethodNotAllowed,
    NotAcceptable,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.exceptions import NotFound as ApiNotFound
from rest_framework.exceptions import PermissionDenied as ApiForbidden
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api.parsers import TooLargeError
from core.errors import DomainError

log = structlog.get_logger(__name__)


class BadRequestError(APIException):
    status_code = 400
    default_code = "bad_request"
    default_detail = gettext_lazy("The request is malformed.")


_TEXTS: dict[type[APIException], Any] = {
    MethodNotAllowed: gettext_lazy("This method is not possible here."),
    NotAcceptable: gettext_lazy("Answers are application/json only."),
    UnsupportedMediaType: gettext_lazy("The body must be application/json."),
}
_KNOWN: dict[type[Exception], type[APIException]] = {
    Http404: ApiNotFound,
    PermissionDenied: ApiForbidden,
    RequestDataTooBig: TooLargeError,
    SuspiciousOperation: BadRequestError,
}


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler. What nobody foresaw is reported like any server error and answered as JSON."""
    set_rollback()
    if isinstance(error, DomainError):
        return _answer(error.status, error.code, error.detail, error.fields)
    if isinstance(error, ValidationError):
        return _answer(400, "invalid", _("Some fields are wrong."), dict(_flatten(error.detail)))
    known = _translate(error)
    if known is None:
        return _unforeseen(error, context)
    code = known.get_codes()
    response = _answer(known.status_code, code if isinstance(code, str) else "refused", known.detail)
    if wait := getattr(known, "wait", None):
        response["Retry-After"] = str(int(wait) or 1)
    if header := getattr(known, "auth_header", None):
        response["WWW-Authenticate"] = header
    return response


def _translate(error: Exception) -> APIException | None:
    if isinstance(error, APIException):
        text = next((text for kind, text in _TEXTS.items() if isinstance(error, kind)), None)
        if text is not None:
            error.detail = ErrorDetail(str(text), error.default_code)
        return error
    return next((known() for kind, known in _KNOWN.items() if isinstance(error, kind)), None)


def _unforeseen(error: Exception, context: Mapping[str, Any]) -> Response:
    request = context.get("request")
    got_request_exception.send(sender=handle, request=getattr(request, "_request", None))
    if isinstance(error, (OperationalError, InterfaceError)):
        log.warning("database_away", error=type(error).__name__)
        response = _answer(503, "unavailable", _("The service is not available for a moment. Please repeat."))
        response["Retry-After"] = "5"
        return response
    log.error("unhandled_error", exc_info=error)
    return _answer(500, "error", _("Something went wrong on our side. It has been recorded."))


def _answer(status: int, code: str, detail: object, fields: Mapping[str, Any] | None = None) -> Response:
    texts = {name: [str(text) for text in texts] for name, texts in (fields or {}).items()}
    return Response({"code": code, "detail": str(detail), "fields": texts}, status=status)


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """``{"contract": {"amount": [..]}}`` → ``contract.amount``; items of lists by their number."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flatten(inner, _join(path, name))
    elif isinstance(detail, list) and any(isinstance(one, (Mapping, list)) for one in detail):
        for number, inner in enumerate(detail):
            yield from _flatten(inner, _join(path, number))
    elif detail:
        yield path or "body", list(detail) if isinstance(detail, list) else [detail]


def _join(path: str, name: object) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else str(name)

"""Structured logs: one JSON object a line, with the request's id, without personal data.

Texts of errors and paths of requests may name people or hold keys, so neither is ever written: an error gives its
type and the places it passed, a request its route.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import MutableMapping
from typing import Any, cast

import structlog
from django.core.exceptions import ImproperlyConfigured

Event = MutableMapping[str, Any]
_PLACES = 12


def forget_texts(_logger: object, _method: str, event: Event) -> Event:
    """Django's own messages carry paths, those of other libraries whatever they like: keep the pattern only."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["event"] = str(record.msg)[:200] if record.args or record.name.startswith("django") else event["event"]
        event["logger"] = record.name
    return event


def describe_error(_logger: object, _method: str, event: Event) -> Event:
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if error is True:
        error = None
    if isinstance(error, BaseException):
        places = traceback.extract_tb(error.__traceback__)[-_PLACES:]
        event["error"] = type(error).__name__
        event["at"] = [f"{place.filename}:{place.lineno} {place.name}" for place in places]
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(level: str) -> dict[str, Any]:
    """Sets structlog up and answers the settings of the standard library's logging."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder(allow=[]), forget_texts],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    describe_error,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.security": {"level": "ERROR"},
            "django.request": {"level": "ERROR"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }


def send_errors_to(dsn: str) -> None:
    """Types and places of errors only: no texts, bodies, variables, people or addresses."""
    import sentry_sdk
    from sentry_sdk.types import Event as SentryEvent
    from sentry_sdk.utils import BadDsn, Dsn

    def strip(event: SentryEvent, _hint: dict[str, Any]) -> SentryEvent:
        for name in ("request", "user", "breadcrumbs", "extra", "logentry", "message", "server_name"):
            cast("dict[str, Any]", event).pop(name, None)
        for error in event.get("exception", {}).get("values", []):
            error["value"] = ""
        return event

    try:
        Dsn(dsn)
    except BadDsn as error:
        raise ImproperlyConfigured(
            f"SENTRY_DSN: expected an address such as https://key@sentry.example.com/1 ({error})"
        ) from error
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=strip,
    )

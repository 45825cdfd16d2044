"""Refusals of a service. Views, API and commands translate them; nothing else raises to the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """A rule says no. ``code`` is for programs, ``detail`` and ``fields`` are for people, already translated."""

    code = "refused"
    status = 400

    def __init__(
        self,
        detail: Text,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[Text]] | None = None,
    ) -> None:
        super().__init__(str(detail))
        self.detail = detail
        self.fields = dict(fields or {})
        if code is not None:
            self.code = code


class ForbiddenError(DomainError):
    """The object is visible, the action is not this person's."""

    code = "forbidden"
    status = 403


class ConflictError(DomainError):
    """Somebody else changed the row first; nothing was written."""

    code = "conflict"
    status = 409


class IdempotencyConflictError(DomainError):
    """The same key came with another body."""

    code = "idempotency_conflict"
    status = 422

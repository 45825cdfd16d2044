"""Serializers that are built once: their fields are copied and bound anew for every instance, which costs more than
reading a body with them. An instance that is only asked to read or to show keeps nothing between two requests.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import get_language
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer


@cache
def _shared(kind: type[Serializer[Any]], _language: str | None) -> Serializer[Any]:
    """One per language: the framework keeps a limit's message in the language it was first said in."""
    return kind()


def read(kind: type[Serializer[Any]], body: Any) -> dict[str, Any]:
    """The checked values of a body, or ``ValidationError``."""
    serializer = _shared(kind, get_language())
    if body is None:
        raise ValidationError({"non_field_errors": [serializer.error_messages["null"]]})
    values: dict[str, Any] = serializer.run_validation(body)
    return values


def show(kind: type[Serializer[Any]], row: Any) -> dict[str, Any]:
    answer: dict[str, Any] = _shared(kind, get_language()).to_representation(row)
    return answer

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    """``{"next", "previous", "results"}``, by the key of the row: the last page costs what the first one does."""

    ordering = "id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor: Cursor | None = super().decode_cursor(request)
        except NotFound:
            raise _wrong_cursor() from None
        if cursor is not None and cursor.position is not None and not _is_id(str(cursor.position)):
            raise _wrong_cursor()
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


def _is_id(position: str) -> bool:
    return position.isascii() and position.isdigit() and len(position) < 19


def _wrong_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("This page does not exist; follow the links of the answers.")]})

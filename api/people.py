from __future__ import annotations

from typing import cast

from rest_framework.request import Request

from staff.models import User


def actor_of(request: Request) -> User:
    """The person behind the token; ``HasScope`` lets nobody else in."""
    return cast("User", request.user)

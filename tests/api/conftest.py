from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from staff.enums import Scope
from staff.models import User
from staff.services.tokens import issue_token

CallAs = Callable[..., APIClient]


@pytest.fixture
def call_as() -> CallAs:
    """A program with a token of that person; all scopes that the person's roles allow, unless named."""

    def build(user: User, *scopes: Scope) -> APIClient:
        _row, bare = issue_token(user=user, scopes=scopes, actor=None, now=now())
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {bare}")
        return client

    return build

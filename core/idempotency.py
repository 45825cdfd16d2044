"""A form sent twice gives one row: double click, step back, a retry after a broken connection."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.db import connection, transaction

from core.models import SubmittedForm

_KEY = re.compile(r"[A-Za-z0-9_-]{16,40}")


def new_key() -> str:
    return secrets.token_urlsafe(18)


def run_once(*, key: str, user_id: int, action: Callable[[], str]) -> str:
    """Runs ``action`` (which answers the address of its result) in a transaction, once per key and person.

    A second one waits for the first and answers its address. An action that raises leaves the key free.
    A form without a key of ours runs as it is: the key protects its owner only.
    """
    if not _KEY.fullmatch(key):
        return action()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_submittedform (key, user_id, url, created_at) VALUES (%s, %s, '', now()) "
                "ON CONFLICT (key) DO NOTHING",
                [f"{user_id}:{key}"[:64], user_id],
            )
            first = cursor.rowcount == 1
        row = SubmittedForm.objects.filter(key=f"{user_id}:{key}"[:64])
        if not first:
            return row.get().url
        url = action()
        row.update(url=url)
    return url

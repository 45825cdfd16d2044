"""Locks that live in PostgreSQL and end with the transaction: the same key waits, another does not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import connection


def lock_keys(keys: Sequence[str]) -> None:
    """Takes all locks in the order given, in one round trip. Call it first in a transaction.

    Name the kind first in each key ("handoff:…", "client:…") and always take the kinds in the same order.
    """
    if not keys:
        return
    numbers = [int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], signed=True) for key in keys]
    columns = ", ".join(["pg_advisory_xact_lock(%s)"] * len(numbers))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", numbers)

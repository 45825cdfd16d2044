from __future__ import annotations

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from core.deadlocks import ATTEMPTS, begun_anew

pytestmark = pytest.mark.django_db


def lose_deadlock() -> None:
    """As PostgreSQL tells the one whom it picked to let the other through."""
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = 'deadlock_detected'; END $$")


def test_lost_transaction_is_begun_anew() -> None:
    attempts: list[int] = []

    @transaction.atomic
    def act() -> str:
        attempts.append(len(attempts))
        if len(attempts) < ATTEMPTS:
            lose_deadlock()
        return "done"

    assert begun_anew(act) == "done"
    assert len(attempts) == ATTEMPTS


def test_who_loses_every_time_is_told() -> None:
    attempts: list[int] = []

    @transaction.atomic
    def act() -> None:
        attempts.append(len(attempts))
        lose_deadlock()

    with pytest.raises(OperationalError, match="lost"):
        begun_anew(act)
    assert len(attempts) == ATTEMPTS


@pytest.mark.parametrize("code", ["query_canceled", "unique_violation"])
def test_any_other_failure_is_told_at_once(code: str) -> None:
    attempts: list[int] = []

    @transaction.atomic
    def act() -> None:
        attempts.append(len(attempts))
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'other' USING ERRCODE = '{code}'; END $$")

    with pytest.raises((OperationalError, IntegrityError), match="other"):
        begun_anew(act)
    assert attempts == [0]

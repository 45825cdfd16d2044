"""The function every audit trigger asks for its context."""

from __future__ import annotations

import pghistory
import pytest
from django.db import connection, transaction

from core.models import Company

pytestmark = pytest.mark.django_db


def test_audit_outside_a_context_needs_no_subtransaction() -> None:
    """One per row would make a big statement's time grow with the square of its rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = '_pgh_attach_context'")
        assert "EXCEPTION" not in cursor.fetchone()[0]


def test_audit_row_names_its_context_where_there_is_one() -> None:
    Company.objects.update(name="Север")
    with pghistory.context(import_run=7):
        Company.objects.update(name="Юг")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.name, c.metadata FROM core_companyevent e LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id"
            " ORDER BY e.pgh_id DESC LIMIT 2"
        )
        assert cursor.fetchall() == [("Юг", '{"import_run": 7}'), ("Север", None)]


def test_context_is_written_again_after_a_savepoint_took_it_along() -> None:
    with pghistory.context(import_run=8):
        with transaction.atomic():
            Company.objects.update(name="Запад")
            transaction.set_rollback(True)
        Company.objects.update(name="Восток")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.name, c.metadata FROM core_companyevent e JOIN pghistory_context c ON c.id = e.pgh_context_id"
            " ORDER BY e.pgh_id DESC LIMIT 1"
        )
        assert cursor.fetchall() == [("Восток", '{"import_run": 8}')]

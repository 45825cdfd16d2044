"""What PostgreSQL has to know about the audit triggers that see a statement's old and new rows.

Such a trigger joins two lists without an index. A connection plans that join once, for as many rows as its first
statement changed, and keeps the plan: after an edit of one row it would compare each row with each, so that a sweep's
or an import's change of 10,000 rows took minutes. Without nested loops the join is by hash, whatever came first.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

_SETTINGS = """
DO $$
DECLARE
    audit regprocedure;
BEGIN
    FOR audit IN
        SELECT DISTINCT p.oid::regprocedure FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgoldtable IS NOT NULL AND t.tgnewtable IS NOT NULL AND p.proname LIKE 'pgtrigger\\_%' AND p.proconfig IS NULL
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET enable_nestloop = off', audit);
    END LOOP;
END $$
"""


def join_rows_by_hash(*, using: str, **_signal: Any) -> None:
    """After every migration: whatever trigger it drew anew."""
    with connections[using].cursor() as cursor:
        cursor.execute(_SETTINGS)

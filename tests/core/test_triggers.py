"""Triggers that see old and new rows never compare each with each, whatever their connection did before."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from core.triggers import join_rows_by_hash

pytestmark = pytest.mark.django_db

_BOTH = """
SELECT DISTINCT p.proname, p.prosrc, coalesce(p.proconfig, '{}') FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgoldtable IS NOT NULL AND t.tgnewtable IS NOT NULL
"""
_ROWS = r"(new_rows|old_rows|new_values|old_values|fresh|stale)"
#: Tables of a row or a few: the company, the policies of three tiers.
_SMALL = {"attention_of_company", "attention_of_policies", "leaving_of_company", "signals_of_company"}


def _rows(sql: str) -> list[tuple[str, str, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_trigger_that_joins_old_and_new_rows_does_it_by_hash() -> None:
    found = _rows(_BOTH)
    joining = {
        name: settings for name, body, settings in found if re.search(rf"FROM {_ROWS}\b[^;]*?JOIN {_ROWS}\b", body)
    }
    assert len(found) > 20
    assert joining
    assert {name for name, settings in joining.items() if "enable_nestloop=off" not in settings} <= _SMALL


def test_audit_trigger_that_a_migration_drew_anew_is_told_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE drawn (id int);"
            "CREATE FUNCTION pgtrigger_drawn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
            "CREATE TRIGGER pgtrigger_drawn AFTER UPDATE ON drawn REFERENCING OLD TABLE AS old_values"
            " NEW TABLE AS new_values FOR EACH STATEMENT EXECUTE FUNCTION pgtrigger_drawn()"
        )
    join_rows_by_hash(using="default")
    assert {name: settings for name, _body, settings in _rows(_BOTH)}["pgtrigger_drawn"] == ["enable_nestloop=off"]

"""Derives the facts from source rows: all of them, or those of the clients whose rows changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from core.figures import Question, end_of_day
from reports import statements
from reports.models import FactState
from reports.queries import norms as current_norms

COLUMNS = {
    "trait": "client_id, from_day, until_day, manager_id, tier, industry_id, region_id",
    "run": "client_id, from_day, until_day, covered, mv, gap",
    "unit": "client_id, kind, at, manager_id, tier, industry_id, region_id, n, a, b, c, d, e",
}
BATCH = 2000
HANDFUL = 200
LOCK = 0x6661637473  # one writer of facts at a time
MONTHS = """
    SELECT '0001-01-01'::date UNION
    SELECT m::date FROM (
        SELECT LEAST((SELECT min(at) FROM reports_unit WHERE kind <> 'ltv'), (SELECT min(from_day) FROM reports_run))
            AS first,
            GREATEST((SELECT max(at) FROM reports_unit WHERE kind <> 'ltv'), %(today)s::date) AS last
    ) s, generate_series(date_trunc('month', first::timestamp), last::timestamp, interval '1 month') AS m
"""


def rebuild_facts(*, now: datetime) -> Mapping[str, int]:
    """Every derived row anew. Readers see the old facts until it is done."""
    with transaction.atomic():
        asked = _question(now)
        with connection.cursor() as cursor:
            _lock(cursor)
            cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
            # Marks of changes that commit later stay; those seen here are part of what is read below.
            cursor.execute("DELETE FROM reports_dirtyclient")
            for relation, columns in COLUMNS.items():
                cursor.execute(f"DELETE FROM reports_{relation}")
                cursor.execute(_insert(relation, columns), asked.params())
            cursor.execute("ANALYZE reports_trait, reports_run, reports_unit")
            cursor.execute("DELETE FROM reports_cube")
            _add_to_cube(cursor, asked, 1)
            cursor.execute("ANALYZE reports_cube")
        _remember(asked, now)
    return {"rebuilt": 1}


def refresh_facts(*, now: datetime) -> Mapping[str, int]:
    """The sweep: takes in changed clients, or derives everything when the day or the norms are others."""
    if not _in_force(_question(now)):
        return rebuild_facts(now=now)
    taken = 0
    while True:
        with transaction.atomic():
            with connection.cursor() as cursor:
                _lock(cursor)
            clients = _take_dirty()
            if not clients:
                return {"clients": taken}
            _replace(_question(now, clients))
        taken += len(clients)


def catch_up(*, now: datetime) -> None:
    """Before a page: a handful of changed clients is taken in at once, unless somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT 1 FROM reports_dirtyclient LIMIT %s) d", [HANDFUL + 1])
        waiting = int(cursor.fetchone()[0])
    if not 0 < waiting <= HANDFUL or not _in_force(_question(now)):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if cursor.fetchone()[0]:
            clients = _take_dirty()
            if clients:
                _replace(_question(now, clients))


def _lock(cursor: Any) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _question(now: datetime, clients: tuple[int, ...] | None = None) -> Question:
    zone = settings.TIME_ZONE
    today = Question((), now, zone).today
    return Question((), end_of_day(today, zone), zone, current_norms(), clients=clients)


def _in_force(asked: Question) -> bool:
    norms = asked.norms
    return FactState.objects.filter(
        day=asked.today, grace=norms.grace, early=norms.early, active=norms.active, zone=asked.zone
    ).exists()


def _take_dirty() -> tuple[int, ...]:
    """Removes the marks of the clients that changed first; what commits later marks them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM reports_dirtyclient WHERE client_id IN"
            " (SELECT DISTINCT client_id FROM reports_dirtyclient ORDER BY client_id LIMIT %s) RETURNING client_id",
            [BATCH],
        )
        return tuple(sorted({client for (client,) in cursor.fetchall()}))


def _replace(asked: Question) -> None:
    """Takes the old contributions of these clients out of the cube, derives anew, puts the new ones in."""
    params = asked.params()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        _add_to_cube(cursor, asked, -1)
        cursor.execute("SET LOCAL enable_nestloop = off")
        for relation, columns in COLUMNS.items():
            cursor.execute(f"DELETE FROM reports_{relation} WHERE client_id = ANY(%(clients)s::bigint[])", params)
            cursor.execute(_insert(relation, columns), params)
        cursor.execute("SET LOCAL enable_nestloop = on")
        _add_to_cube(cursor, asked, 1)
        cursor.execute("DELETE FROM reports_cube WHERE value = 0")


def _insert(relation: str, columns: str) -> str:
    return f"INSERT INTO reports_{relation} ({columns}) {statements.stored_sql(relation, columns)}"


def _add_to_cube(cursor: Any, asked: Question, sign: int) -> None:
    cursor.execute(MONTHS, asked.params())
    months = sorted(month for (month,) in cursor.fetchall())
    params = {**asked.params(), "starts": months, "ends": [_after(month) for month in months], "sign": sign}
    pairs = ", ".join(f"('{name}', {name})" for name in statements.COLUMNS)
    cursor.execute(
        f"INSERT INTO reports_cube (dim, key, month, name, value)"
        f" SELECT dim, key, start, v.name, %(sign)s * v.value FROM ({statements.cube_sql()}) c"
        f" CROSS JOIN LATERAL (VALUES {pairs}) AS v(name, value) WHERE v.value <> 0"
        f" ON CONFLICT (dim, key, month, name) DO UPDATE SET value = reports_cube.value + EXCLUDED.value",
        params,
    )


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _remember(asked: Question, now: datetime) -> None:
    norms = asked.norms
    FactState.objects.update_or_create(
        pk=1,
        defaults={
            "day": asked.today,
            "grace": norms.grace,
            "early": norms.early,
            "active": norms.active,
            "zone": asked.zone,
            "built_at": now,
        },
    )

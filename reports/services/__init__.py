"""Derives the facts from source rows: all of them, or those of the clients whose rows changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from core.figures import Question, add_months, end_of_day
from reports import brought, cohort_cells, cube, heard, overlaps, reach, statements, tables, turning
from reports.models import FactState
from reports.queries import AS_BEFORE, WHOLE_SETS
from reports.queries import norms as current_norms
from reports.statements import KINDS

BATCH = 10_000
HANDFUL = 200
LOCK = 0x6661637473  # one writer of facts at a time
ORDERS = "clients_order"  # the table that changes most by far
OF_ORDERS = statements.reading(ORDERS)
DIFFERENCE = f"""
    SELECT dim, key, month, name, sum(value) AS value FROM (
        SELECT dim, key, month, name, -value AS value FROM reports_before UNION ALL
        ({tables.over(cube.cube_sql(), **tables.AFTER)}) UNION ALL
        ({reach.reach_difference_sql()})
    ) c GROUP BY dim, key, month, name HAVING sum(value) <> 0
"""
BEFORE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS reports_before
        (dim varchar, key varchar, month date, name varchar, value numeric) ON COMMIT DELETE ROWS
"""
DROP_MEDIANS = f"""
    DELETE FROM reports_cube m USING change c
    WHERE m.dim = c.dim AND m.key = c.key AND m.month = c.month AND m.name = 'median' AND c.name IN {cube.MOVES_MEDIAN}
    RETURNING m.dim, m.key, m.month
"""
DROP_HEAPS = """
    DELETE FROM reports_heap h USING (SELECT DISTINCT dim, key, month FROM moved) m
    WHERE h.dim = m.dim AND h.key = m.key AND h.month = m.month
"""
APPLY = """
    INSERT INTO reports_cube (dim, key, month, name, value) SELECT dim, key, month, name, value FROM change
    ON CONFLICT (dim, key, month, name) DO UPDATE SET value = reports_cube.value + EXCLUDED.value
    RETURNING dim, key, month, name, value
"""
CHANGE_CUBE = f"""
    WITH change AS ({DIFFERENCE}), moved AS ({DROP_MEDIANS}), heaps AS ({DROP_HEAPS}), applied AS ({APPLY})
    SELECT dim, key, month, name FROM applied WHERE value = 0
"""
NOTHING_LEFT = """
    DELETE FROM reports_cube c USING unnest(%s::text[], %s::text[], %s::date[], %s::text[]) AS z (dim, key, month, name)
    WHERE c.dim = z.dim AND c.key = z.key AND c.month = z.month AND c.name = z.name
"""
#: Of the tables that fill within the transaction a planner knows nothing, and takes them for small and sorts.
FOR_SOME = "SET LOCAL jit = off; SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL work_mem = '64MB'"
ADD = "INSERT INTO reports_cube (dim, key, month, name, value) SELECT dim, key, month, name, sum(value) FROM"
INTO_GROUPS = "GROUP BY dim, key, month, name HAVING sum(value) <> 0"


def rebuild_facts(*, now: datetime) -> Mapping[str, int]:
    """Every derived row anew. Readers see the old facts until it is done."""
    with transaction.atomic():
        asked = _question(now)
        with connection.cursor() as cursor:
            _lock(cursor)
            cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
            # Marks of changes that commit later stay; those seen here are part of what is read below.
            cursor.execute("DELETE FROM reports_dirtyclient")
            # Nearly as many groups as rows, which the planner takes for few: sorted they need no second pass over a disk.
            cursor.execute("SET LOCAL enable_hashagg = off")
            for relation in tables.RELATIONS:
                tables.create_next(cursor, relation)
                cursor.execute(_insert(relation, "next", once=True), asked.params())
                tables.index_next(cursor, relation)
            cursor.execute("SET LOCAL enable_hashagg = DEFAULT")
            cursor.execute("DELETE FROM reports_cube; DELETE FROM reports_heap")
            for sql in (cube.cube_sql(), reach.reach_sql()):
                sums = tables.over(sql, **tables.NEXT)
                cursor.execute(f"{ADD} ({sums}) c {INTO_GROUPS} ORDER BY dim, key, month", asked.params())
            cursor.execute("DELETE FROM reports_overlap")
            cursor.execute(overlaps.ALL, asked.params())
            cursor.execute("ANALYZE reports_cube, reports_overlap")
            brought.rank_all(cursor, unit="next")
            tables.swap(cursor, *tables.SWAPPED)
            cohort_cells.count_all(cursor, now=asked.today)
            _take_medians(cursor, asked)
            cursor.execute("SET LOCAL enable_nestloop = DEFAULT; SET LOCAL work_mem = DEFAULT; SET LOCAL jit = DEFAULT")
        _remember(asked, now)
    return {"rebuilt": 1}


def refresh_facts(*, now: datetime) -> Mapping[str, int]:
    """The sweep: takes in changed clients, or derives everything when the day or the norms are others, or most changed."""
    if not _in_force(_question(now)):
        return turn_facts(now=now) or rebuild_facts(now=now)
    if _most_wait():
        return rebuild_facts(now=now)
    taken = 0
    while True:
        with transaction.atomic():
            with connection.cursor() as cursor:
                _lock(cursor)
                clients, buyers = _take_dirty()
                if not clients and not buyers:
                    _take_medians(cursor, _question(now))
                    return {"clients": taken}
            _take_in(now, clients, buyers)
        taken += len(clients) + len(buyers)


def turn_facts(*, now: datetime) -> Mapping[str, int] | None:
    """From the day of the facts to a later one, by the clients for whom something changes; None when all is other."""
    asked = _question(now)
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor)
        state = _same_norms(asked).filter(day__lt=asked.today).first()
        if state is None:
            return None
        old = replace(asked, moment=end_of_day(state.day, asked.zone))
        clients = _turned(cursor, old, asked)
        if clients is None:
            return None
        cursor.execute("DELETE FROM reports_dirtyclient")
        for first in range(0, len(clients), BATCH):
            some = clients[first : first + BATCH]
            _replace(replace(asked, clients=some), before=replace(old, clients=some))
        cursor.execute(WHOLE_SETS)
        _derive_units(cursor, asked, "ltv")
        _derive_sums(cursor, asked, tuple(KINDS["ltv"].sums), cube.cube_sql(("ltv",), runs=False, said=()))
        _derive_said(cursor, asked, heard.HALF_YEARS)
        if (state.day.year, state.day.month) != (asked.today.year, asked.today.month):
            _derive_sums(cursor, asked, cube.OF_RUNS, cube.cube_sql((), runs=True, said=()))
            _derive_units(cursor, asked, "talk")
            _derive_said(cursor, asked, heard.MONTHS_OF_TALKS)
        if cohort_cells.boundary(state.day) != cohort_cells.boundary(asked.today):
            cohort_cells.count_all(cursor, now=asked.today)
        _take_medians(cursor, asked)
        cursor.execute(WHOLE_SETS)
        brought.rank_all(cursor)
        tables.swap(cursor, "brought")
        cursor.execute(AS_BEFORE)
        _remember(asked, now)
    return {"turned": len(clients)}


def _turned(cursor: Any, old: Question, asked: Question) -> tuple[int, ...] | None:
    """Whose facts the passing of these days changes; None when these are so many that all may as well be derived."""
    cursor.execute(turning.TURNED, {**asked.params(), "old": old.today, "old_moment": old.moment})
    clients = tuple(sorted(client for (client,) in cursor.fetchall()))
    return None if _are_most(cursor, len(clients)) else clients


def _most_wait() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT client_id) FROM reports_dirtyclient")
        return _are_most(cursor, cursor.fetchone()[0])


def _are_most(cursor: Any, clients: int) -> bool:
    """So many that all may as well be derived."""
    if clients <= BATCH:
        return False
    cursor.execute("SELECT count(*) FROM clients_client")
    return clients > turning.MOST * int(cursor.fetchone()[0])


def _derive_units(cursor: Any, asked: Question, kind: str) -> None:
    cursor.execute("DELETE FROM reports_unit WHERE kind = %s", [kind])
    columns = tables.COLUMNS["unit"]
    cursor.execute(
        f"INSERT INTO reports_unit ({columns}) {statements.stored_sql('unit', columns, (kind,))}", asked.params()
    )


def _derive_said(cursor: Any, asked: Question, group: str) -> None:
    _derive_sums(cursor, asked, heard.NAMES[group], cube.cube_sql((), runs=False, said=(group,)))


def _derive_sums(cursor: Any, asked: Question, names: tuple[str, ...], sql: str) -> None:
    cursor.execute("DELETE FROM reports_cube WHERE name = ANY(%s)", [list(names)])
    cursor.execute(f"{ADD} ({sql}) c {INTO_GROUPS}", asked.params())


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
            _take_in(now, *_take_dirty())


def _lock(cursor: Any) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _question(now: datetime, clients: tuple[int, ...] | None = None) -> Question:
    zone = settings.TIME_ZONE
    today = Question((), now, zone).today
    return Question((), end_of_day(today, zone), zone, current_norms(), clients=clients)


def _same_norms(asked: Question) -> QuerySet[FactState]:
    return FactState.objects.filter(**asdict(asked.norms), zone=asked.zone)


def _in_force(asked: Question) -> bool:
    return _same_norms(asked).filter(day=asked.today).exists()


def _take_dirty() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Removes the marks of the clients that changed first; what commits later marks them again.

    Those of whom anything may have changed, and those of whom nothing but orders has.
    """
    with connection.cursor() as cursor:
        # After a large import the planner takes the table for small still.
        cursor.execute(
            "SET LOCAL enable_nestloop = off; DELETE FROM reports_dirtyclient WHERE client_id IN"
            " (SELECT DISTINCT client_id FROM reports_dirtyclient ORDER BY client_id LIMIT %s) RETURNING client_id, source",
            [BATCH],
        )
        marks = set(cursor.fetchall())
        cursor.execute(AS_BEFORE)
    others = {client for client, source in marks if source != ORDERS}
    return tuple(sorted(others)), tuple(sorted({client for client, _source in marks} - others))


def _take_in(now: datetime, clients: tuple[int, ...], buyers: tuple[int, ...]) -> None:
    for some, kinds in ((clients, None), (buyers, OF_ORDERS)):
        if some:
            _replace(_question(now, some), kinds=kinds)


def _replace(asked: Question, *, before: Question | None = None, kinds: tuple[str, ...] | None = None) -> None:
    """Derives these clients anew; only what they now contribute otherwise than before is written to the cube.

    ``before`` is the question under which they contributed so far, when that was of another day. ``kinds``: no other
    ones can have changed.
    """
    params = asked.params()
    with connection.cursor() as cursor:
        cursor.execute(f"{FOR_SOME}; {tables.STAGES}; {BEFORE}")
        cursor.execute(tables.ASK, params)
        for relation in tables.RELATIONS:
            cursor.execute(tables.of_asked(_insert(relation, "fresh", kinds, once=True)), params)
        told_apart, taken_over = tables.take_over(everything=before is not None, kinds=kinds)
        for sql in told_apart:
            cursor.execute(sql)
        counted_there = cohort_cells.leave(cursor, before=(before or asked).today, now=asked.today)
        for sql in taken_over:
            cursor.execute(sql)
        if counted_there:
            cohort_cells.enter(cursor, now=asked.today)
        counted = {**(before or asked).params(), "clients": None}  # the stages hold nobody else
        cursor.execute(f"INSERT INTO reports_before {tables.over(cube.cube_sql(), **tables.BEFORE)}", counted)
        cursor.execute(CHANGE_CUBE, {**params, "clients": None})
        if zeros := cursor.fetchall():
            cursor.execute(NOTHING_LEFT, [list(column) for column in zip(*zeros, strict=True)])
        cursor.execute(overlaps.CHANGE, {**params, "clients": None, "before": (before or asked).today})
        cursor.execute(overlaps.NOTHING_LEFT)
        if before is None:
            brought.take_over(cursor)
        cursor.execute(f"{tables.CLEAR}, reports_before")
        cursor.execute(AS_BEFORE)


def _take_medians(cursor: Any, asked: Question) -> None:
    """Medians of the months of late that have none, because they are new or their orders changed."""
    oldest = add_months(asked.today.replace(day=1), -cube.MEDIAN_MONTHS)
    cursor.execute(cube.WITHOUT_MEDIAN, {"dims": list(cube.MEDIAN_DIMS), "oldest": oldest})
    months = [month for (month,) in cursor.fetchall()]
    if months:
        span = {"since": min(months), "until": add_months(max(months), 1), "months": months}
        cursor.execute(f"{FOR_SOME}; {cube.MEDIANS}; {AS_BEFORE}", {**asked.params(), **span})


def _insert(relation: str, stage: str, kinds: tuple[str, ...] | None = None, *, once: bool = False) -> str:
    """``once``: of few clients each source row is better read one time than wherever it is needed."""
    columns = tables.COLUMNS[relation]
    sql = statements.stored_sql(relation, columns, kinds, once=once)
    return f"INSERT INTO reports_{stage}_{relation} ({columns}) {tables.over(sql, trait=stage, run=stage)}"


def _remember(asked: Question, now: datetime) -> None:
    state = {**asdict(asked.norms), "day": asked.today, "zone": asked.zone, "built_at": now}
    FactState.objects.update_or_create(pk=1, defaults=state)

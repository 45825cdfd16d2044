"""Figures: the product's statements against hand-tuned ones on the same tables, in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from django.db import connection
from django.utils.timezone import localdate, now

from core.figures import Period, add_months, months_of
from reports import queries, services
from reports.statements import ROWS, STORED

ROUNDS = 15
#: A year of months of every sum, written by hand for exactly this table.
HAND_TUNED = """
    SELECT month, name, value FROM reports_cube
    WHERE dim = '' AND key = '' AND month >= %s AND month < %s
"""
HAND_PASS = """
    SELECT client_id, date_trunc('month', ordered_at AT TIME ZONE 'Europe/Moscow')::date, count(*), sum(net),
        count(DISTINCT (ordered_at AT TIME ZONE 'Europe/Moscow')::date)
    FROM clients_order WHERE status = 'completed' AND net > 0 GROUP BY 1, 2
"""
TOUCH = "UPDATE clients_order SET amount = amount + 1 WHERE client_id = (SELECT min(client_id) FROM clients_order)"


def seconds(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    taken = []
    for _round in range(rounds):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def run(sql: str, params: list[Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return len(cursor.fetchall()) if cursor.description else cursor.rowcount


def measure() -> list[tuple[str, float, str]]:
    """(what, ratio, goal) for each line of the report."""
    this = localdate().replace(day=1)
    year = Period(add_months(this, -12), this)
    asked = queries.question(*months_of(year))
    whole = seconds(lambda: services.rebuild_facts(now=now()), 1)
    raw = seconds(lambda: run(HAND_PASS), 1)
    ours = seconds(lambda: queries.sums(asked, source=STORED))
    tuned = seconds(lambda: run(HAND_TUNED, [year.start, year.end]))
    rows = seconds(lambda: queries.sums(asked, source=ROWS), 1)
    orders = run(TOUCH)
    upkeep = seconds(lambda: services.refresh_facts(now=now()), 1)
    print(f"rebuild {whole:.1f} s; one client of {orders} orders taken in: {upkeep * 1000:.0f} ms")
    return [
        ("a year of every figure / hand-tuned statement on the cube", ours / tuned, "≤ 1.5"),
        ("the same from source rows / from the cube", rows / ours, "for information"),
        ("rebuild / one hand-written pass over the orders", whole / raw, "for information"),
    ]

"""Figures: the product's statements against hand-tuned ones on the same tables; rebuild and upkeep of the facts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate, now

from bench import duck, growth
from bench.browsers import page, product_browser
from bench.measure import Line, Run, at_most, compare, cost_of, count_queries
from bench.setup import say
from core.figures import Period, add_months, months_of
from reports import queries, services
from reports.statements import STORED
from staff.models import User

#: A year of months of every sum, written by hand for exactly this table.
HAND_TUNED = """
    SELECT month, json_object_agg(name, value) FROM reports_cube
    WHERE dim = '' AND key = '' AND month >= %s AND month < %s GROUP BY month
"""
#: What any monthly facts need at least: what each client bought and had under contract, by month, and who owned him.
HAND_REBUILD = """
CREATE TEMPORARY TABLE bench_facts ON COMMIT DROP AS
    SELECT o.client_id, date_trunc('month', o.ordered_at AT TIME ZONE 'Europe/Moscow')::date AS month, s.tier, s.industry_id,
           s.region_id, a.user_id, count(*) AS orders, sum(o.net) AS total, min(o.ordered_at) AS first, max(o.ordered_at) AS last
    FROM clients_order o
    JOIN clients_clientsegment s ON s.client_id = o.client_id AND s.until_on IS NULL
    JOIN clients_assignment a ON a.client_id = o.client_id AND a.ended_at IS NULL
    WHERE o.status = 'completed' AND o.net > 0 GROUP BY 1, 2, 3, 4, 5, 6;
CREATE INDEX ON bench_facts (client_id);
CREATE INDEX ON bench_facts (month);
CREATE TEMPORARY TABLE bench_days ON COMMIT DROP AS
    SELECT k.client_id, m::date AS month, count(*) AS contracts, sum(k.amount) AS total
    FROM clients_contract k, generate_series(date_trunc('month', k.starts_on::timestamp), coalesce(k.ends, current_date), interval '1 month') m
    GROUP BY 1, 2;
CREATE INDEX ON bench_days (client_id);
CREATE INDEX ON bench_days (month);
CREATE TEMPORARY TABLE bench_sums ON COMMIT DROP AS
    SELECT g.dim, g.key, f.month, sum(orders) AS n, sum(total) AS total, count(*) AS clients, count(*) FILTER (WHERE orders > 1) AS repeated
    FROM bench_facts f CROSS JOIN LATERAL (VALUES ('', ''), ('manager', user_id::text), ('tier', tier),
        ('industry', industry_id::text), ('region', region_id::text)) g (dim, key) GROUP BY 1, 2, 3
    UNION ALL
    SELECT g.dim, g.key, f.month, sum(contracts), sum(total), count(*), 0
    FROM bench_days f JOIN clients_clientsegment s ON s.client_id = f.client_id AND s.until_on IS NULL
    CROSS JOIN LATERAL (VALUES ('', ''), ('tier', tier), ('industry', industry_id::text), ('region', region_id::text)) g (dim, key)
    GROUP BY 1, 2, 3;
"""
ORDERS = 2000
GROWTH = {"rebuild of facts": 1.1, "KPI sums": 0.1, "KPI page": 0.1}
NEW_ORDERS = """
    INSERT INTO clients_order (external_id, client_id, ordered_at, completed_at, status, amount, refunded_amount, source,
                               created_at, updated_at, version)
    SELECT 'upkeep-' || i || '-' || clock_timestamp(), 1 + (i * 7919) %% 100000, now(), now(), 'completed', 1000, 0, 'import',
           now(), now(), 1
    FROM generate_series(1, %s) i
"""


def run(sql: str, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        if cursor.description:
            cursor.fetchall()


def _rolled_back(sql: str) -> None:
    with transaction.atomic():
        run(sql)
        transaction.set_rollback(True)


def measure() -> Iterator[Line]:
    this = localdate().replace(day=1)
    year = Period(add_months(this, -12), this)
    asked = queries.question(*months_of(year))
    started = time.perf_counter()
    rebuilt = cost_of(partial(services.rebuild_facts, now=now()))
    say(f"  facts rebuilt: {time.perf_counter() - started:.0f} s")
    by_hand = cost_of(partial(_rolled_back, HAND_REBUILD))
    yield at_most("rebuild of facts against SQL by hand, CPU", rebuilt.total / by_hand.total, 2, unit="×")
    run("VACUUM ANALYZE reports_unit, reports_run, reports_trait, reports_cube")
    runs: dict[str, Run] = {
        "ours": partial(queries.sums, asked, source=STORED),
        "hand": partial(run, HAND_TUNED, [year.start, year.end]),
    }
    costs = compare(runs, times=10)
    kept = {"rebuild of facts": rebuilt.total, "KPI sums": costs["ours"].total}
    ratio = costs["ours"].database / costs["hand"].database
    yield at_most("KPI SQL against one by hand, PostgreSQL", ratio, 1.5, f"{costs['ours']} : {costs['hand']}", "×")
    yield at_most("KPI sums, statements", count_queries(runs["ours"]), 1)
    yield from _against_duckdb(kept)
    yield from growth.exponents("kpi", growth.size(), kept, GROWTH)
    run(NEW_ORDERS, [ORDERS])
    upkeep = cost_of(partial(services.refresh_facts, now=now()))
    yield at_most("upkeep of facts, ms an order", upkeep.total / ORDERS, 1)
    run(
        "DELETE FROM work_pendingfact WHERE order_id IN (SELECT id FROM clients_order WHERE external_id LIKE 'upkeep-%%')"
    )
    run("DELETE FROM clients_order WHERE external_id LIKE 'upkeep-%%'")
    services.refresh_facts(now=now())


def _against_duckdb(kept: dict[str, float]) -> Iterator[Line]:
    """The page as a person gets it, against recomputing its figures from parquet; CPU of all threads."""
    head = product_browser(User.objects.get(username="bench-7"))
    with duck.directory() as path:
        runs: dict[str, Run] = {
            "page": partial(page, head, reverse("reports:kpi")),
            "duckdb": duck.recompute(Path(path)),
        }
        costs = compare(runs, rounds=5, times=2)
    kept["KPI page"] = costs["page"].total
    ratio = costs["page"].total / costs["duckdb"].total
    said = f"{costs['page']} : {costs['duckdb']} = {ratio:.3f}"
    yield at_most("KPI page against DuckDB over parquet, CPU", ratio, 0.2 if growth.size() == 1 else 0.02, said, "×")

"""The same figures recomputed from raw rows by DuckDB over parquet: what derived tables have to beat."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.db import connection

EXPORTS = {
    "orders": "SELECT client_id, (ordered_at AT TIME ZONE 'Europe/Moscow')::date AS day, net FROM clients_order"
    " WHERE status = 'completed' AND net > 0",
    "contracts": "SELECT client_id, starts_on, ends AS ends_on, amount FROM clients_contract",
    "clients": "SELECT id AS client_id, tier FROM clients_client",
}
#: Cohorts, churn, what was due and followed, repeat orders, checks and value by segment: a dashboard's worth.
FIGURES = (
    """
    WITH first AS (SELECT client_id, date_trunc('month', min(day)) AS cohort FROM orders GROUP BY 1)
    SELECT cohort, date_trunc('month', day) AS month, count(DISTINCT client_id) FROM orders JOIN first USING (client_id)
    WHERE cohort >= current_date - 730 GROUP BY 1, 2
    """,
    """
    WITH m AS (SELECT DISTINCT client_id, date_trunc('month', day) AS month FROM orders)
    SELECT a.month, count(*), count(b.client_id) FROM m a
    LEFT JOIN m b ON b.client_id = a.client_id AND b.month = a.month + INTERVAL 1 MONTH GROUP BY 1
    """,
    """
    SELECT date_trunc('month', ends_on) AS month, count(*), count(*) FILTER (WHERE next <= ends_on + 31) FROM (
        SELECT ends_on, lead(starts_on) OVER (PARTITION BY client_id ORDER BY starts_on) AS next FROM contracts
    ) GROUP BY 1
    """,
    """
    SELECT date_trunc('month', first) AS month, count(*), count(*) FILTER (WHERE second <= first + 90) FROM (
        SELECT client_id, min(day) AS first, list_sort(list(DISTINCT day))[2] AS second FROM orders GROUP BY 1
    ) GROUP BY 1
    """,
    "SELECT date_trunc('month', day) AS month, count(*), sum(net), median(net) FROM orders GROUP BY 1",
    """
    SELECT tier, avg(total) FROM (SELECT client_id, sum(net) AS total FROM orders GROUP BY 1)
    JOIN clients USING (client_id) GROUP BY 1
    """,
)


def recompute(directory: Path) -> Callable[[], None]:
    """Exports the rows, and answers what computes every figure from the files."""
    import duckdb

    engine = duckdb.connect()
    for name, sql in EXPORTS.items():
        text, kept = directory / f"{name}.csv", directory / f"{name}.parquet"
        with text.open("wb") as file, connection.cursor() as cursor:
            cursor.cursor.copy_expert(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv, HEADER)", file)
        engine.execute(f"COPY (SELECT * FROM read_csv('{text}')) TO '{kept}' (FORMAT parquet)")
        text.unlink()
        engine.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{kept}')")

    def run() -> None:
        for sql in FIGURES:
            engine.execute(sql).fetchall()

    return run


def directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bench-parquet-")

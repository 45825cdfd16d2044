"""An import of a million orders against COPY and one upsert into the same table, triggers and all, in the same run."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterator
from functools import partial
from math import log10
from pathlib import Path

from django.db import connection, transaction
from django.utils.timezone import now

from bench.measure import Line, at_least, at_most, cost_of
from bench.setup import say
from interchange.services import import_paths

ORDERS = 1_000_000
COLUMNS = ("external_id", "client_external_id", "ordered_at", "completed_at", "status", "amount", "refunded_amount")
RAW = """
CREATE TEMPORARY TABLE bench_raw (external_id text, client_external_id text, ordered_at timestamptz, completed_at timestamptz,
                                  status text, amount numeric(14, 2), refunded_amount numeric(14, 2)) ON COMMIT DROP
"""
UPSERT = """
INSERT INTO clients_order (external_id, client_id, ordered_at, completed_at, status, amount, refunded_amount, source,
                           created_at, updated_at, version)
SELECT r.external_id, c.id, r.ordered_at, r.completed_at, r.status, r.amount, coalesce(r.refunded_amount, 0), 'import', now(),
       now(), 1
FROM bench_raw r JOIN clients_client c ON c.external_id = r.client_external_id
ON CONFLICT (external_id) DO UPDATE SET ordered_at = excluded.ordered_at, completed_at = excluded.completed_at,
    status = excluded.status, amount = excluded.amount, refunded_amount = excluded.refunded_amount,
    updated_at = excluded.updated_at
"""
CLEAN = """
DELETE FROM work_pendingfact;
DELETE FROM clients_order WHERE external_id LIKE 'new-%';
"""


def _write(path: Path, orders: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for number in range(orders):
            client = 1 + number * 7919 % 100_000
            day = f"20{22 + number % 3}-{1 + number % 12:02}-{1 + number % 28:02}"
            moment = f"{day} {8 + number % 10:02}:{number % 60:02}"
            rows.writerow([f"new-{number}", f"b-{client}", moment, moment, "completed", 1000 + number % 90_000, 0])


def _raw(path: Path) -> None:
    with transaction.atomic(), connection.cursor() as cursor, path.open(encoding="utf-8") as file:
        cursor.execute(RAW)
        cursor.copy_expert("COPY bench_raw FROM STDIN WITH (FORMAT csv, HEADER)", file)
        cursor.execute("ANALYZE bench_raw")
        cursor.execute(UPSERT)


def _ours(path: Path) -> None:
    run = import_paths(paths=[path], user=None, dry_run=False, all_or_nothing=False, now=now())
    file = run.files.get()
    if file.rejected or file.created == 0:
        raise RuntimeError(f"{file.rejected} rejected: {list(file.issues.values_list('reason', flat=True)[:3])}")


def _clean() -> None:
    with connection.cursor() as cursor:
        cursor.execute(CLEAN)
        cursor.execute("VACUUM ANALYZE clients_order")


def measure(orders: int = ORDERS) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        few, path = Path(folder) / "few" / "orders.csv", Path(folder) / "orders.csv"
        few.parent.mkdir()
        _write(few, orders // 10)
        _write(path, orders)
        tenth = cost_of(partial(_ours, few))
        _clean()
        _forget_peak()
        ours = cost_of(partial(_ours, path))
        peak = _peak()
        written = _events()
        _clean()
        raw = cost_of(partial(_raw, path))
        _clean()
    say(f"  import {ours}, raw {raw}")
    yield at_least(f"import of {orders:,} orders, rate against COPY + upsert, CPU", raw.total / ours.total, 0.4)
    exponent = log10(ours.total / tenth.total)
    said = f"{exponent:.2f} ({tenth.total / 1000:.1f} → {ours.total / 1000:.1f} s)"
    yield at_most(f"import of {orders // 10:,} → {orders:,} orders, growth exponent", exponent, 1.1, said)
    yield at_most("import, MB of memory", peak, 300)
    yield at_most("import, timeline rows + 1", written + 1, 1)


def _forget_peak() -> None:
    """What preparing the bench took at its worst is not the import's."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """The most memory this process held since then, in megabytes."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def _events() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM clients_timelineevent e JOIN clients_order o ON o.id = e.subject_id"
            " WHERE e.subject_type = 'clients.order' AND o.external_id LIKE 'new-%'"
        )
        return int(cursor.fetchone()[0])

"""Sweeps of keeping: early signs and signals of renewals, all clients at once against a raw INSERT … SELECT, and idle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from django.db import connection, transaction
from django.utils.timezone import now

from bench import growth
from bench.measure import Cost, Line, at_least, at_most, compare, cost_of
from bench.setup import say
from retention.services.attention import watch_attention
from retention.services.renewals import open_renewals, refresh_signals

#: Everybody is to be looked at, as on the first run.
ALL_CLIENTS = """
DELETE FROM retention_attention;
DELETE FROM retention_attentionwatch;
INSERT INTO retention_attentionwatch (client_id, look_on) SELECT id, DATE '2000-01-01' FROM clients_client;
"""
#: Rows like those of the sweep without any of its rules: one look at orders and calls of everybody, one insert a kind.
RAW_ATTENTION = """
CREATE TEMP TABLE raw_taken ON COMMIT DROP AS SELECT DISTINCT client_id FROM retention_attentionwatch;
DELETE FROM retention_attentionwatch;
CREATE TEMP TABLE raw_bought ON COMMIT DROP AS
SELECT o.client_id, max(o.ordered_at)::date AS last_on, max(o.id) AS order_id, sum(o.net) AS total
FROM clients_order o WHERE o.status <> 'cancelled' AND o.net > 0 AND o.ordered_at <= now() GROUP BY o.client_id;
CREATE TEMP TABLE raw_called ON COMMIT DROP AS
SELECT t.client_id, max(t.closed_at)::date AS last_on FROM work_touch t WHERE t.state = 'done' GROUP BY t.client_id;
INSERT INTO retention_attention (client_id, kind, rule, order_id, since, norm_days, value, owner_id)
SELECT b.client_id, 'silence', 'raw:silence:' || b.client_id, b.order_id, b.last_on, 30, b.total, s.owner_id
FROM raw_bought b JOIN raw_taken USING (client_id) JOIN clients_clientstanding s USING (client_id)
WHERE b.last_on < current_date - 90;
INSERT INTO retention_attention (client_id, kind, rule, since, norm_days, value, owner_id)
SELECT b.client_id, 'no_contact', 'raw:nocontact:' || b.client_id, COALESCE(c.last_on, b.last_on), 30, b.total, s.owner_id
FROM raw_bought b JOIN raw_taken USING (client_id) JOIN clients_clientstanding s USING (client_id)
LEFT JOIN raw_called c ON c.client_id = b.client_id WHERE COALESCE(c.last_on, b.last_on) < current_date - 90;
INSERT INTO retention_attention (client_id, kind, rule, order_id, since, value, owner_id)
SELECT o.client_id, 'failed_order', 'raw:failed:' || o.id, o.id, o.ordered_at::date, 0, s.owner_id
FROM clients_order o JOIN clients_clientstanding s USING (client_id)
WHERE o.status = 'cancelled' AND o.ordered_at > now() - interval '180 days';
INSERT INTO retention_attentionwatch (client_id, look_on) SELECT client_id, last_on + 400 FROM raw_bought;
"""
#: Signals of all open renewals, computed and written.
ALL_SIGNALS = """
UPDATE retention_renewal SET signal = '', points = 0, signs = '{}' WHERE outcome = '';
DELETE FROM retention_signalwatch;
INSERT INTO retention_signalwatch (client_id, look_at)
SELECT DISTINCT client_id, TIMESTAMPTZ '2000-01-01 00:00+00' FROM retention_renewal WHERE outcome = '';
"""
#: A sum of what each client bought and a count of his calls, written to the same rows.
RAW_SIGNALS = """
UPDATE retention_renewal r SET signal = 'unsure', points = COALESCE(o.n, 0) - COALESCE(t.n, 0), signs = '{silent}',
    signal_at = now()
FROM retention_renewal q
LEFT JOIN (SELECT client_id, sum(net) AS total, count(*) AS n FROM clients_order WHERE status = 'completed'
           AND ordered_at > now() - interval '360 days' GROUP BY 1) o ON o.client_id = q.client_id
LEFT JOIN (SELECT client_id, count(*) AS n FROM work_touch WHERE state = 'done' GROUP BY 1) t ON t.client_id = q.client_id
WHERE q.id = r.id AND r.outcome = '';
DELETE FROM retention_signalwatch;
INSERT INTO retention_signalwatch (client_id, look_at)
SELECT DISTINCT client_id, now() + interval '30 days' FROM retention_renewal WHERE outcome = '';
"""
WRITTEN = ("retention_attentionwatch", "retention_leavingwatch", "retention_signalwatch", "work_touch")
GROWTH = {"early signs of everybody": 1.1, "signals of everybody": 1.1}
Sweep = Callable[..., Mapping[str, int]]


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@transaction.atomic
def _at_once(sql: str) -> None:
    run(sql)


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def _from(prepare: str, act: Callable[[], object], table: str) -> tuple[Cost, int]:
    """CPU of ``act`` after ``prepare``, whose dead rows are swept away first, and how many rows there are then."""
    run(prepare)
    for written in (table, *WRITTEN):
        run(f"VACUUM ANALYZE {written}")
    cost = cost_of(act)
    return cost, count(table)


def measure() -> Iterator[Line]:
    sweeps: dict[str, Sweep] = {
        "open_renewals": open_renewals,
        "watch_attention": watch_attention,
        "refresh_signals": refresh_signals,
    }
    for sweep in sweeps.values():
        sweep(now=now())
    run("VACUUM ANALYZE retention_attention, retention_attentionwatch, retention_renewal, retention_signalwatch")
    costs = compare({name: partial(sweep, now=now()) for name, sweep in sweeps.items()})
    for name, cost in costs.items():
        yield at_most(f"{name} idle, ms", cost.total, 20, str(cost))
    kept: dict[str, float] = {}
    cases: list[tuple[str, str, Sweep, str, str]] = [
        ("early signs of everybody", ALL_CLIENTS, watch_attention, RAW_ATTENTION, "retention_attention"),
        ("signals of everybody", ALL_SIGNALS, refresh_signals, RAW_SIGNALS, "retention_renewal"),
    ]
    for name, prepare, sweep, raw, table in cases:
        theirs, made = _from(prepare, partial(_at_once, raw), table)
        ours, rows = _from(prepare, partial(sweep, now=now()), table)  # the last: the database stays as it should be
        kept[name] = ours.total
        said = f"{rows:,} rows in {ours}, raw {made:,} in {theirs}"
        say(f"  {name}: {said}")
        rate = (rows / ours.total) / (made / theirs.total)
        yield at_least(f"{name}, rate against INSERT … SELECT, CPU", rate, 0.5, f"{rate:.2f}× ({said})")
    yield from growth.exponents("keeping_sweeps", growth.size(), kept, GROWTH)

"""Lists of those who left, kept as rows: candidates for win-back, returns, wins that nothing bears out, unexplained ends.

Derived client by client for whom something changed, or for whom a day has come; a page reads what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.timezone import localdate

from core.queries import company
from retention.metrics.contracts import CHAIN, CONTRACT, DUE, FOLLOW, FOREVER, NESTED, SPAN, TANGLED
from retention.queries.renewals.records import DIVERGING, looked_from
from retention.queries.unexplained import unexplained_of
from retention.queries.winbacks.returns import ATTEMPT
from retention.queries.winbacks.segments import SEGMENTS, SegmentFilter, of, segment_values
from retention.rules.winbacks import SIGNAL_DAYS

_BATCH = 20_000
_HANDFUL = 200
_LOCK = 7_301_020  # one writer at a time

_CANDIDATES = f"""
{SEGMENTS}
, gone AS (
    DELETE FROM retention_candidate c
    WHERE {of("c")} AND NOT EXISTS (SELECT FROM segment s WHERE s.client_id = c.client_id)
)
INSERT INTO retention_candidate AS c (client_id, segment, since, owner_id, tier)
SELECT client_id, segment, since, owner_id, tier FROM segment ORDER BY client_id
ON CONFLICT (client_id) DO UPDATE SET segment = EXCLUDED.segment, since = EXCLUDED.since, owner_id = EXCLUDED.owner_id,
    tier = EXCLUDED.tier
WHERE (c.segment, c.since, c.owner_id, c.tier)
    IS DISTINCT FROM (EXCLUDED.segment, EXCLUDED.since, EXCLUDED.owner_id, EXCLUDED.tier)
"""  # noqa: S608 - constants only

#: The parts of the figures: an end that was neither replaced nor renewed in time, and what began later. By the day on
#: which it begins the grace of the end is over.
_RETURNS = f"""
WITH contract AS ({CONTRACT.sql}), span AS ({SPAN.sql}), chain AS ({CHAIN.sql}), tangled AS ({TANGLED.sql}),
nested AS ({NESTED.sql}), follow AS ({FOLLOW.sql}), due AS ({DUE.sql}),
found AS (
    SELECT u.id AS contract_id, u.turn, u.client_id, u.day AS left_on, u.back_on FROM due u
    WHERE NOT u.replaced AND NOT u.renewed AND u.back_on <= %(today)s
), gone AS (
    DELETE FROM retention_return r WHERE {of("r")} AND NOT EXISTS (
        SELECT FROM found f WHERE f.contract_id = r.contract_id AND f.turn = r.turn AND f.client_id = r.client_id)
), ahead AS (
    INSERT INTO retention_leavingwatch (client_id, look_on)
    SELECT client_id, min(day) FROM (
        SELECT client_id, finish AS day FROM span WHERE finish < {FOREVER} UNION ALL SELECT client_id, start FROM span
    ) s WHERE day > %(today)s GROUP BY client_id
)
INSERT INTO retention_return AS r (contract_id, turn, client_id, left_on, back_on)
SELECT contract_id, turn, client_id, left_on, back_on FROM found ORDER BY back_on, client_id, contract_id, turn
ON CONFLICT (contract_id, turn) DO UPDATE SET client_id = EXCLUDED.client_id, left_on = EXCLUDED.left_on,
    back_on = EXCLUDED.back_on
WHERE (r.client_id, r.left_on, r.back_on) IS DISTINCT FROM (EXCLUDED.client_id, EXCLUDED.left_on, EXCLUDED.back_on)
"""  # noqa: S608 - constants only

#: Won with nothing, with an order that was undone, or with a contract that the dates know as no return.
_MISMATCHES = f"""
WITH found AS (
    SELECT w.id AS win_back_id, w.client_id, w.closed_at,
        CASE WHEN w.contract_id IS NOT NULL THEN 'contract' WHEN w.order_id IS NOT NULL THEN 'order' ELSE '' END AS won_with
    FROM retention_winback w LEFT JOIN clients_order o ON o.id = w.order_id
    WHERE {of("w")} AND w.outcome = 'won' AND CASE
        WHEN w.contract_id IS NULL THEN w.order_id IS NULL OR o.status <> 'completed' OR o.net <= 0
        ELSE w.segment = 'refused' AND NOT EXISTS (
            SELECT FROM retention_return r CROSS JOIN LATERAL ({ATTEMPT}) a WHERE r.client_id = w.client_id AND a.id = w.id)
        END
), gone AS (
    DELETE FROM retention_mismatch m WHERE {of("m")} AND NOT EXISTS (
        SELECT FROM found f WHERE f.win_back_id = m.win_back_id)
)
INSERT INTO retention_mismatch AS m (win_back_id, client_id, closed_at, won_with)
SELECT win_back_id, client_id, closed_at, won_with FROM found ORDER BY win_back_id
ON CONFLICT (win_back_id) DO UPDATE SET client_id = EXCLUDED.client_id, closed_at = EXCLUDED.closed_at,
    won_with = EXCLUDED.won_with
WHERE (m.client_id, m.closed_at, m.won_with) IS DISTINCT FROM (EXCLUDED.client_id, EXCLUDED.closed_at, EXCLUDED.won_with)
"""  # noqa: S608 - constants only

_DIVERGENCES = f"""
WITH found (renewal_id, client_id, due_on, said, found_id) AS ({DIVERGING.replace("{of}", of("r"))}), gone AS (
    DELETE FROM retention_divergence v WHERE {of("v")} AND NOT EXISTS (
        SELECT FROM found f WHERE f.renewal_id = v.renewal_id)
)
INSERT INTO retention_divergence AS v (renewal_id, client_id, due_on, said, found_id)
SELECT renewal_id, client_id, due_on, said, found_id FROM found ORDER BY renewal_id
ON CONFLICT (renewal_id) DO UPDATE SET client_id = EXCLUDED.client_id, due_on = EXCLUDED.due_on, said = EXCLUDED.said,
    found_id = EXCLUDED.found_id
WHERE (v.client_id, v.due_on, v.said, v.found_id)
    IS DISTINCT FROM (EXCLUDED.client_id, EXCLUDED.due_on, EXCLUDED.said, EXCLUDED.found_id)
"""  # noqa: S608 - constants only

_UNEXPLAINED = """
WITH found (contract_id, client_id, ended_on) AS ({found}), gone AS (
    DELETE FROM retention_unexplained u WHERE {of} AND NOT EXISTS (
        SELECT FROM found f WHERE f.contract_id = u.contract_id)
)
INSERT INTO retention_unexplained AS u (contract_id, client_id, ended_on) SELECT contract_id, client_id, ended_on FROM found
ON CONFLICT (contract_id) DO UPDATE SET client_id = EXCLUDED.client_id, ended_on = EXCLUDED.ended_on
WHERE (u.client_id, u.ended_on) IS DISTINCT FROM (EXCLUDED.client_id, EXCLUDED.ended_on)
"""

#: The next day on which time alone changes something for a client; ends and beginnings of contracts are noted above.
_NEXT = f"""
INSERT INTO retention_leavingwatch (client_id, look_on)
SELECT client_id, min(day) FROM (
    SELECT s.client_id, s.contract_ends + n AS day FROM clients_clientstanding s
    CROSS JOIN unnest(ARRAY[1, %(grace)s + 1]) AS n WHERE {of("s")} AND s.contract_ends < {FOREVER}
    UNION ALL SELECT k.client_id, k.signed_on FROM clients_contract k WHERE {of("k")} AND k.signed_on > %(today)s
    UNION ALL SELECT k.client_id, k.terminated_on FROM clients_contract k WHERE {of("k")} AND k.terminated_on > %(today)s
    UNION ALL SELECT r.client_id, r.due_on + n FROM retention_renewal r CROSS JOIN unnest(ARRAY[1, %(grace)s + 1]) AS n
    WHERE {of("r")} AND r.due_on + %(grace)s >= %(today)s
    UNION ALL SELECT f.client_id, f.refused_on FROM retention_refusal f WHERE {of("f")} AND f.withdrawn_at IS NULL
    UNION ALL SELECT r.client_id, (r.answered_at AT TIME ZONE %(zone)s)::date + n FROM feedback_surveyresponse r
    CROSS JOIN unnest(ARRAY[0, {SIGNAL_DAYS + 1}]) AS n WHERE {of("r")} AND r.answered_at >= %(signal_from)s
    UNION ALL SELECT k.client_id, (k.resolved_at AT TIME ZONE %(zone)s)::date + {SIGNAL_DAYS + 1} FROM feedback_complaint k
    WHERE {of("k")} AND k.resolved_at >= %(signal_from)s
    UNION ALL SELECT k.client_id, (k.opened_at AT TIME ZONE %(zone)s)::date FROM feedback_complaint k WHERE {of("k")}
) d WHERE day > %(today)s GROUP BY client_id
"""  # noqa: S608 - constants only

_DUE = "SELECT client_id FROM retention_leavingwatch WHERE look_on <= %(today)s ORDER BY look_on, id LIMIT %(limit)s"
#: All rows of these clients: one look serves them.
_TAKE = """
WITH due AS ({due}) DELETE FROM retention_leavingwatch w USING (SELECT DISTINCT client_id FROM due) d
WHERE w.client_id = d.client_id RETURNING w.client_id
"""
#: Those too whom the sweep of early signs has not passed on yet.
_WAITING = """
(SELECT client_id FROM retention_leavingwatch WHERE look_on <= %(today)s LIMIT %(limit)s)
UNION ALL
(SELECT client_id FROM retention_attentionwatch WHERE look_on <= %(today)s LIMIT %(limit)s)
"""


def keep_leaving(*, now: datetime) -> Mapping[str, int]:
    """The sweep, in batches of clients."""
    looked = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            if not _is_due(cursor, now):
                return {"looked": looked}
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            cursor.execute(_TAKE.format(due=_DUE), {"today": localdate(now), "limit": _BATCH})
            clients = sorted({client for (client,) in cursor.fetchall()})
            derive(clients, cursor=cursor, now=now)
        looked += len(clients)


def _is_due(cursor: CursorWrapper, now: datetime) -> bool:
    cursor.execute(_DUE, {"today": localdate(now), "limit": 1})
    return cursor.fetchone() is not None


def catch_up(*, now: datetime) -> None:
    """Before a page: a handful of changed clients is derived at once, unless somebody else is at it. Their marks stay."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"today": localdate(now), "limit": _HANDFUL + 1})
        clients = sorted({client for (client,) in cursor.fetchall()})
    if not 0 < len(clients) <= _HANDFUL:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if cursor.fetchone()[0]:
            derive(clients, cursor=cursor, now=now)


def derive(clients: Sequence[int], *, cursor: CursorWrapper, now: datetime) -> None:
    """All lists anew for these clients; rows that stay the same are not written."""
    values = _values(clients, now)
    cursor.execute(_CANDIDATES, values)
    cursor.execute(_RETURNS, values)
    cursor.execute(_MISMATCHES, values)  # of the returns that stand now
    cursor.execute(_DIVERGENCES, values)
    found = unexplained_of(clients).values_list("pk", "client_id", "end").query
    sql, params = found.sql_with_params()
    statement = _UNEXPLAINED.format(found=sql, of="u.client_id = ANY(%s)")
    cursor.execute(statement, [*params, list(clients)])
    cursor.execute(_NEXT, values)


def _values(clients: Sequence[int], now: datetime) -> dict[str, Any]:
    return {
        **segment_values(SegmentFilter(clients=tuple(clients)), now=now),
        "early": company().early_days,
        "looked_from": looked_from(localdate(now)),
    }

"""The automatic signal of open renewals: facts set-based, points by the rules, written back where they changed.

The sweep looks at clients for whom something happened, or for whom a moment has come at which a sign changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localdate

from core.queries import company
from retention.enums import RenewalStage
from retention.rules.renewals import LONG_SILENCE, SHORT_SILENCE, Facts, Signal, disagree, signal
from retention.services.renewals.disputes import tell_of_disputes

_BATCH = 5_000  # clients
_LOCK = 7_301_014  # one sweep at a time

_FACTS = """
SELECT r.id, r.stage, r.opinion, r.verdict, r.disputed_at IS NOT NULL, score.value, complaints.open,
       contact.days, frozen.is_frozen, orders.lately, orders.before, calls.answered, calls.refused,
       owner.changed, chain.late, chain.before, offer.made,
       LEAST(score.until, contact.until, orders.until, calls.until, owner.until) AS until
FROM retention_renewal r
JOIN clients_contract k ON k.id = r.contract_id
LEFT JOIN LATERAL (
    SELECT CASE s.scale WHEN 'csat5' THEN s.score * 2 ELSE s.score END AS value,
           s.answered_at + interval '365 days' AS until
    FROM feedback_surveyresponse s
    WHERE s.client_id = r.client_id AND s.scale IN ('csat10', 'csat5', 'nps') AND s.answered_at <= %(now)s
      AND s.answered_at > %(now)s - interval '365 days'
    ORDER BY s.answered_at DESC, s.id DESC LIMIT 1
) score ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS open FROM feedback_complaint c WHERE c.client_id = r.client_id AND c.state = 'open'
) complaints
CROSS JOIN LATERAL (
    SELECT %(today)s - q.last_on AS days, (CASE WHEN %(today)s <= q.last_on + %(short)s THEN q.last_on + %(short)s + 1
               WHEN %(today)s <= q.last_on + %(long)s THEN q.last_on + %(long)s + 1 END)::timestamp
           AT TIME ZONE %(zone)s AS until
    FROM (SELECT max((t.closed_at AT TIME ZONE %(zone)s)::date) AS last_on FROM work_touch t
          WHERE t.client_id = r.client_id AND t.state = 'done' AND t.outcome = 'reached') q
) contact
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM retention_freeze f WHERE f.client_id = r.client_id AND f.outcome = '') AS is_frozen
) frozen
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(o.net) FILTER (WHERE o.ordered_at > %(now)s - interval '180 days'), 0) AS lately,
           COALESCE(sum(o.net) FILTER (WHERE o.ordered_at <= %(now)s - interval '180 days'), 0) AS before,
           LEAST(min(o.ordered_at) FILTER (WHERE o.ordered_at > %(now)s - interval '180 days') + interval '180 days',
                 min(o.ordered_at) + interval '360 days') AS until
    FROM clients_order o WHERE o.client_id = r.client_id AND o.status = 'completed' AND o.ordered_at <= %(now)s
      AND o.ordered_at > %(now)s - interval '360 days'
) orders
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.outcome = 'reached') AS answered,
           count(*) FILTER (WHERE t.outcome = 'refused') AS refused,
           min(t.closed_at) + interval '90 days' AS until
    FROM work_touch t WHERE t.client_id = r.client_id AND t.state = 'done' AND t.closed_at > %(now)s - interval '90 days'
) calls
CROSS JOIN LATERAL (
    SELECT count(*) > 1 AND max(a.started_at) > %(now)s - interval '90 days' AS changed,
           CASE WHEN max(a.started_at) > %(now)s - interval '90 days' THEN max(a.started_at) + interval '90 days' END AS until
    FROM clients_assignment a WHERE a.client_id = r.client_id
) owner
CROSS JOIN LATERAL (
    SELECT COALESCE(bool_and(p.ends + 1 < k.starts_on), false) AS late, count(*) AS before FROM (
        SELECT p.ends FROM clients_contract p
        WHERE p.client_id = r.client_id AND p.starts_on < k.starts_on AND p.ends BETWEEN k.starts_on - 365 AND k.ends
        ORDER BY p.ends DESC LIMIT 1) p
) chain
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM retention_renewaloffer o WHERE o.renewal_id = r.id AND o.state <> 'declined') AS made
) offer
WHERE r.id = ANY(%(ids)s) AND r.outcome = ''
ORDER BY r.id
"""
_WRITE = """
UPDATE retention_renewal r SET signal = v.signal, points = v.points, signs = v.signs, signal_at = %(now)s,
    disputed_at = CASE WHEN NOT v.disputed THEN NULL ELSE COALESCE(r.disputed_at, %(now)s) END
FROM (SELECT id, signal, points, string_to_array(signs, ',')::varchar[] AS signs, disputed FROM unnest(%(ids)s::bigint[],
    %(signals)s::text[], %(points)s::int[], %(signs)s::text[], %(disputes)s::bool[])
    AS u (id, signal, points, signs, disputed)) v
WHERE r.id = v.id AND r.outcome = '' AND (r.signal_at IS NULL
    OR (r.signal, r.points, r.signs, r.disputed_at IS NOT NULL) IS DISTINCT FROM (v.signal, v.points, v.signs, v.disputed))
"""
#: The rows are taken before anything is read: whatever commits later leaves a row of its own.
_TAKE = """
WITH due AS (
    SELECT DISTINCT client_id FROM (
        SELECT client_id FROM retention_signalwatch WHERE look_at <= %(now)s ORDER BY look_at, id LIMIT %(batch)s) w
), taken AS (DELETE FROM retention_signalwatch w USING due d WHERE w.client_id = d.client_id)
SELECT (SELECT array_agg(r.id) FROM retention_renewal r JOIN due d ON d.client_id = r.client_id WHERE r.outcome = '')
"""
_NEXT = """
INSERT INTO retention_signalwatch (client_id, look_at)
SELECT r.client_id, min(v.until) FROM unnest(%(ids)s::bigint[], %(moments)s::timestamptz[]) AS v (id, until)
JOIN retention_renewal r ON r.id = v.id WHERE v.until > %(now)s GROUP BY r.client_id
"""


def refresh_signals(*, now: datetime) -> Mapping[str, int]:
    """The sweep, a batch of clients at a time."""
    total = {"refreshed": 0, "disputed": 0}
    while True:
        with transaction.atomic():
            made = _batch(now)
        if made is None:
            return total
        total = {name: total[name] + made[name] for name in total}


def _batch(now: datetime) -> dict[str, int] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT look_at FROM retention_signalwatch ORDER BY look_at, id LIMIT 1")
        first = cursor.fetchone()
        if first is None or first[0] > now:
            return None
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_TAKE, {"now": now, "batch": _BATCH})
        ids: list[int] = cursor.fetchone()[0] or []
        rows = facts_of(ids, now=now)
        disputed = _write(rows, now)
        values: dict[str, Any] = {"ids": [row.id for row in rows], "moments": [row.until for row in rows], "now": now}
        cursor.execute(_NEXT, values)
    return {"refreshed": len(ids), "disputed": disputed}


@transaction.atomic
def refresh_signals_of(ids: Sequence[int], *, now: datetime) -> int:
    """Writes the signals of these open renewals; answers how many disagree with their manager since now."""
    return _write(facts_of(ids, now=now), now)


def _write(rows: Sequence[FactsRow], now: datetime) -> int:
    norms = company()
    columns: dict[str, list[Any]] = {name: [] for name in ("ids", "signals", "points", "signs", "disputes")}
    begun: list[int] = []
    for row in rows:
        found = signal(row.facts, low=norms.low_score, high=norms.high_score)
        disputed = not row.verdict and disagree(found.likelihood, row.opinion)
        if disputed and not row.was_disputed:
            begun.append(row.id)
        _add(columns, row.id, found, disputed=disputed)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {**columns, "now": now})
    tell_of_disputes(begun, now=now)
    return len(begun)


def _add(columns: dict[str, list[Any]], pk: int, found: Signal, *, disputed: bool) -> None:
    columns["ids"].append(pk)
    columns["signals"].append(found.likelihood.value)
    columns["points"].append(found.points)
    columns["signs"].append(",".join(found.signs))
    columns["disputes"].append(disputed)


class FactsRow:
    """One open renewal as the rules are going to see it."""

    __slots__ = ("facts", "id", "opinion", "until", "verdict", "was_disputed")

    def __init__(self, row: Sequence[Any]) -> None:
        self.id, stage, self.opinion, self.verdict, self.was_disputed = row[:5]
        self.facts = Facts(
            score=row[5],
            open_complaints=row[6],
            days_since_contact=row[7],
            is_frozen=row[8],
            orders_lately=row[9],
            orders_before=row[10],
            answered_calls=row[11],
            refused_calls=row[12],
            owner_changed=row[13],
            previous_late=row[14],
            renewed_before=row[15],
            has_offer=row[16],
            is_agreed=stage == RenewalStage.AGREED,
        )
        self.until: datetime | None = row[17]  # when time alone changes a sign next


def facts_of(ids: Sequence[int], *, now: datetime) -> list[FactsRow]:
    values: dict[str, Any] = {"ids": list(ids), "now": now, "today": localdate(now), "zone": settings.TIME_ZONE}
    values |= {"short": SHORT_SILENCE, "long": LONG_SILENCE}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        return [FactsRow(row) for row in cursor.fetchall()]

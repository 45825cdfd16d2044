"""The automatic signal of open renewals: facts set-based, points by the rules, written back where they changed.

The sweep looks at clients for whom something happened, or for whom a moment has come at which a sign changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localdate

from core.lookups import array_text
from core.queries import company
from retention.rules.renewals import LONG_SILENCE, SHORT_SILENCE, Facts, Signal, disagree, signal
from retention.services.renewals.disputes import tell_of_disputes

_BATCH = 5_000  # clients
_LOCK = 7_301_014  # one sweep at a time

#: The columns of ``FactsRow`` and of ``Facts``, of one open renewal each; the sweep notes when it looks next on the way.
_FACTS = """
WITH found AS MATERIALIZED (
    SELECT r.id, r.client_id, r.opinion, r.verdict, r.disputed_at IS NOT NULL AS was_disputed,
           score.value, complaints.open, %(today)s - talk.last_on AS days, frozen.is_frozen, orders.lately, orders.before,
           talk.answered, talk.refused, owner.changed, chain.late, chain.before AS renewed, offer.made,
           r.stage = 'agreed' AS is_agreed, LEAST(score.until, silence.until, orders.until, talk.until, owner.until) AS until
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
        SELECT (max(t.closed_at) FILTER (WHERE t.outcome = 'reached') AT TIME ZONE %(zone)s)::date AS last_on,
               count(*) FILTER (WHERE t.outcome = 'reached' AND t.closed_at > %(now)s - interval '90 days') AS answered,
               count(*) FILTER (WHERE t.outcome = 'refused' AND t.closed_at > %(now)s - interval '90 days') AS refused,
               min(t.closed_at) FILTER (WHERE t.closed_at > %(now)s - interval '90 days') + interval '90 days' AS until
        FROM work_touch t WHERE t.client_id = r.client_id AND t.state = 'done'
    ) talk
    CROSS JOIN LATERAL (
        SELECT (CASE WHEN %(today)s <= talk.last_on + %(short)s THEN talk.last_on + %(short)s + 1
                WHEN %(today)s <= talk.last_on + %(long)s THEN talk.last_on + %(long)s + 1 END)::timestamp
               AT TIME ZONE %(zone)s AS until
    ) silence
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
        SELECT count(*) > 1 AND max(a.started_at) > %(now)s - interval '90 days' AS changed,
               CASE WHEN max(a.started_at) > %(now)s - interval '90 days' THEN max(a.started_at) + interval '90 days'
               END AS until
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
    WHERE r.id = ANY(%(ids)s::bigint[]) AND r.outcome = ''
), ahead AS (
    INSERT INTO retention_signalwatch (client_id, look_at)
    SELECT client_id, min(until) FROM found WHERE %(looks)s AND until > %(now)s GROUP BY client_id ORDER BY client_id
)
SELECT id, opinion, verdict, was_disputed, value, open, days, is_frozen, lately, before, answered, refused, changed, late,
    renewed, made, is_agreed
FROM found ORDER BY id
"""
_WRITE = """
UPDATE retention_renewal r SET signal = v.signal, points = v.points, signs = v.signs, signal_at = %(now)s,
    disputed_at = CASE WHEN NOT v.disputed THEN NULL ELSE COALESCE(r.disputed_at, %(now)s) END
FROM unnest(%(ids)s::bigint[], %(kinds)s::int[]) AS u (id, kind)
JOIN (SELECT kind, signal, points, string_to_array(signs, ',')::varchar[] AS signs, disputed
      FROM unnest(%(signals)s::text[], %(points)s::int[], %(signs)s::text[], %(disputes)s::bool[])
      WITH ORDINALITY AS f (signal, points, signs, disputed, kind)) v ON v.kind = u.kind
WHERE r.id = u.id AND r.outcome = '' AND (r.signal_at IS NULL
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
    disputed = _write(facts_of(ids, now=now, looks_again=True), now)
    return {"refreshed": len(ids), "disputed": disputed}


@transaction.atomic
def refresh_signals_of(ids: Sequence[int], *, now: datetime) -> int:
    """Writes the signals of these open renewals; answers how many disagree with their manager since now."""
    return _write(facts_of(ids, now=now), now)


def _write(rows: Sequence[FactsRow], now: datetime) -> int:
    """Of thousands of renewals only a few hundred differ in what is written: each of these goes to the database once."""
    norms = company()
    kinds: dict[tuple[Signal, bool], int] = {}
    written: list[int] = []
    begun: list[int] = []
    for row in rows:
        found = signal(row.facts, low=norms.low_score, high=norms.high_score)
        disputed = not row.verdict and disagree(found.likelihood, row.opinion)
        if disputed and not row.was_disputed:
            begun.append(row.id)
        written.append(kinds.setdefault((found, disputed), len(kinds) + 1))
    values: dict[str, Any] = {
        "ids": array_text(row.id for row in rows),
        "kinds": array_text(written),
        "signals": [found.likelihood.value for found, _disputed in kinds],
        "points": [found.points for found, _disputed in kinds],
        "signs": [",".join(found.signs) for found, _disputed in kinds],
        "disputes": [disputed for _found, disputed in kinds],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
    tell_of_disputes(begun, now=now)
    return len(begun)


class FactsRow(NamedTuple):
    """One open renewal as the rules are going to see it."""

    id: int
    opinion: str
    verdict: str
    was_disputed: bool
    facts: Facts


def facts_of(ids: Sequence[int], *, now: datetime, looks_again: bool = False) -> list[FactsRow]:
    """``looks_again`` leaves a mark for the moment at which time alone changes a sign next."""
    values: dict[str, Any] = {"ids": array_text(ids), "now": now, "today": localdate(now), "zone": settings.TIME_ZONE}
    values |= {"short": SHORT_SILENCE, "long": LONG_SILENCE, "looks": looks_again}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        return [FactsRow._make((*row[:4], Facts._make(row[4:]))) for row in cursor.fetchall()]

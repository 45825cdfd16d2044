"""The automatic signal of open renewals: facts set-based, points by the rules, written back in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localdate

from core.queries import company
from retention.enums import RenewalStage
from retention.models import Renewal
from retention.rules.renewals import Facts, Signal, disagree, signal
from retention.services.renewals.disputes import tell_of_disputes

REFRESH_AFTER = timedelta(hours=4)
_BATCH = 5_000

_FACTS = """
SELECT r.id, r.stage, r.opinion, r.verdict, r.disputed_at IS NOT NULL, score.value, complaints.open,
       contact.days, frozen.is_frozen, orders.lately, orders.before, calls.answered, calls.refused,
       owner.changed, chain.late, chain.before, offer.made
FROM retention_renewal r
JOIN clients_contract k ON k.id = r.contract_id
LEFT JOIN LATERAL (
    SELECT CASE s.scale WHEN 'csat5' THEN s.score * 2 ELSE s.score END AS value FROM feedback_surveyresponse s
    WHERE s.client_id = r.client_id AND s.scale IN ('csat10', 'csat5', 'nps') AND s.answered_at <= %(now)s
      AND s.answered_at > %(now)s - interval '365 days'
    ORDER BY s.answered_at DESC, s.id DESC LIMIT 1
) score ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS open FROM feedback_complaint c WHERE c.client_id = r.client_id AND c.state = 'open'
) complaints
CROSS JOIN LATERAL (
    SELECT %(today)s - max((t.closed_at AT TIME ZONE %(zone)s)::date) AS days FROM work_touch t
    WHERE t.client_id = r.client_id AND t.state = 'done' AND t.outcome = 'reached'
) contact
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM retention_freeze f WHERE f.client_id = r.client_id AND f.outcome = '') AS is_frozen
) frozen
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(o.net) FILTER (WHERE o.ordered_at > %(now)s - interval '180 days'), 0) AS lately,
           COALESCE(sum(o.net) FILTER (WHERE o.ordered_at <= %(now)s - interval '180 days'), 0) AS before
    FROM clients_order o WHERE o.client_id = r.client_id AND o.status = 'completed' AND o.ordered_at <= %(now)s
      AND o.ordered_at > %(now)s - interval '360 days'
) orders
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.outcome = 'reached') AS answered,
           count(*) FILTER (WHERE t.outcome = 'refused') AS refused
    FROM work_touch t WHERE t.client_id = r.client_id AND t.state = 'done' AND t.closed_at > %(now)s - interval '90 days'
) calls
CROSS JOIN LATERAL (
    SELECT count(*) > 1 AND max(a.started_at) > %(now)s - interval '90 days' AS changed
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
UPDATE retention_renewal r SET signal = v.signal, points = v.points, signs = string_to_array(v.signs, ','),
    signal_at = %(now)s,
    disputed_at = CASE WHEN NOT v.disputed THEN NULL ELSE COALESCE(r.disputed_at, %(now)s) END
FROM unnest(%(ids)s::bigint[], %(signals)s::text[], %(points)s::int[], %(signs)s::text[], %(disputes)s::bool[])
    AS v (id, signal, points, signs, disputed)
WHERE r.id = v.id AND r.outcome = ''
"""


def refresh_signals(*, now: datetime) -> Mapping[str, int]:
    """Signals older than some hours, a batch at a time, the oldest first."""
    refreshed = disputed = 0
    while True:
        stale = Renewal.objects.filter(outcome="", signal_at__isnull=True) | Renewal.objects.filter(
            outcome="", signal_at__lt=now - REFRESH_AFTER
        )
        ids = list(stale.order_by("id").values_list("pk", flat=True)[:_BATCH])
        if not ids:
            return {"refreshed": refreshed, "disputed": disputed}
        refreshed += len(ids)
        disputed += refresh_signals_of(ids, now=now)


@transaction.atomic
def refresh_signals_of(ids: Sequence[int], *, now: datetime) -> int:
    """Writes the signals of these open renewals; answers how many disagree with their manager since now."""
    norms = company()
    columns: dict[str, list[Any]] = {name: [] for name in ("ids", "signals", "points", "signs", "disputes")}
    begun: list[int] = []
    for row in facts_of(ids, now=now):
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

    __slots__ = ("facts", "id", "opinion", "verdict", "was_disputed")

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


def facts_of(ids: Sequence[int], *, now: datetime) -> list[FactsRow]:
    values: dict[str, Any] = {"ids": list(ids), "now": now, "today": localdate(now), "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        return [FactsRow(row) for row in cursor.fetchall()]

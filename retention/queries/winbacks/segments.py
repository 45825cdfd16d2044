"""Who may be taken into win-back, and why: computed from contracts, orders, answers and complaints as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate

from clients.models import Client
from clients.permissions import visible_clients
from core.queries import company
from retention.enums import WinBackSegment
from retention.rules.winbacks import SIGNAL_DAYS, STRENGTH
from staff.models import User

PAGE = 50

#: What is known of a contract's end and of the last order stands in one row of each client. Of several signals the
#: strongest counts, and none that an earlier win-back has answered already.
SEGMENTS = """
WITH answer AS (
    SELECT DISTINCT ON (r.client_id) r.client_id, r.answered_at,
           CASE r.scale WHEN 'csat5' THEN r.score * 2 ELSE r.score END <= %(low)s AS is_low
    FROM feedback_surveyresponse r
    WHERE r.scale IN ('csat10', 'csat5', 'nps') AND r.answered_at >= %(signal_from)s AND r.answered_at <= %(now)s
    ORDER BY r.client_id, r.answered_at DESC, r.id DESC
), signal AS (
    SELECT s.client_id, 'refused' AS segment, s.contract_ends AS since FROM clients_clientstanding s
    WHERE s.contract_ends > '1900-01-01' AND s.contract_ends < %(today)s - %(grace)s
      AND (s.last_order_at AT TIME ZONE %(zone)s)::date <= s.contract_ends
    UNION ALL
    SELECT f.client_id, 'refused', f.refused_on FROM retention_refusal f
    JOIN clients_clientstanding s ON s.client_id = f.client_id
    WHERE f.withdrawn_at IS NULL AND f.refused_on <= %(today)s AND s.contract_ends < %(today)s
      AND (s.last_order_at AT TIME ZONE %(zone)s)::date <= f.refused_on
    UNION ALL
    SELECT k.client_id, 'complaint', (k.opened_at AT TIME ZONE %(zone)s)::date FROM feedback_complaint k
    LEFT JOIN answer a ON a.client_id = k.client_id
    WHERE k.opened_at <= %(now)s AND (k.state = 'open'
        OR (k.resolved_at >= %(signal_from)s AND a.is_low AND a.answered_at > k.resolved_at))
    UNION ALL
    SELECT a.client_id, 'low_score', (a.answered_at AT TIME ZONE %(zone)s)::date FROM answer a WHERE a.is_low
    UNION ALL
    SELECT n.client_id, 'silent', n.since FROM retention_attention n WHERE n.kind = 'silence'
), strongest AS (
    SELECT DISTINCT ON (client_id) client_id, segment, since FROM signal
    ORDER BY client_id, array_position(%(strength)s::text[], segment), since DESC
), segment AS (
    SELECT g.client_id, g.segment, g.since, s.owner_id, c.tier FROM strongest g
    JOIN clients_client c ON c.id = g.client_id AND c.archived_at IS NULL
    JOIN clients_clientstanding s ON s.client_id = g.client_id AND s.owner_id IS NOT NULL
    WHERE NOT EXISTS (
        SELECT FROM retention_winback w WHERE w.client_id = g.client_id
            AND (w.outcome = '' OR (w.closed_at AT TIME ZONE %(zone)s)::date >= g.since))
      AND (%(segments)s::text[] IS NULL OR g.segment = ANY(%(segments)s))
      AND (%(manager)s::bigint IS NULL OR s.owner_id = %(manager)s)
      AND (%(tier)s = '' OR c.tier = %(tier)s)
      AND (%(clients)s::bigint[] IS NULL OR g.client_id = ANY(%(clients)s))
)
"""

_COUNTS = f"{SEGMENTS} SELECT segment, count(*) FROM segment GROUP BY segment"  # noqa: S608 - constants only
_PAGE = f"""{SEGMENTS}
SELECT client_id, segment, since FROM segment
WHERE %(since)s::date IS NULL OR (since, client_id) < (%(since)s::date, %(after)s)
ORDER BY since DESC, client_id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFilter:
    segments: tuple[str, ...] = ()
    manager: int | None = None
    tier: str = ""
    clients: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    client: Client
    segment: WinBackSegment
    since: date


@dataclass(frozen=True, slots=True)
class CandidatePage:
    rows: list[Candidate]
    next_cursor: str


def segment_values(wanted: SegmentFilter, *, now: datetime) -> dict[str, Any]:
    norms = company()
    return {
        "now": now,
        "today": localdate(now),
        "zone": settings.TIME_ZONE,
        "grace": norms.grace_days,
        "low": norms.low_score,
        "signal_from": now - timedelta(days=SIGNAL_DAYS),
        "strength": [str(segment) for segment in STRENGTH],
        "segments": list(wanted.segments) or None,
        "manager": wanted.manager,
        "tier": wanted.tier,
        "clients": None if wanted.clients is None else list(wanted.clients),
    }


def segment_counts(wanted: SegmentFilter, *, now: datetime) -> Mapping[WinBackSegment, int]:
    """How many stand in each segment, whichever of them is chosen."""
    with connection.cursor() as cursor:
        values = segment_values(replace(wanted, segments=()), now=now)
        cursor.execute(_COUNTS, values)
        found = dict(cursor.fetchall())
    return {segment: found.get(segment, 0) for segment in STRENGTH}


def candidates(user: User, wanted: SegmentFilter, *, after: str = "", now: datetime) -> CandidatePage:
    """The freshest signal first."""
    since, client_id = _cursor(after)
    values = segment_values(wanted, now=now) | {"since": since, "after": client_id, "limit": PAGE + 1}
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, values)
        found = cursor.fetchall()
    rows = _with_clients(user, found[:PAGE])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return CandidatePage(rows, f"{last[2]}_{last[0]}" if last else "")


def _with_clients(user: User, found: Sequence[tuple[int, str, date]]) -> list[Candidate]:
    clients = visible_clients(user).select_related("standing__owner").in_bulk([row[0] for row in found])
    return [Candidate(clients[pk], WinBackSegment(segment), since) for pk, segment, since in found if pk in clients]


def _cursor(text: str) -> tuple[date | None, int]:
    """A mark that makes no sense begins anew."""
    day, _, number = text.partition("_")
    try:
        return date.fromisoformat(day), int(number[:18])
    except ValueError:
        return None, 0

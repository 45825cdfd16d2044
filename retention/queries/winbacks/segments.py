"""Who may be taken into win-back, and why: by contracts, orders, answers and complaints.

``SEGMENTS`` decides; the sweep ``keep_leaving`` keeps its answer as rows, which the pages read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q, Sum
from django.utils.timezone import localdate, make_aware

from core.queries import company
from retention.enums import WinBackSegment
from retention.models import Tally
from retention.permissions import visible_candidates
from retention.rules.winbacks import SIGNAL_DAYS, STRENGTH
from staff.models import User

PAGE = 50
TALLY = "candidate"


def of(alias: str) -> str:
    """Those clients alone, where some are named."""
    return f"(%(clients)s::bigint[] IS NULL OR {alias}.client_id = ANY(%(clients)s::bigint[]))"


#: What is known of a contract's end and of the last order stands in one row of each client. Of several signals the
#: strongest counts, and none that an earlier win-back has answered already.
SEGMENTS = f"""
WITH answer AS (
    SELECT DISTINCT ON (r.client_id) r.client_id, r.answered_at,
           CASE r.scale WHEN 'csat5' THEN r.score * 2 ELSE r.score END <= %(low)s AS is_low
    FROM feedback_surveyresponse r
    WHERE r.scale IN ('csat10', 'csat5', 'nps') AND r.answered_at >= %(signal_from)s AND r.answered_at <= %(now)s
      AND {of("r")}
    ORDER BY r.client_id, r.answered_at DESC, r.id DESC
), signal AS (
    SELECT s.client_id, 'refused' AS segment, s.contract_ends AS since FROM clients_clientstanding s
    WHERE s.contract_ends > '1900-01-01' AND s.contract_ends < %(today)s - %(grace)s
      AND (s.last_order_at AT TIME ZONE %(zone)s)::date <= s.contract_ends AND {of("s")}
    UNION ALL
    SELECT f.client_id, 'refused', f.refused_on FROM retention_refusal f
    JOIN clients_clientstanding s ON s.client_id = f.client_id
    WHERE f.withdrawn_at IS NULL AND f.refused_on <= %(today)s AND s.contract_ends < %(today)s
      AND (s.last_order_at AT TIME ZONE %(zone)s)::date <= f.refused_on AND {of("f")}
    UNION ALL
    SELECT k.client_id, 'complaint', (k.opened_at AT TIME ZONE %(zone)s)::date FROM feedback_complaint k
    LEFT JOIN answer a ON a.client_id = k.client_id
    WHERE k.opened_at <= %(now)s AND {of("k")} AND (k.state = 'open'
        OR (k.resolved_at >= %(signal_from)s AND a.is_low AND a.answered_at > k.resolved_at))
    UNION ALL
    SELECT a.client_id, 'low_score', (a.answered_at AT TIME ZONE %(zone)s)::date FROM answer a WHERE a.is_low
    UNION ALL
    SELECT n.client_id, 'silent', n.since FROM retention_attention n WHERE n.kind = 'silence' AND {of("n")}
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
)
"""  # noqa: S608 - constants only

_FRESHEST = f"""{SEGMENTS}
SELECT client_id FROM segment ORDER BY since DESC, client_id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFilter:
    segments: tuple[str, ...] = ()
    manager: int | None = None
    tier: str = ""
    clients: tuple[int, ...] | None = None


class CandidateRow(NamedTuple):
    """All that a line of the list shows."""

    client_id: int
    segment: str
    since: date
    client: str
    tier: str
    owner: str | None


#: The columns of ``CandidateRow``.
SHOWN = ("client_id", "segment", "since", "client__name", "client__tier", "client__standing__owner__name")


@dataclass(frozen=True, slots=True)
class CandidatePage:
    rows: list[CandidateRow]
    next_cursor: str


def segment_values(wanted: SegmentFilter, *, now: datetime) -> dict[str, Any]:
    norms = company()
    return {
        "now": now,
        "today": localdate(now),
        "zone": settings.TIME_ZONE,
        "grace": norms.grace_days,
        "low": norms.low_score,
        "signal_from": make_aware(datetime.combine(localdate(now) - timedelta(days=SIGNAL_DAYS), time.min)),
        "strength": [str(segment) for segment in STRENGTH],
        "segments": list(wanted.segments) or None,
        "manager": wanted.manager,
        "tier": wanted.tier,
        "clients": None if wanted.clients is None else list(wanted.clients),
    }


def segment_counts(wanted: SegmentFilter) -> Mapping[WinBackSegment, int]:
    """How many stand in each segment, whichever of them is chosen."""
    rows = Tally.objects.filter(of=TALLY, **_narrowed(wanted))
    found = dict(rows.values_list("label").annotate(Sum("number")))
    return {segment: found.get(segment, 0) for segment in STRENGTH}


def _narrowed(wanted: SegmentFilter) -> dict[str, Any]:
    values = {"owner_id": wanted.manager, "tier": wanted.tier}
    return {name: value for name, value in values.items() if value}


def candidates(user: User, wanted: SegmentFilter, *, after: str = "") -> CandidatePage:
    """The freshest signal first."""
    rows = visible_candidates(user).filter(**_narrowed(wanted)).order_by("-since", "-client_id")
    if wanted.segments:
        rows = rows.filter(segment__in=wanted.segments)
    since, client_id = _cursor(after)
    if since is not None:
        rows = rows.filter(Q(since__lt=since) | Q(client_id__lt=client_id), since__lte=since)
    found = [CandidateRow(*row) for row in rows.values_list(*SHOWN)[: PAGE + 1]]
    last = found[PAGE - 1] if len(found) > PAGE else None
    return CandidatePage(found[:PAGE], f"{last.since}_{last.client_id}" if last else "")


def freshest(wanted: SegmentFilter, *, now: datetime, limit: int) -> list[int]:
    """Clients of the segments at any moment, whatever is kept."""
    with connection.cursor() as cursor:
        cursor.execute(_FRESHEST, segment_values(wanted, now=now) | {"limit": limit})
        return [client for (client,) in cursor.fetchall()]


def _cursor(text: str) -> tuple[date | None, int]:
    """A mark that makes no sense begins anew."""
    day, _, number = text.partition("_")
    try:
        return date.fromisoformat(day), int(number[:18])
    except ValueError:
        return None, 0

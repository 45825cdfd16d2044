"""The follow-up call of every accepted hand-off and completed order: planned once, kept with the right person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import product
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localdate

from core.queries import load_calendar
from core.workdays import WorkCalendar
from work.enums import FactKind
from work.models import TouchPolicy
from work.queries import base_days, policies
from work.rules import window
from work.services.thanks import withdraw_thanks

_BATCH = 100_000  # few enough for memory, enough that whole tables are read once rather than looked into row by row
_LOCK = 7_301_001  # one planner at a time: two facts of one client must see each other's touch

_RANGE = "p.kind = %(kind)s AND p.id > %(after)s AND p.id <= %(upto)s"

#: A fact with the day it is counted from; ``is_lost`` when the order has been cancelled or refunded since.
_FACTS = f"""
    SELECT p.client_id, p.order_id, p.contract_id, c.tier,
           (coalesce(o.completed_at, o.ordered_at) AT TIME ZONE %(zone)s)::date AS base_on,
           o.source = 'import' AS is_import,
           o.status = 'cancelled' OR (o.amount > 0 AND o.refunded_amount >= o.amount) AS is_lost
    FROM work_pendingfact p JOIN clients_client c ON c.id = p.client_id JOIN clients_order o ON o.id = p.order_id
    WHERE {_RANGE} AND p.order_id IS NOT NULL AND o.status <> 'new' AND c.archived_at IS NULL
    UNION ALL
    SELECT p.client_id, p.order_id, p.contract_id, c.tier, greatest(k.signed_on, k.starts_on), false, false
    FROM work_pendingfact p JOIN clients_client c ON c.id = p.client_id
    JOIN clients_contract k ON k.id = p.contract_id
    WHERE {_RANGE} AND p.contract_id IS NOT NULL AND c.archived_at IS NULL
"""  # noqa: S608 - constants only

#: Nothing here joins one intermediate result with another: the planner cannot know how many rows those have.
#: For the same reason windows are looked up in one JSON value, once (hence the OFFSET), instead of being joined.
_PLAN = f"""
WITH fact AS MATERIALIZED (
    SELECT DISTINCT ON (p.order_id, p.contract_id)
           p.client_id, p.order_id, p.contract_id, p.base_on, a.user_id AS owner_id, (p.due ->> 'from')::date AS due_from,
           (p.due ->> 'until')::date AS due_on, (p.due ->> 'late')::bool AS is_late,
           CASE WHEN p.is_lost THEN 'what_went_wrong' ELSE 'follow_up' END AS kind, standing.id AS standing_id
    FROM (SELECT f.*, %(windows)s::jsonb -> (f.tier || f.base_on) AS due FROM ({_FACTS}) f OFFSET 0) p
    JOIN clients_assignment a ON a.client_id = p.client_id AND a.ended_at IS NULL
    LEFT JOIN LATERAL (
        SELECT t.id FROM work_touch t
        WHERE t.client_id = p.client_id AND p.order_id IS NOT NULL AND t.kind IN ('follow_up', 'what_went_wrong')
          AND (t.state = 'open' OR (t.state = 'done'
               AND p.base_on <= (t.closed_at AT TIME ZONE %(zone)s)::date + (p.due ->> 'join')::int))
        ORDER BY t.state = 'open' DESC, t.closed_at DESC, t.id LIMIT 1
    ) standing ON true
    WHERE p.due IS NOT NULL AND NOT (p.is_import AND (p.due ->> 'late')::bool)
      AND NOT EXISTS (SELECT FROM work_coverage v WHERE v.kind = 'follow_up' AND v.order_id = p.order_id)
      AND NOT EXISTS (SELECT FROM work_coverage v WHERE v.kind = 'follow_up' AND v.contract_id = p.contract_id)
), ranked AS (
    SELECT fact.*,
           bool_or(contract_id IS NOT NULL) OVER (PARTITION BY client_id) AS has_contract,
           row_number() OVER (PARTITION BY client_id, contract_id, standing_id IS NULL
                              ORDER BY base_on, order_id) AS place
    FROM fact
), numbered AS MATERIALIZED (
    SELECT ranked.*,
           CASE WHEN contract_id IS NOT NULL OR (standing_id IS NULL AND NOT has_contract AND place = 1)
                THEN nextval((SELECT pg_get_serial_sequence('work_touch', 'id')::regclass)) END AS new_id
    FROM ranked
), opened AS (
    INSERT INTO work_touch (id, created_at, updated_at, version, client_id, kind, subject, assignee_id, follows_owner,
                            due_from, due_on, is_late, is_urgent, state, outcome, note, rule)
    SELECT new_id, %(now)s, %(now)s, 1, client_id, kind, '', owner_id, true, due_from, due_on, is_late, false, 'open',
           '', '',
           CASE WHEN order_id IS NULL THEN 'follow_up:contract:' || contract_id ELSE 'follow_up:order:' || order_id END
    FROM numbered WHERE new_id IS NOT NULL
), covered AS (
    INSERT INTO work_coverage (kind, client_id, order_id, contract_id, touch_id, created_at)
    SELECT 'follow_up', client_id, order_id, contract_id,
           coalesce(standing_id, new_id, min(new_id) OVER (PARTITION BY client_id)), %(now)s
    FROM numbered
)
SELECT count(new_id), count(*) FROM numbered
"""  # noqa: S608 - constants only

_DONE = f"""
DELETE FROM work_pendingfact p
WHERE {_RANGE} AND EXISTS (SELECT FROM clients_assignment a WHERE a.client_id = p.client_id AND a.ended_at IS NULL)
"""  # noqa: S608 - constants only

_TURN_LOST = """
UPDATE work_touch t SET kind = 'what_went_wrong', updated_at = %(now)s
FROM work_coverage v JOIN clients_order o ON o.id = v.order_id
WHERE v.kind = 'follow_up' AND v.order_id = ANY(%(orders)s) AND t.id = v.touch_id AND t.state = 'open' AND t.kind = 'follow_up'
  AND (o.status = 'cancelled' OR (o.amount > 0 AND o.refunded_amount >= o.amount))
"""

_FOLLOW_OWNER = """
WITH taken AS (DELETE FROM work_pendingfact WHERE kind = 'owner' RETURNING client_id)
UPDATE work_touch t SET assignee_id = a.user_id, updated_at = %(now)s
FROM clients_assignment a
WHERE a.client_id IN (SELECT client_id FROM taken) AND a.ended_at IS NULL
  AND t.client_id = a.client_id AND t.state = 'open' AND t.follows_owner AND t.assignee_id <> a.user_id
"""


def plan_follow_ups(*, now: datetime) -> Mapping[str, int]:
    """Plans what is missing, turns calls about lost orders, moves open touches to the client's present owner."""
    planned = covered = 0
    after: int | None = 0
    while after is not None:
        with transaction.atomic():
            after, made = _plan_batch(after=after, now=now)
        planned += made[0]
        covered += made[1]
    turned = _turn_lost(now)
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW_OWNER, {"now": now})
        moved = int(cursor.rowcount)
    return {"planned": planned, "covered": covered, "turned": turned, "moved": moved}


@transaction.atomic
def _turn_lost(now: datetime) -> int:
    """Calls about orders that are lost ask what went wrong; a thank-you that has not left stays at home."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM work_pendingfact WHERE kind = 'lost' RETURNING order_id")
        orders = [row[0] for row in cursor.fetchall()]
        if not orders:
            return 0
        cursor.execute(_TURN_LOST, {"now": now, "orders": orders})
        turned = int(cursor.rowcount)
    withdraw_thanks(order_ids=orders, now=now)
    return turned


def _plan_batch(*, after: int, now: datetime) -> tuple[int | None, tuple[int, int]]:
    """One transaction; answers up to which fact it came (nothing when none was left), touches and facts covered."""
    values: dict[str, Any] = {"kind": FactKind.FOLLOW_UP.value, "after": after, "now": now}
    values |= {"zone": settings.TIME_ZONE, "batch": _BATCH}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM work_pendingfact WHERE kind = %(kind)s AND id > %(after)s"
            " ORDER BY id LIMIT %(batch)s) AS batch",
            values,
        )
        values["upto"] = cursor.fetchone()[0]
        if values["upto"] is None:
            return None, (0, 0)
        days = base_days(FactKind(values["kind"]), after=after, upto=values["upto"])
        values["windows"] = json.dumps(_windows(days, policies(), load_calendar(), localdate(now)))
        cursor.execute(_PLAN, values)
        made = cursor.fetchone()
        cursor.execute(_DONE, values)
    return values["upto"], made


def _windows(
    days: Sequence[date], rules: Mapping[str, TouchPolicy], calendar: WorkCalendar, today: date
) -> dict[str, dict[str, Any]]:
    """The window of every tier and base day; none where that tier is not called."""
    found: dict[str, dict[str, Any]] = {}
    for base, (tier, policy) in product(days, rules.items()):
        if policy.calls_enabled:
            due = window(
                base, policy.call_from, policy.call_until, calendar, shift=policy.shift_to_workday, today=today
            )
            found[f"{tier}{base}"] = {
                "from": due.due_from.isoformat(),
                "until": due.due_on.isoformat(),
                "late": due.is_late,
                "join": policy.join_days,
            }
    return found

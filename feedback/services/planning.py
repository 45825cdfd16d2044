"""The survey of every accepted hand-off and completed order: planned once, joined for frequent buyers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
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

_BATCH = 100_000  # few enough for memory, enough that whole tables are read once rather than looked into row by row
#: From so many facts on, whole tables are cheaper than looking up each; the planner guesses a few after every condition.
_MANY = 5_000
_WHOLE, _FEW = "SET LOCAL enable_nestloop = off;", "SET LOCAL enable_nestloop = DEFAULT;"
_LOCK = 7_301_003  # one planner at a time: two facts of one client must see each other's invitation
_RANGE = "p.kind = %(kind)s AND p.id > %(after)s AND p.id <= %(upto)s"

#: A fact with the day it is counted from. A cancelled order has nothing to be asked about.
_FACTS = f"""
    SELECT p.client_id, p.order_id, p.contract_id, c.tier,
           (coalesce(o.completed_at, o.ordered_at) AT TIME ZONE %(zone)s)::date AS base_on,
           o.source = 'import' AS is_import
    FROM work_pendingfact p JOIN clients_client c ON c.id = p.client_id JOIN clients_order o ON o.id = p.order_id
    WHERE {_RANGE} AND p.order_id IS NOT NULL AND o.status = 'completed' AND c.archived_at IS NULL
    UNION ALL
    SELECT p.client_id, p.order_id, p.contract_id, c.tier, greatest(k.signed_on, k.starts_on), false
    FROM work_pendingfact p JOIN clients_client c ON c.id = p.client_id
    JOIN clients_contract k ON k.id = p.contract_id
    WHERE {_RANGE} AND p.contract_id IS NOT NULL AND c.archived_at IS NULL
      AND NOT EXISTS (SELECT FROM feedback_surveycoverage v WHERE v.contract_id = p.contract_id)
"""  # noqa: S608 - constants only

#: Nothing here joins one intermediate result with another: the planner cannot know how many rows those have.
#: For the same reason windows are looked up in one JSON value, once (hence the OFFSET), instead of being joined. Who
#: gets the letter is the main contact, found for all at once; only where that one has no e-mail are the others looked
#: at. A fact joins the invitation that is open, or else the last to end: one that ended earlier is longer ago.
_PLAN = f"""
WITH fact AS MATERIALIZED (
    SELECT DISTINCT ON (p.order_id, p.contract_id)
           p.client_id, p.order_id, p.contract_id, p.base_on, a.user_id AS owner_id,
           who.contact_id, (p.due ->> 'phone')::bool OR who.contact_id IS NULL AS by_phone,
           (p.due ->> 'from')::date AS due_from, (p.due ->> 'until')::date AS due_on,
           (p.due ->> 'closes')::date AS closes_on, (p.due ->> 'late')::bool AS is_late,
           standing.id AS standing_id,
           CASE WHEN p.order_id IS NULL THEN 'survey:contract:' || p.contract_id
                ELSE 'survey:order:' || p.order_id END AS rule
    FROM (SELECT f.*, %(windows)s::jsonb -> (f.tier || f.base_on) AS due FROM ({_FACTS}) f OFFSET 0) p
    JOIN clients_assignment a ON a.client_id = p.client_id AND a.ended_at IS NULL
    LEFT JOIN clients_contact main
      ON main.client_id = p.client_id AND main.is_primary AND main.email <> '' AND main.archived_at IS NULL
    CROSS JOIN LATERAL (
        SELECT CASE WHEN main.id IS NULL THEN (
            SELECT min(x.id) FROM clients_contact x
            WHERE x.client_id = p.client_id AND x.email <> '' AND x.archived_at IS NULL
        ) ELSE main.id END AS contact_id OFFSET 0
    ) who
    LEFT JOIN (
        SELECT DISTINCT ON (i.client_id) i.client_id, i.id,
               (i.ended_at AT TIME ZONE %(zone)s)::date AS ended_on
        FROM feedback_surveyinvitation i
        WHERE i.client_id IN (SELECT p.client_id FROM work_pendingfact p WHERE {_RANGE})
        ORDER BY i.client_id, i.ended_at DESC NULLS FIRST, i.id
    ) standing ON standing.client_id = p.client_id AND p.order_id IS NOT NULL
        AND (standing.ended_on IS NULL OR p.base_on <= standing.ended_on + (p.due ->> 'join')::int)
    WHERE p.due IS NOT NULL AND NOT (p.is_import AND (p.due ->> 'late')::bool)
      AND NOT EXISTS (SELECT FROM feedback_surveycoverage v WHERE v.order_id = p.order_id)
), ranked AS (
    SELECT fact.*,
           bool_or(contract_id IS NOT NULL) OVER (PARTITION BY client_id) AS has_contract,
           row_number() OVER (PARTITION BY client_id, contract_id, standing_id IS NULL
                              ORDER BY base_on, order_id) AS place
    FROM fact
), chosen AS (
    SELECT ranked.*, contract_id IS NOT NULL OR (standing_id IS NULL AND NOT has_contract AND place = 1) AS opens
    FROM ranked
), numbered AS MATERIALIZED (
    SELECT chosen.*,
           CASE WHEN opens THEN nextval((SELECT pg_get_serial_sequence('feedback_surveyinvitation', 'id')::regclass))
           END AS new_id,
           CASE WHEN opens AND by_phone THEN nextval((SELECT pg_get_serial_sequence('work_touch', 'id')::regclass))
           END AS touch_id
    FROM chosen
), called AS (
    INSERT INTO work_touch (id, created_at, updated_at, version, client_id, kind, subject, assignee_id, follows_owner,
                            due_from, due_on, is_late, is_urgent, state, outcome, note, rule)
    SELECT touch_id, %(now)s, %(now)s, 1, client_id, 'survey_call', '', owner_id, true, due_from, due_on, is_late,
           false, 'open', '', '', rule
    FROM numbered WHERE touch_id IS NOT NULL
), opened AS (
    INSERT INTO feedback_surveyinvitation (id, created_at, updated_at, client_id, contact_id, state, scale, about,
                                           send_on, closes_on, is_late, touch_id, nonce, rule)
    SELECT new_id, %(now)s, %(now)s, client_id, CASE WHEN by_phone THEN NULL ELSE contact_id END, 'planned',
           'csat10', 'company', due_from, closes_on, is_late, touch_id, '', rule
    FROM numbered WHERE new_id IS NOT NULL
), covered AS (
    INSERT INTO feedback_surveycoverage (invitation_id, order_id, contract_id)
    SELECT coalesce(standing_id, new_id, min(new_id) OVER (PARTITION BY client_id)), order_id, contract_id
    FROM numbered
)
SELECT count(new_id), count(touch_id), count(*) FROM numbered
"""  # noqa: S608 - constants only

_DONE = f"""
DELETE FROM work_pendingfact p
WHERE {_RANGE} AND EXISTS (SELECT FROM clients_assignment a WHERE a.client_id = p.client_id AND a.ended_at IS NULL)
"""  # noqa: S608 - constants only


def plan_surveys(*, now: datetime) -> Mapping[str, int]:
    """Gives each waiting fact its invitation, or its survey by phone where there is no e-mail."""
    invited = by_phone = covered = 0
    after: int | None = 0
    while after is not None:
        with transaction.atomic():
            after, made = _plan_batch(after=after, now=now)
        invited, by_phone, covered = invited + made[0], by_phone + made[1], covered + made[2]
    return {"planned": invited, "by_phone": by_phone, "covered": covered}


def _plan_batch(*, after: int, now: datetime) -> tuple[int | None, tuple[int, int, int]]:
    """One transaction; answers up to which fact it came (nothing when none was left) and what it made."""
    values: dict[str, Any] = {"kind": FactKind.SURVEY.value, "after": after, "now": now}
    values |= {"zone": settings.TIME_ZONE, "batch": _BATCH}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(
            "SELECT max(id), count(*) FROM (SELECT id FROM work_pendingfact WHERE kind = %(kind)s AND id > %(after)s"
            " ORDER BY id LIMIT %(batch)s) AS batch",
            values,
        )
        values["upto"], facts = cursor.fetchone()
        if values["upto"] is None:
            return None, (0, 0, 0)
        days = base_days(FactKind(values["kind"]), after=after, upto=values["upto"])
        values["windows"] = json.dumps(_windows(days, policies(), load_calendar(), localdate(now)))
        cursor.execute((_WHOLE if facts >= _MANY else _FEW) + _PLAN, values)
        made = cursor.fetchone()
        cursor.execute(_FEW + _DONE, values)
    return values["upto"], made


def _windows(
    days: Sequence[date], rules: Mapping[str, TouchPolicy], calendar: WorkCalendar, today: date
) -> dict[str, dict[str, Any]]:
    """The window of every tier and base day; none where that tier is not asked."""
    found: dict[str, dict[str, Any]] = {}
    for base, (tier, policy) in product(days, rules.items()):
        if not policy.surveys_enabled:
            continue
        due = window(
            base, policy.survey_from, policy.survey_until, calendar, shift=policy.shift_to_workday, today=today
        )
        length = timedelta(days=policy.survey_until - policy.survey_from)
        found[f"{tier}{base}"] = {
            "from": due.due_from.isoformat(),
            "until": due.due_on.isoformat(),
            "closes": (today + length if due.is_late else due.due_on).isoformat(),
            "late": due.is_late,
            "join": policy.join_days,
            "phone": policy.survey_by_phone_only,
        }
    return found

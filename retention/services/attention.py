"""Early signs, kept by a sweep: which clients ask for attention now, and one call for each, not all at once.

Set-based, in batches of the clients that something changed for, or for whom a day has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core.queries import company, load_calendar
from retention.queries.renewals.policies import keeping_policies
from retention.rules.silence import OWN_RHYTHM_FROM, TOUCH_WORKDAYS
from retention.services.winbacks.winning import close_won

_BATCH = 20_000
_LOCK = 7_301_012  # one sweep at a time

#: The rows are taken before anything is read: whatever commits later leaves a row of its own.
_TAKE = """
DROP TABLE IF EXISTS attention_taken, attention_client, attention_rhythm, attention_contact, attention_failed,
    attention_now;
CREATE TEMP TABLE attention_taken (client_id bigint PRIMARY KEY) ON COMMIT DROP;
WITH taken AS (
    DELETE FROM retention_attentionwatch WHERE id IN (
        SELECT id FROM retention_attentionwatch WHERE look_on <= %(today)s ORDER BY look_on, id LIMIT %(batch)s)
    RETURNING client_id
) INSERT INTO attention_taken SELECT DISTINCT client_id FROM taken ORDER BY client_id;
ANALYZE attention_taken;
DELETE FROM retention_attentionwatch w USING attention_taken t WHERE w.client_id = t.client_id AND w.look_on > %(today)s;
"""

_CLIENTS = """
CREATE TEMP TABLE attention_client ON COMMIT DROP AS
SELECT c.id AS client_id, c.created_on, s.owner_id, s.contract_ends, p.factor, p.contact_days
FROM attention_taken t JOIN clients_client c ON c.id = t.client_id AND c.archived_at IS NULL
JOIN clients_clientstanding s ON s.client_id = c.id
JOIN unnest(%(tiers)s::text[], %(factors)s::numeric[], %(contacts)s::int[]) AS p (tier, factor, contact_days)
  ON p.tier = c.tier;
ANALYZE attention_client;
"""

#: Orders that stand or are in the making, and the client's own rhythm: days with several orders count once.
_ORDERS = """
CREATE TEMP TABLE attention_rhythm ON COMMIT DROP AS
SELECT client_id, last_on, last_on + norm + 1 AS silent_from, norm
FROM (
    SELECT client_id, max(day) AS last_on, CASE
        WHEN sum(n) >= %(own_from)s AND count(gap) > 0
            THEN floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)::numeric * factor)::int
        ELSE %(usual)s END AS norm
    FROM (
        SELECT client_id, factor, day, n, day - lag(day) OVER (PARTITION BY client_id ORDER BY day) AS gap
        FROM (
            SELECT c.client_id, c.factor, (o.ordered_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS n
            FROM attention_client c JOIN clients_order o ON o.client_id = c.client_id
            WHERE o.status <> 'cancelled' AND o.net > 0 AND o.ordered_at <= %(now)s
            GROUP BY c.client_id, c.factor, day
        ) d
    ) g GROUP BY client_id, factor
) r;
ANALYZE attention_rhythm;
"""

#: Whoever is ours today and when somebody spoke last. A letter counts once it is on its way; a survey once answered.
_CONTACTS = """
CREATE TEMP TABLE attention_contact ON COMMIT DROP AS
SELECT client_id, last_on, last_on + contact_days + 1 AS quiet_from, contact_days, active_until
FROM (
    SELECT c.client_id, c.contact_days, a.active_until, GREATEST(c.created_on, (GREATEST(
        (SELECT max(t.closed_at) FROM work_touch t WHERE t.client_id = c.client_id AND t.state = 'done'),
        (SELECT max(COALESCE(m.sent_at, m.created_at)) FROM clients_clientletter l
            JOIN gateways_outboxmessage m ON m.id = l.message_id
            WHERE l.client_id = c.client_id AND m.state NOT IN ('failed', 'cancelled')),
        (SELECT max(r.answered_at) FROM feedback_surveyresponse r WHERE r.client_id = c.client_id),
        (SELECT max(x.opened_at) FROM feedback_complaint x WHERE x.client_id = c.client_id)
    ) AT TIME ZONE %(zone)s)::date) AS last_on
    FROM attention_client c LEFT JOIN attention_rhythm r ON r.client_id = c.client_id
    CROSS JOIN LATERAL (SELECT GREATEST(c.contract_ends, r.last_on + %(usual)s - 1) AS active_until) a
    WHERE a.active_until >= %(today)s
) q;
ANALYZE attention_contact;
"""

#: Cancelled or given back, seen within the window and not talked about yet. When an order was cancelled is not written
#: down, only when it was changed last: the day the sweep first saw it stands. An import's orders have their own day.
_FAILED = """
CREATE TEMP TABLE attention_failed ON COMMIT DROP AS
SELECT f.*, COALESCE(own.id, cover.id) AS touch_id FROM (
    SELECT c.client_id, c.owner_id, o.id AS order_id, 'failed:order:' || o.id AS rule, COALESCE(k.since, CASE
        WHEN o.status <> 'cancelled' AND o.refunded_on IS NOT NULL THEN o.refunded_on
        WHEN o.source = 'import' THEN (o.ordered_at AT TIME ZONE %(zone)s)::date
        ELSE LEAST((o.updated_at AT TIME ZONE %(zone)s)::date, %(today)s) END) AS since
    FROM attention_client c JOIN clients_order o ON o.client_id = c.client_id
    LEFT JOIN retention_attention k ON k.rule = 'failed:order:' || o.id
    WHERE o.status = 'cancelled' OR (o.amount > 0 AND o.refunded_amount >= o.amount)
) f
LEFT JOIN work_touch own ON own.rule = f.rule
LEFT JOIN LATERAL (
    SELECT t.id, t.state FROM work_coverage v JOIN work_touch t ON t.id = v.touch_id
    WHERE v.order_id = f.order_id AND t.kind = 'what_went_wrong' LIMIT 1
) cover ON own.id IS NULL
WHERE f.since BETWEEN %(today)s - %(usual)s AND %(today)s
  AND COALESCE(own.state, cover.state, 'open') = 'open'
"""

_NOW = """
CREATE TEMP TABLE attention_now ON COMMIT DROP AS
SELECT n.*, (
        SELECT COALESCE(sum(o.net), 0) FROM clients_order o
        WHERE o.client_id = n.client_id AND o.status <> 'cancelled' AND o.ordered_at >= n.year_from
    ) + (
        SELECT COALESCE(sum(k.amount), 0) FROM clients_contract k
        WHERE k.client_id = n.client_id AND k.starts_on <= %(today)s AND (k.ends IS NULL OR k.ends >= %(today)s)
    ) AS value
FROM (
    SELECT f.client_id, f.owner_id, 'failed_order' AS kind, f.rule, f.order_id, f.since, NULL::int AS norm, f.touch_id,
           COALESCE(r.last_on, f.since) - 365 AS year_from
    FROM attention_failed f LEFT JOIN attention_rhythm r ON r.client_id = f.client_id
    UNION ALL
    SELECT c.client_id, c.owner_id, 'silence', 'silence:client:' || c.client_id || ':' || o.id, o.id, r.last_on, r.norm,
           t.id, r.last_on - 365
    FROM attention_rhythm r JOIN attention_client c ON c.client_id = r.client_id
    CROSS JOIN LATERAL (
        SELECT o.id FROM clients_order o
        WHERE o.client_id = r.client_id AND o.status <> 'cancelled' AND o.net > 0 AND o.ordered_at <= %(now)s
        ORDER BY o.ordered_at DESC, o.id DESC LIMIT 1
    ) o
    LEFT JOIN work_touch t ON t.rule = 'silence:client:' || c.client_id || ':' || o.id
    WHERE r.silent_from <= %(today)s
    UNION ALL
    SELECT c.client_id, c.owner_id, 'no_contact', 'nocontact:client:' || c.client_id || ':' || q.last_on, NULL,
           q.last_on, q.contact_days, t.id, COALESCE(r.last_on, q.last_on) - 365
    FROM attention_contact q JOIN attention_client c ON c.client_id = q.client_id
    LEFT JOIN attention_rhythm r ON r.client_id = c.client_id
    LEFT JOIN work_touch t ON t.rule = 'nocontact:client:' || c.client_id || ':' || q.last_on
    WHERE q.quiet_from <= %(today)s
) n;
CREATE INDEX ON attention_now (client_id);
ANALYZE attention_now;
"""

#: A reason that is gone takes its open call along, unless another reason of that client needs the same call.
_FORGET = """
WITH gone AS (
    DELETE FROM retention_attention a USING attention_taken t
    WHERE a.client_id = t.client_id AND NOT EXISTS (SELECT FROM attention_now n WHERE n.rule = a.rule)
    RETURNING a.id, a.touch_id
), cancelled AS (
    UPDATE work_touch t SET state = 'cancelled', note = %(no_need)s, closed_at = %(now)s, updated_at = %(now)s,
           version = t.version + 1
    FROM gone WHERE t.id = gone.touch_id AND t.state = 'open' AND t.kind IN ('failed_order', 'silence', 'no_contact')
        AND NOT EXISTS (SELECT FROM retention_attention o WHERE o.touch_id = t.id AND o.id NOT IN (SELECT id FROM gone))
)
SELECT count(*) FROM gone
"""

_KEEP = """
INSERT INTO retention_attention AS a (client_id, kind, rule, order_id, since, norm_days, value, owner_id, touch_id)
SELECT client_id, kind, rule, order_id, since, norm, value, owner_id, touch_id FROM attention_now
ON CONFLICT (rule) DO UPDATE SET norm_days = EXCLUDED.norm_days, value = EXCLUDED.value, owner_id = EXCLUDED.owner_id,
    touch_id = COALESCE(EXCLUDED.touch_id, a.touch_id)
WHERE (a.norm_days, a.value, a.owner_id) IS DISTINCT FROM (EXCLUDED.norm_days, EXCLUDED.value, EXCLUDED.owner_id)
   OR (EXCLUDED.touch_id IS NOT NULL AND a.touch_id IS DISTINCT FROM EXCLUDED.touch_id)
"""

#: The next day on which time alone changes something for a client.
_NEXT = """
INSERT INTO retention_attentionwatch (client_id, look_on)
SELECT client_id, min(day) FROM (
    SELECT client_id, silent_from AS day FROM attention_rhythm
    UNION ALL SELECT client_id, quiet_from FROM attention_contact
    UNION ALL SELECT client_id, active_until + 1 FROM attention_contact WHERE active_until < '9999-12-31'
    UNION ALL SELECT client_id, since + %(usual)s + 1 FROM attention_failed
) d WHERE day > %(today)s GROUP BY client_id
"""

#: One call serves every reason of a client that stands at the same time.
_SHARE = """
UPDATE retention_attention a SET touch_id = b.touch_id
FROM retention_attention b JOIN work_touch t ON t.id = b.touch_id AND t.state = 'open'
WHERE a.client_id = b.client_id AND a.touch_id IS NULL AND a.id <> b.id AND a.client_id = ANY(%(clients)s)
"""

#: What each manager still takes today, the strongest value first; one call for a client.
_PLAN = """
WITH room AS MATERIALIZED (
    SELECT u.id AS owner_id, %(cap)s - (
        SELECT count(*) FROM retention_attention p WHERE p.owner_id = u.id AND p.planned_on = %(today)s) AS free
    FROM staff_user u WHERE u.is_active
), candidate AS (
    SELECT DISTINCT ON (x.client_id) x.*
    FROM room r CROSS JOIN LATERAL (
        SELECT a.id, a.client_id, a.kind, a.rule, a.owner_id,
               CASE WHEN a.kind = 'failed_order' THEN a.order_id END AS failed_id
        FROM retention_attention a
        WHERE a.owner_id = r.owner_id AND a.touch_id IS NULL ORDER BY a.value DESC, a.id LIMIT GREATEST(r.free, 0)
    ) x
    WHERE NOT EXISTS (SELECT FROM work_pendingfact f WHERE f.order_id = x.failed_id AND f.kind IN ('lost', 'follow_up'))
      AND NOT EXISTS (SELECT FROM retention_attentionwatch w WHERE w.client_id = x.client_id AND w.look_on <= %(today)s)
    ORDER BY x.client_id, array_position(ARRAY['failed_order', 'silence', 'no_contact'], x.kind::text), x.id
), planned AS (
    INSERT INTO work_touch (created_at, updated_at, version, client_id, kind, subject, assignee_id, follows_owner,
                            due_from, due_on, is_late, is_urgent, state, outcome, note, rule, initiator)
    SELECT %(now)s, %(now)s, 1, client_id, kind, CASE kind WHEN 'failed_order' THEN %(failed)s WHEN 'silence'
           THEN %(silence)s ELSE %(no_contact)s END, owner_id, true, %(today)s, %(due)s, false, false, 'open', '', '',
           rule, 'us'
    FROM candidate
    ON CONFLICT (rule) DO NOTHING
    RETURNING id, rule
)
UPDATE retention_attention a SET touch_id = p.id, planned_on = %(today)s FROM planned p WHERE a.rule = p.rule
RETURNING a.client_id
"""


def watch_attention(*, now: datetime) -> Mapping[str, int]:
    """The sweep: notices and forgets reasons, plans calls within each manager's measure, sees who has come back."""
    total = dict.fromkeys(("noticed", "gone", "won", "planned"), 0)
    while True:
        with transaction.atomic():
            made = _batch(now)
        if made is None:
            break
        total |= {name: total[name] + made[name] for name in made}
    total["planned"] = _plan(now)
    return total


def _batch(now: datetime) -> dict[str, int] | None:
    values = {"today": localdate(now)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM retention_attentionwatch WHERE look_on <= %(today)s)", values)
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        values = _values(now)
        for statement in (_TAKE, _CLIENTS, _ORDERS, _CONTACTS, _FAILED, _NOW):
            cursor.execute(statement, values)
        cursor.execute(_FORGET, values)
        gone = int(cursor.fetchone()[0])
        cursor.execute(_KEEP, values)
        noticed = int(cursor.rowcount)
        cursor.execute("SELECT array_agg(client_id) FROM attention_taken")
        clients = cursor.fetchone()[0] or []
        cursor.execute(_SHARE, {"clients": clients})
        cursor.execute(_NEXT, values)
    return {"noticed": noticed, "gone": gone, "won": close_won(client_ids=clients, now=now)}


@transaction.atomic
def _plan(now: datetime) -> int:
    """Nothing on days off: two of them would only pile up."""
    calendar, today = load_calendar(), localdate(now)
    if not calendar.is_workday(today):
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        words = {
            "failed": _("An order fell through: find out what happened"),
            "silence": _("No order for longer than usual"),
            "no_contact": _("Nobody has been in touch for long"),
        }
    values: dict[str, Any] = {"cap": company().attention_per_day, "today": today, "now": now, **words}
    values["due"] = calendar.add_workdays(today, TOUCH_WORKDAYS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_PLAN, values)
        clients = [row[0] for row in cursor.fetchall()]
        if clients:
            cursor.execute(_SHARE, {"clients": clients})
    return len(clients)


def _values(now: datetime) -> dict[str, Any]:
    policies = keeping_policies()
    with translation.override(settings.LANGUAGE_CODE):
        no_need = _("The reason is gone.")
    return {
        "today": localdate(now),
        "now": now,
        "zone": settings.TIME_ZONE,
        "batch": _BATCH,
        "usual": company().active_days,
        "own_from": OWN_RHYTHM_FROM,
        "tiers": list(policies),
        "factors": [policy.silence_factor for policy in policies.values()],
        "contacts": [policy.contact_days for policy in policies.values()],
        "no_need": no_need,
    }

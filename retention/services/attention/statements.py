"""Who asks for attention now, as statements: each takes the clients of one batch and leaves a temporary table behind.

Set-based, over the clients that something changed for, or for whom a day has come. ``first`` and ``last`` bound their
numbers, so that of big tables only that stretch of an index is read. A day is a day of the session's time zone, which is
set to the company's: converting to a named one costs as much as reading the orders.
"""

from __future__ import annotations

#: The rows are taken before anything is read: whatever commits later leaves a row of its own.
TAKE = """
DROP TABLE IF EXISTS attention_taken, attention_client, attention_rhythm, attention_contact, attention_touch,
    attention_failed, attention_now;
CREATE TEMP TABLE attention_taken (client_id bigint PRIMARY KEY) ON COMMIT DROP;
INSERT INTO attention_taken SELECT DISTINCT client_id FROM (
    SELECT client_id FROM retention_attentionwatch WHERE look_on <= %(today)s ORDER BY look_on, id LIMIT %(batch)s) w
ORDER BY client_id;
ANALYZE attention_taken;
"""

#: All rows of these clients: one look serves them.
TAKEN = """
DELETE FROM retention_attentionwatch w USING attention_taken t
WHERE w.client_id = t.client_id AND w.client_id BETWEEN %(first)s AND %(last)s
"""

#: Orders, calls, contracts and owners change the signal of a renewal too, and who has left.
SIGNALS = """
INSERT INTO retention_leavingwatch (client_id, look_on) SELECT client_id, DATE '2000-01-01' FROM attention_taken;
INSERT INTO retention_signalwatch (client_id, look_at)
SELECT DISTINCT r.client_id, TIMESTAMPTZ '2000-01-01 00:00+00' FROM attention_taken t
JOIN retention_renewal r ON r.client_id = t.client_id
WHERE r.outcome = '' AND r.client_id BETWEEN %(first)s AND %(last)s
"""

CLIENTS = """
CREATE TEMP TABLE attention_client ON COMMIT DROP AS
SELECT c.id AS client_id, c.created_on, s.owner_id, s.contract_ends, p.factor, p.contact_days
FROM attention_taken t
JOIN clients_client c ON c.id = t.client_id AND c.archived_at IS NULL AND c.id BETWEEN %(first)s AND %(last)s
JOIN clients_clientstanding s ON s.client_id = c.id AND s.client_id BETWEEN %(first)s AND %(last)s
JOIN unnest(%(tiers)s::text[], %(factors)s::numeric[], %(contacts)s::int[]) AS p (tier, factor, contact_days)
  ON p.tier = c.tier;
ANALYZE attention_client;
"""

#: What counts as bought: orders that stand or are in the making.
_BOUGHT = "o.status <> 'cancelled' AND o.net > 0 AND o.ordered_at <= %(now)s"

#: Of the client's own rhythm only gaps between days speak. Who has left with his contract is no longer silent from the
#: day on which he may be won back: that list asks about him then (``queries.winbacks.segments``).
ORDERS = f"""
CREATE TEMP TABLE attention_rhythm ON COMMIT DROP AS
SELECT client_id, last_on, last_on + norm + 1 AS silent_from, norm, left_from,
       last_on + norm + 1 <= %(today)s AND COALESCE(left_from > %(today)s, TRUE) AS is_silent
FROM (
    SELECT c.client_id, g.last_on, CASE WHEN c.contract_ends > '1900-01-01' AND c.contract_ends < '9999-12-31'
        AND g.last_on <= c.contract_ends THEN c.contract_ends + %(grace)s + 1 END AS left_from, CASE WHEN g.orders >= %(own_from)s AND g.median IS NOT NULL
        THEN floor(g.median::numeric * c.factor)::int ELSE %(usual)s END AS norm
    FROM (
        SELECT client_id, max(day) AS last_on, count(*) AS orders,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE gap > 0) AS median
        FROM (
            SELECT client_id, day, day - lag(day) OVER (PARTITION BY client_id ORDER BY ordered_at, id) AS gap
            FROM (
                SELECT o.client_id, o.id, o.ordered_at, o.ordered_at::date AS day
                FROM attention_client c JOIN clients_order o ON o.client_id = c.client_id
                WHERE o.client_id BETWEEN %(first)s AND %(last)s AND {_BOUGHT} OFFSET 0
            ) d
        ) d GROUP BY client_id
    ) g JOIN attention_client c ON c.client_id = g.client_id
) r;
ANALYZE attention_rhythm;
"""  # noqa: S608 - constants only

#: Whoever is ours today and when somebody spoke last. A letter counts once it is on its way; a survey once answered.
CONTACTS = """
CREATE TEMP TABLE attention_contact ON COMMIT DROP AS
SELECT client_id, last_on, last_on + contact_days + 1 AS quiet_from, contact_days, active_until
FROM (
    SELECT c.client_id, c.contact_days, a.active_until,
           GREATEST(c.created_on, s.at::date) AS last_on
    FROM attention_client c LEFT JOIN attention_rhythm r ON r.client_id = c.client_id
    LEFT JOIN (
        SELECT client_id, max(at) AS at FROM (
            SELECT t.client_id, t.closed_at AS at FROM attention_client c JOIN work_touch t ON t.client_id = c.client_id
            WHERE t.client_id BETWEEN %(first)s AND %(last)s AND t.state = 'done'
            UNION ALL
            SELECT l.client_id, COALESCE(m.sent_at, m.created_at) FROM attention_client c
            JOIN clients_clientletter l ON l.client_id = c.client_id JOIN gateways_outboxmessage m ON m.id = l.message_id
            WHERE l.client_id BETWEEN %(first)s AND %(last)s AND m.state NOT IN ('failed', 'cancelled')
            UNION ALL
            SELECT f.client_id, f.answered_at FROM attention_client c
            JOIN feedback_surveyresponse f ON f.client_id = c.client_id
            WHERE f.client_id BETWEEN %(first)s AND %(last)s
            UNION ALL
            SELECT x.client_id, x.opened_at FROM attention_client c JOIN feedback_complaint x ON x.client_id = c.client_id
            WHERE x.client_id BETWEEN %(first)s AND %(last)s
        ) every GROUP BY client_id
    ) s ON s.client_id = c.client_id
    CROSS JOIN LATERAL (SELECT GREATEST(c.contract_ends, r.last_on + %(usual)s - 1) AS active_until) a
    WHERE a.active_until >= %(today)s OFFSET 0
) q;
ANALYZE attention_contact;
"""

#: The calls that this sweep has planned for these clients, whatever became of them.
TOUCHES = """
CREATE TEMP TABLE attention_touch ON COMMIT DROP AS
SELECT w.id, w.rule, w.state FROM attention_client c JOIN work_touch w ON w.client_id = c.client_id
WHERE w.client_id BETWEEN %(first)s AND %(last)s AND w.kind IN ('failed_order', 'silence', 'no_contact')
  AND w.rule IS NOT NULL;
ANALYZE attention_touch;
"""

#: Cancelled or given back, seen within the window and not talked about yet. When an order was cancelled is not written
#: down, only when it was changed last: the day the sweep first saw it stands. An import's orders have their own day.
FAILED = """
CREATE TEMP TABLE attention_failed ON COMMIT DROP AS
SELECT f.*, COALESCE(own.id, cover.id) AS touch_id FROM (
    SELECT c.client_id, c.owner_id, o.id AS order_id, 'failed:order:' || o.id AS rule, COALESCE(k.since, CASE
        WHEN o.status <> 'cancelled' AND o.refunded_on IS NOT NULL THEN o.refunded_on
        WHEN o.source = 'import' THEN o.ordered_at::date
        ELSE LEAST(o.updated_at::date, %(today)s) END) AS since
    FROM attention_client c JOIN clients_order o ON o.client_id = c.client_id
    LEFT JOIN retention_attention k ON k.order_id = o.id AND k.kind = 'failed_order'
    WHERE o.client_id BETWEEN %(first)s AND %(last)s
      AND (o.status = 'cancelled' OR (o.amount > 0 AND o.refunded_amount >= o.amount))
) f
LEFT JOIN attention_touch own ON own.rule = f.rule
LEFT JOIN LATERAL (
    SELECT t.id, t.state FROM work_coverage v JOIN work_touch t ON t.id = v.touch_id
    WHERE v.order_id = f.order_id AND t.kind = 'what_went_wrong' LIMIT 1
) cover ON own.id IS NULL
WHERE f.since BETWEEN %(today)s - %(usual)s AND %(today)s
  AND COALESCE(own.state, cover.state, 'open') = 'open'
"""

#: What he bought counts for the year up to his last order, and is asked of those only who have a reason.
NOW = f"""
CREATE TEMP TABLE attention_now ON COMMIT DROP AS
WITH running AS (
    SELECT k.client_id, sum(k.amount) AS amount FROM attention_client c JOIN clients_contract k ON k.client_id = c.client_id
    WHERE k.client_id BETWEEN %(first)s AND %(last)s AND k.starts_on <= %(today)s
      AND (k.ends IS NULL OR k.ends >= %(today)s OR k.prolongation_months > 0 AND COALESCE(k.terminated_on >= %(today)s, TRUE))
    GROUP BY k.client_id
), bought AS MATERIALIZED (
    SELECT r.client_id, r.last_on, r.norm, r.is_silent, o.latest_id, o.net
    FROM attention_rhythm r CROSS JOIN LATERAL (
        SELECT (array_agg(o.id ORDER BY o.ordered_at DESC, o.id DESC))[1] AS latest_id, sum(o.net) AS net
        FROM clients_order o
        WHERE o.client_id = r.client_id AND o.ordered_at >= r.last_on - 366 AND {_BOUGHT}
          AND o.ordered_at::date >= r.last_on - 365
    ) o
    WHERE r.is_silent OR r.client_id IN (
        SELECT client_id FROM attention_failed
        UNION ALL SELECT client_id FROM attention_contact WHERE quiet_from <= %(today)s)
), reason AS (
    SELECT client_id, 'failed_order' AS kind, rule, order_id, since, NULL::int AS norm, touch_id FROM attention_failed
    UNION ALL
    SELECT s.client_id, 'silence', s.rule, s.latest_id, s.last_on, s.norm, t.id
    FROM (
        SELECT *, 'silence:client:' || client_id || ':' || latest_id AS rule FROM bought WHERE is_silent
    ) s LEFT JOIN attention_touch t ON t.rule = s.rule
    UNION ALL
    SELECT q.client_id, 'no_contact', q.rule, NULL, q.last_on, q.contact_days, t.id
    FROM (SELECT *, 'nocontact:client:' || client_id || ':' || last_on AS rule FROM attention_contact) q
    LEFT JOIN attention_touch t ON t.rule = q.rule WHERE q.quiet_from <= %(today)s
)
SELECT n.*, c.owner_id, COALESCE(b.net, 0) + COALESCE(k.amount, 0) AS value, a.id AS kept_id
FROM reason n JOIN attention_client c ON c.client_id = n.client_id
LEFT JOIN bought b ON b.client_id = n.client_id
LEFT JOIN running k ON k.client_id = n.client_id
LEFT JOIN retention_attention a ON a.rule = n.rule;
CREATE INDEX ON attention_now (client_id);
ANALYZE attention_now;
"""  # noqa: S608 - constants only

#: A reason that is gone takes its open call along, unless another reason of that client needs the same call.
FORGET = """
WITH gone AS (
    DELETE FROM retention_attention a USING attention_taken t
    WHERE a.client_id = t.client_id AND a.client_id BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT FROM attention_now n WHERE n.rule = a.rule)
    RETURNING a.id, a.touch_id
), cancelled AS (
    UPDATE work_touch t SET state = 'cancelled', note = %(no_need)s, closed_at = %(now)s, updated_at = %(now)s,
           version = t.version + 1
    FROM gone WHERE t.id = gone.touch_id AND t.state = 'open' AND t.kind IN ('failed_order', 'silence', 'no_contact')
        AND NOT EXISTS (SELECT FROM retention_attention o WHERE o.touch_id = t.id AND o.id NOT IN (SELECT id FROM gone))
)
SELECT count(*) FROM gone
"""

#: One sweep writes here at a time, so what is not there yet needs no watching for conflicts.
CHANGE = """
UPDATE retention_attention a SET norm_days = n.norm, value = n.value, owner_id = n.owner_id,
    touch_id = COALESCE(n.touch_id, a.touch_id)
FROM attention_now n
WHERE a.id = n.kept_id AND ((a.norm_days, a.value, a.owner_id) IS DISTINCT FROM (n.norm, n.value, n.owner_id)
   OR (n.touch_id IS NOT NULL AND a.touch_id IS DISTINCT FROM n.touch_id))
"""
KEEP = """
INSERT INTO retention_attention (client_id, kind, rule, order_id, since, norm_days, value, owner_id, touch_id)
SELECT client_id, kind, rule, order_id, since, norm, value, owner_id, touch_id FROM attention_now
WHERE kept_id IS NULL ORDER BY client_id
"""

#: The next day on which time alone changes something for a client.
NEXT = """
INSERT INTO retention_attentionwatch (client_id, look_on)
SELECT client_id, min(day) FROM (
    SELECT client_id, silent_from AS day FROM attention_rhythm
    UNION ALL SELECT client_id, left_from FROM attention_rhythm
    UNION ALL SELECT client_id, quiet_from FROM attention_contact
    UNION ALL SELECT client_id, active_until + 1 FROM attention_contact WHERE active_until < '9999-12-31'
    UNION ALL SELECT client_id, since + %(usual)s + 1 FROM attention_failed
) d WHERE day > %(today)s GROUP BY client_id ORDER BY client_id
"""

#: One call serves every reason of a client that stands at the same time.
_SHARE = """
WITH call AS MATERIALIZED (
    SELECT k.client_id, min(k.touch_id) AS touch_id FROM retention_attention k JOIN work_touch t ON t.id = k.touch_id
    WHERE k.touch_id IS NOT NULL AND t.state = 'open' AND k.client_id IN ({clients})
      AND k.client_id BETWEEN %(first)s AND %(last)s
    GROUP BY k.client_id
)
UPDATE retention_attention a SET touch_id = c.touch_id FROM call c
WHERE a.client_id = c.client_id AND a.client_id BETWEEN %(first)s AND %(last)s AND a.touch_id IS NULL
"""
SHARE = _SHARE.format(clients="SELECT client_id FROM attention_now")
SHARE_PLANNED = _SHARE.format(clients="SELECT unnest(%(clients)s::bigint[])")

#: What each manager still takes today, the strongest value first; one call for a client.
PLAN = """
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


#: One after the other, once it is known which clients are looked at.
LOOK = (TAKEN, SIGNALS, CLIENTS, ORDERS, CONTACTS, TOUCHES, FAILED, NOW)

#: Of whose attempts to win him back somebody may have been looked for in vain so far.
TRIED = """
SELECT array_agg(DISTINCT t.client_id) FROM attention_taken t JOIN retention_winback w ON w.client_id = t.client_id
WHERE w.outcome = ''
"""

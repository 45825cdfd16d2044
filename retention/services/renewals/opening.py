"""Renewals follow the contracts: opened before an end, moved with it, closed by what the dates say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core.queries import company
from retention.metrics.contracts import months_sql
from retention.queries.renewals.policies import keeping_policies
from retention.rules.renewals import TOUCH_WINDOW

_BATCH = 20_000
_LOCK = 7_301_011  # one sweep at a time: two of them must see each other's renewals

#: Which contracts, and of them which stretches: the present one, and those that still have an open renewal.
_LOOK = """
CREATE TEMP TABLE renewal_taken ON COMMIT DROP AS
SELECT contract_id FROM retention_renewalwatch WHERE look_on <= %(today)s ORDER BY look_on, contract_id LIMIT %(batch)s;
ANALYZE renewal_taken;
CREATE TEMP TABLE renewal_turn ON COMMIT DROP AS
WITH contract AS MATERIALIZED (
    SELECT k.id, k.ends_on + 1 AS after, NULLIF(k.prolongation_months, 0) AS step,
           COALESCE(k.terminated_on, %(today)s::date) AS target
    FROM renewal_taken w JOIN clients_contract k ON k.id = w.contract_id
), present AS MATERIALIZED (
    SELECT c.id, CASE WHEN c.step IS NULL OR c.after IS NULL OR c.after > c.target THEN 0
        ELSE n.turns + (c.after + make_interval(months => n.turns * c.step) <= c.target)::int END AS turn
    FROM contract c CROSS JOIN LATERAL (SELECT ((EXTRACT(YEAR FROM c.target) - EXTRACT(YEAR FROM c.after)) * 12
        + EXTRACT(MONTH FROM c.target) - EXTRACT(MONTH FROM c.after))::int / COALESCE(c.step, 1) AS turns) n
)
SELECT id AS contract_id, turn, true AS is_present FROM present
UNION ALL
SELECT r.contract_id, r.turn, false FROM retention_renewal r JOIN present p ON p.id = r.contract_id
WHERE r.outcome = '' AND r.turn <> p.turn
"""

#: All contracts of those clients: what may lie around a stretch or follow it.
_KIN = """
CREATE TEMP TABLE renewal_kin ON COMMIT DROP AS
SELECT o.id, o.client_id, o.starts_on, COALESCE(o.ends, 'infinity') AS ends, o.signed_on,
       ARRAY(SELECT product_id FROM clients_contract_products p WHERE p.contract_id = o.id) AS products
FROM clients_contract o
WHERE o.client_id IN (SELECT k.client_id FROM renewal_turn t JOIN clients_contract k ON k.id = t.contract_id);
CREATE INDEX ON renewal_kin (client_id);
ANALYZE renewal_kin;
"""

#: Every stretch with its days, what it is worth, and the decision that the dates have taken.
_JUDGE = f"""
CREATE TEMP TABLE renewal_look ON COMMIT DROP AS
WITH span AS MATERIALIZED (
    SELECT t.contract_id, t.turn, t.is_present, k.client_id, k.amount, k.number, k.notice_days, kin.products,
           CASE WHEN t.turn = 0 THEN k.starts_on
                ELSE (k.ends_on + 1 + make_interval(months => (t.turn - 1) * s.step))::date END AS start,
           LEAST(k.terminated_on, CASE WHEN t.turn = 0 THEN k.ends_on
                ELSE (k.ends_on + 1 + make_interval(months => t.turn * s.step))::date - 1 END) AS finish,
           s.step IS NOT NULL AND k.ends_on IS NOT NULL AND k.terminated_on IS NULL AS prolongs,
           t.turn > 0 AND s.step IS NULL AS is_gone,
           k.amount / CASE WHEN k.ends_on IS NULL THEN 12 ELSE {months_sql("k.starts_on", "k.ends_on")} END AS mv
    FROM renewal_turn t JOIN clients_contract k ON k.id = t.contract_id JOIN renewal_kin kin ON kin.id = k.id
    CROSS JOIN LATERAL (SELECT NULLIF(k.prolongation_months, 0) AS step) s
)
SELECT s.contract_id, s.turn, s.is_present, s.client_id, s.number, s.start, s.finish, s.prolongs, s.mv::numeric(16, 2),
       NULL::bigint AS refusal_id, a.user_id AS owner_id, c.tier, following.id AS next_id, soon.signed_on AS signed_later,
       s.finish - CASE WHEN s.prolongs THEN COALESCE(s.notice_days, 0) ELSE 0 END AS anchor,
       s.finish - GREATEST(w.open_days,
           CASE WHEN s.prolongs THEN COALESCE(s.notice_days, 0) + w.decide_days ELSE 0 END) AS opens_on,
       CASE WHEN c.archived_at IS NOT NULL OR s.is_gone OR s.finish IS NULL OR s.finish < s.start OR EXISTS (
                SELECT FROM renewal_kin o WHERE o.client_id = s.client_id AND o.id <> s.contract_id
                    AND o.starts_on <= s.start AND o.ends >= s.finish
                    AND (o.starts_on < s.start OR o.ends > s.finish OR o.id > s.contract_id)
                    AND (cardinality(s.products) = 0 OR cardinality(o.products) = 0 OR s.products && o.products)
            ) THEN 'void'
            WHEN following.starts_on < s.finish + 1 - %(early)s THEN 'replaced'
            WHEN following.starts_on <= s.finish + 1 + %(grace)s THEN 'renewed'
            WHEN s.prolongs AND s.finish < %(today)s THEN 'prolonged'
            ELSE '' END AS verdict
FROM span s
JOIN clients_client c ON c.id = s.client_id
JOIN clients_assignment a ON a.client_id = s.client_id AND a.ended_at IS NULL
JOIN unnest(%(tiers)s::text[], %(opens)s::int[], %(decides)s::int[]) AS w (tier, open_days, decide_days)
  ON w.tier = c.tier
LEFT JOIN LATERAL (
    SELECT o.id, o.starts_on FROM renewal_kin o
    WHERE o.client_id = s.client_id AND o.id <> s.contract_id AND o.starts_on > s.start AND o.ends > s.finish
      AND o.signed_on <= %(today)s
      AND (cardinality(s.products) = 0 OR cardinality(o.products) = 0 OR s.products && o.products)
    ORDER BY o.starts_on, o.ends DESC, o.id DESC LIMIT 1
) following ON true
LEFT JOIN LATERAL (
    SELECT min(o.signed_on) AS signed_on FROM renewal_kin o WHERE o.client_id = s.client_id AND o.signed_on > %(today)s
) soon ON true
"""  # noqa: S608 - constants only

#: A refusal that was written down elsewhere ends the talk about its contract, the nearest end first.
_REFUSE = """
UPDATE renewal_look l SET verdict = 'refused', refusal_id = f.id
FROM (
    SELECT DISTINCT ON (r.contract_id) r.contract_id, r.turn, n.id FROM renewal_look s
    JOIN retention_renewal r ON r.contract_id = s.contract_id AND r.turn = s.turn AND r.outcome = ''
    JOIN retention_refusal n ON n.contract_id = r.contract_id AND n.withdrawn_at IS NULL
    WHERE NOT EXISTS (SELECT FROM retention_renewal o WHERE o.refusal_id = n.id)
    ORDER BY r.contract_id, r.turn
) f WHERE l.contract_id = f.contract_id AND l.turn = f.turn AND l.verdict = ''
"""

_CLOSE = """
WITH closed AS (
    UPDATE retention_renewal r
    SET outcome = l.verdict, next_contract_id = CASE WHEN l.verdict IN ('renewed', 'replaced') THEN l.next_id END,
        refusal_id = COALESCE(l.refusal_id, r.refusal_id), due_on = COALESCE(l.finish, r.due_on), closed_at = %(now)s, postponed_until = NULL,
        version = r.version + 1, updated_at = %(now)s
    FROM renewal_look l
    WHERE r.contract_id = l.contract_id AND r.turn = l.turn AND r.outcome = '' AND l.verdict <> ''
    RETURNING r.id, r.client_id, r.outcome, l.number
), told AS (
    INSERT INTO clients_timelineevent (client_id, kind, at, summary, data, subject_type, subject_id)
    SELECT client_id, 'renewal_closed', %(now)s, number, jsonb_build_object('outcome', outcome), 'retention.renewal', id
    FROM closed
)
UPDATE work_touch t SET state = 'cancelled', note = %(no_need)s, closed_at = %(now)s, updated_at = %(now)s
FROM closed WHERE t.client_id = closed.client_id AND t.kind = 'renewal' AND t.state = 'open'
    AND t.rule LIKE 'renewal:' || closed.id || ':%%'
"""

#: Dates and values of the open ones; a void one comes back when its contract is due again.
_FOLLOW = """
WITH moved AS (
    UPDATE retention_renewal r
    SET due_on = l.finish, monthly_value = l.mv, outcome = '', closed_at = NULL, closed_by_id = NULL, signal_at = NULL,
        version = r.version + 1, updated_at = %(now)s
    FROM renewal_look l
    WHERE r.contract_id = l.contract_id AND r.turn = l.turn AND l.verdict = '' AND (
        (r.outcome = '' AND (r.due_on <> l.finish OR r.monthly_value <> l.mv))
        OR (r.outcome = 'void' AND l.opens_on <= %(today)s AND l.finish >= %(today)s - %(grace)s))
    RETURNING r.id, r.client_id, r.contract_id, r.turn
)
INSERT INTO renewal_moved SELECT * FROM moved
"""

_OPEN = """
WITH opened AS (
    INSERT INTO retention_renewal (created_at, updated_at, version, client_id, contract_id, turn, due_on, monthly_value,
        stage, opinion, opinion_note, signal, points, signs, verdict, outcome, note)
    SELECT %(now)s, %(now)s, 1, client_id, contract_id, turn, finish, mv, 'planned', '', '', '', 0, '{}', '', '', ''
    FROM renewal_look
    WHERE is_present AND verdict = '' AND opens_on <= %(today)s AND finish >= %(today)s - %(grace)s
    ON CONFLICT (contract_id, turn) DO NOTHING
    RETURNING id, client_id, contract_id, turn
), told AS (
    INSERT INTO clients_timelineevent (client_id, kind, at, summary, data, subject_type, subject_id)
    SELECT o.client_id, 'renewal_opened', %(now)s, l.number, jsonb_build_object('due_on', l.finish),
           'retention.renewal', o.id
    FROM opened o JOIN renewal_look l USING (contract_id, turn)
)
INSERT INTO renewal_new SELECT * FROM opened
"""

#: One per stage of the policy that is still to come, and the stage that runs now; a stage that is over is not made up.
_TOUCH = """
INSERT INTO work_touch (created_at, updated_at, version, client_id, kind, subject, assignee_id, follows_owner, due_from,
                        due_on, is_late, is_urgent, state, outcome, note, rule, initiator)
SELECT %(now)s, %(now)s, 1, l.client_id, 'renewal', left(concat_ws(' ', %(subject)s, NULLIF(l.number, '')), 300),
       l.owner_id, true, l.anchor - d.days, GREATEST(l.anchor - d.days + %(window)s, %(today)s),
       l.anchor - d.days + %(window)s < %(today)s, false, 'open', '', '', 'renewal:' || r.id || ':' || d.days, 'us'
FROM (SELECT * FROM renewal_new UNION ALL SELECT * FROM renewal_moved) r
JOIN renewal_look l ON l.contract_id = r.contract_id AND l.turn = r.turn
JOIN unnest(%(touch_tiers)s::text[], %(touch_days)s::int[]) AS d (tier, days) ON d.tier = l.tier
WHERE l.anchor - d.days > %(today)s OR d.days = (
    SELECT min(e.days) FROM unnest(%(touch_tiers)s::text[], %(touch_days)s::int[]) AS e (tier, days)
    WHERE e.tier = l.tier AND l.anchor - e.days <= %(today)s)
ON CONFLICT (rule) DO UPDATE SET due_from = EXCLUDED.due_from, due_on = EXCLUDED.due_on, is_late = EXCLUDED.is_late,
    updated_at = EXCLUDED.updated_at WHERE work_touch.state = 'open'
"""

_NEXT = """
WITH later AS (
    SELECT contract_id, CASE
        WHEN bool_or(verdict = 'void' AND NOT prolongs) THEN NULL
        WHEN bool_or(verdict = '' AND opens_on > %(today)s) THEN min(opens_on)
        WHEN bool_or(prolongs) THEN min(finish) + 1
        ELSE min(signed_later) END AS look_on
    FROM renewal_look WHERE is_present GROUP BY contract_id
), seen AS (SELECT DISTINCT t.contract_id, n.look_on FROM renewal_turn t LEFT JOIN later n USING (contract_id)),
forgotten AS (
    DELETE FROM retention_renewalwatch w USING seen s
    WHERE w.contract_id = s.contract_id AND w.look_on <= %(today)s AND (s.look_on IS NULL OR s.look_on <= %(today)s)
)
UPDATE retention_renewalwatch w SET look_on = s.look_on FROM seen s
WHERE w.contract_id = s.contract_id AND w.look_on <= %(today)s AND s.look_on > %(today)s
"""

_TEMPORARY = """
DROP TABLE IF EXISTS renewal_taken, renewal_turn, renewal_kin, renewal_look, renewal_moved, renewal_new;
CREATE TEMP TABLE renewal_moved (id bigint, client_id bigint, contract_id bigint, turn smallint) ON COMMIT DROP;
CREATE TEMP TABLE renewal_new (LIKE renewal_moved) ON COMMIT DROP;
"""
_LOST = """
DELETE FROM retention_renewalwatch w USING renewal_taken t
WHERE w.contract_id = t.contract_id AND NOT EXISTS (SELECT FROM renewal_turn u WHERE u.contract_id = t.contract_id)
"""


def open_renewals(*, now: datetime) -> Mapping[str, int]:
    """Opens what comes due, follows changed dates, closes what the dates have decided; in batches of contracts."""
    total = dict.fromkeys(("opened", "moved", "closed", "touches"), 0)
    while True:
        with transaction.atomic():
            made = _batch(now)
        if made is None:
            return total
        total = {name: total[name] + made[name] for name in total}


def _batch(now: datetime) -> dict[str, int] | None:
    today = localdate(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT look_on FROM retention_renewalwatch ORDER BY look_on LIMIT 1")  # the index at any size
        first = cursor.fetchone()
        if first is None or first[0] > today:
            return None
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        values = _values(today, now)
        cursor.execute(_TEMPORARY)
        cursor.execute(_LOOK, values)
        cursor.execute("ANALYZE renewal_turn")
        cursor.execute(_KIN)
        cursor.execute(_JUDGE, values)
        cursor.execute("ANALYZE renewal_look")
        cursor.execute(_REFUSE)
        made = {}
        cursor.execute(
            "SELECT count(*) FROM renewal_look l JOIN retention_renewal r USING (contract_id, turn)"
            " WHERE r.outcome = '' AND l.verdict <> ''"
        )
        made["closed"] = int(cursor.fetchone()[0])
        cursor.execute(_CLOSE, values)
        for name, statement in (("moved", _FOLLOW), ("opened", _OPEN)):
            cursor.execute(statement, values)
            made[name] = int(cursor.rowcount)
        cursor.execute(_TOUCH, values)
        made["touches"] = int(cursor.rowcount)
        cursor.execute(_NEXT, values)
        cursor.execute(_LOST)
    return made


def _values(today: date, now: datetime) -> dict[str, Any]:
    policies, settings_ = keeping_policies(), company()
    touches = [(tier, days) for tier, policy in policies.items() for days in sorted(set(policy.touch_days))]
    with translation.override(settings.LANGUAGE_CODE):
        subject, no_need = _("Renewal of contract"), _("The renewal is decided.")
    return {
        "today": today,
        "now": now,
        "batch": _BATCH,
        "early": settings_.early_days,
        "grace": settings_.grace_days,
        "tiers": list(policies),
        "opens": [policy.open_days for policy in policies.values()],
        "decides": [policy.decide_days for policy in policies.values()],
        "touch_tiers": [tier for tier, _days in touches],
        "touch_days": [days for _tier, days in touches],
        "window": TOUCH_WINDOW,
        "subject": subject,
        "no_need": no_need,
    }

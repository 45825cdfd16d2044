"""What the sweeps have made of the rows of a run by themselves: taken back with them. A services-layer module.

Calls, renewals, surveys and letters that nobody has worked on, sent or answered would not be there without the import.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pgtrigger
from django.db import connection
from django.utils.translation import gettext_lazy as _

#: Rows that the run created, by kind.
_CREATED = """
DROP TABLE IF EXISTS undo_{kind};
CREATE TEMP TABLE undo_{kind} ON COMMIT DROP AS SELECT DISTINCT q.pgh_obj_id AS id FROM ({created}) q;
ALTER TABLE undo_{kind} ADD PRIMARY KEY (id);
ANALYZE undo_{kind};
"""
_KINDS = ("client", "contract", "order", "freeze")

#: A request leaves its context in the trail, a sweep leaves none: so whoever did it by page or API is seen.
_BY_SOMEBODY = """
EXISTS (SELECT FROM {table}event e WHERE e.pgh_obj_id = {row}.id AND e.pgh_context_id <> ALL(%(contexts)s::uuid[]))
"""

#: Calls that the sweeps have planned for the rows. One that covers other orders too goes on for those.
_CALLS = f"""
DROP TABLE IF EXISTS undo_call, undo_renewal, undo_invitation, undo_letter, undo_reopened;
CREATE TEMP TABLE undo_call ON COMMIT DROP AS
WITH call AS (
    SELECT t.id, t.client_id, t.kind, t.state, t.rule, t.closed_by_id, split_part(t.rule, ':', -1) AS last
    FROM work_touch t WHERE t.rule IS NOT NULL AND t.client_id IN (
        SELECT id FROM undo_client
        UNION SELECT k.client_id FROM undo_contract u JOIN clients_contract k USING (id)
        UNION SELECT o.client_id FROM undo_order u JOIN clients_order o USING (id)
        UNION SELECT f.client_id FROM undo_freeze u JOIN retention_freeze f USING (id))
)
SELECT t.id, CASE WHEN t.kind = 'renewal' THEN split_part(t.rule, ':', 2)::bigint END AS renewal_id,
       t.state = 'done' OR t.closed_by_id IS NOT NULL OR EXISTS (SELECT FROM work_callattempt a WHERE a.touch_id = t.id)
           OR {_BY_SOMEBODY.format(table="work_touch", row="t")} AS is_worked_on
FROM call t
WHERE t.client_id IN (SELECT id FROM undo_client)
   OR (t.kind IN ('failed_order', 'silence') AND t.last IN (SELECT id::text FROM undo_order))
   OR (t.rule LIKE 'unexplained:%%' AND t.last IN (SELECT id::text FROM undo_contract))
   OR (t.kind = 'save' AND t.last IN (SELECT id::text FROM undo_freeze))
   OR (t.kind = 'renewal' AND split_part(t.rule, ':', 2)::bigint IN (
       SELECT r.id FROM retention_renewal r JOIN undo_contract k ON k.id = r.contract_id))
   OR t.id IN (SELECT v.touch_id FROM work_coverage v
               WHERE v.order_id IN (SELECT id FROM undo_order) OR v.contract_id IN (SELECT id FROM undo_contract))
   OR t.id IN (SELECT i.touch_id FROM feedback_surveyinvitation i JOIN feedback_surveycoverage v ON v.invitation_id = i.id
               WHERE v.order_id IN (SELECT id FROM undo_order) OR v.contract_id IN (SELECT id FROM undo_contract));
CREATE TEMP TABLE undo_renewal ON COMMIT DROP AS
SELECT r.id, r.stage <> 'planned' OR r.opinion <> '' OR r.verdict <> '' OR r.outcome = 'refused'
       OR r.closed_by_id IS NOT NULL OR EXISTS (SELECT FROM retention_renewaloffer o WHERE o.renewal_id = r.id)
       OR {_BY_SOMEBODY.format(table="retention_renewal", row="r")} AS is_worked_on
FROM retention_renewal r JOIN undo_contract k ON k.id = r.contract_id;
CREATE TEMP TABLE undo_invitation ON COMMIT DROP AS
SELECT DISTINCT i.id, i.touch_id, i.state FROM feedback_surveyinvitation i
JOIN feedback_surveycoverage v ON v.invitation_id = i.id
WHERE v.order_id IN (SELECT id FROM undo_order) OR v.contract_id IN (SELECT id FROM undo_contract);
CREATE TEMP TABLE undo_letter ON COMMIT DROP AS
SELECT DISTINCT m.id, m.state FROM work_coverage v JOIN gateways_outboxmessage m ON m.id = v.message_id
WHERE v.order_id IN (SELECT id FROM undo_order) OR v.contract_id IN (SELECT id FROM undo_contract);
"""

#: A letter that has left, or may have, is a fact; one that waits is not.
_WORKED_ON = """
SELECT EXISTS (SELECT FROM undo_renewal WHERE is_worked_on),
       EXISTS (SELECT FROM undo_call WHERE is_worked_on),
       EXISTS (SELECT FROM undo_invitation WHERE state <> 'planned'),
       EXISTS (SELECT FROM undo_letter WHERE state NOT IN ('queued', 'cancelled', 'failed'))
"""
_NAMES = (_("renewal"), _("touch"), _("survey"), _("letter"))

_FORGET = """
DELETE FROM feedback_surveycoverage
WHERE order_id IN (SELECT id FROM undo_order) OR contract_id IN (SELECT id FROM undo_contract);
DELETE FROM feedback_surveyinvitation i USING undo_invitation u
WHERE u.id = i.id AND NOT EXISTS (SELECT FROM feedback_surveycoverage v WHERE v.invitation_id = i.id);
DELETE FROM work_coverage
WHERE order_id IN (SELECT id FROM undo_order) OR contract_id IN (SELECT id FROM undo_contract);
DELETE FROM undo_letter u USING work_coverage v WHERE v.message_id = u.id;
DELETE FROM clients_timelineevent e USING clients_clientletter l
WHERE e.subject_type = 'clients.clientletter' AND e.subject_id = l.id AND e.client_id = l.client_id
  AND l.message_id IN (SELECT id FROM undo_letter);
DELETE FROM clients_clientletter WHERE message_id IN (SELECT id FROM undo_letter);
DELETE FROM gateways_outboxmessage WHERE id IN (SELECT id FROM undo_letter);
DELETE FROM undo_call u USING work_coverage v WHERE v.touch_id = u.id;
DELETE FROM undo_call u USING feedback_surveyinvitation i WHERE i.touch_id = u.id;
UPDATE retention_attention SET touch_id = NULL WHERE touch_id IN (SELECT id FROM undo_call);
DELETE FROM work_touch WHERE id IN (SELECT id FROM undo_call);
DELETE FROM clients_timelineevent e USING undo_renewal u, retention_renewal r
WHERE r.id = u.id AND e.client_id = r.client_id AND e.subject_type = 'retention.renewal' AND e.subject_id = r.id;
DELETE FROM retention_divergence WHERE renewal_id IN (SELECT id FROM undo_renewal);
DELETE FROM retention_renewal WHERE id IN (SELECT id FROM undo_renewal);
"""

#: What the dates of the imported contracts and orders had closed is open again, with the calls that ended then.
_REOPEN = """
CREATE TEMP TABLE undo_reopened ON COMMIT DROP AS
WITH renewal AS (
    UPDATE retention_renewal r SET outcome = '', next_contract_id = NULL, closed_at = NULL, signal_at = NULL,
        version = r.version + 1, updated_at = now()
    FROM retention_renewal before
    WHERE before.id = r.id AND r.closed_by_id IS NULL AND r.next_contract_id IN (SELECT id FROM undo_contract)
    RETURNING r.id, r.client_id, before.closed_at
), attempt AS (
    UPDATE retention_winback w SET outcome = '', contract_id = NULL, order_id = NULL, closed_at = NULL,
        version = w.version + 1, updated_at = now(),
        next_step_on = (SELECT min(t.due_on) FROM work_touch t WHERE t.client_id = w.client_id AND t.kind = 'win_back'
                        AND t.state = 'cancelled' AND t.closed_by_id IS NULL AND t.closed_at = w.closed_at)
    FROM retention_winback before
    WHERE before.id = w.id AND w.closed_by_id IS NULL
      AND (w.contract_id IN (SELECT id FROM undo_contract) OR w.order_id IN (SELECT id FROM undo_order))
    RETURNING w.id, w.client_id, before.closed_at
)
SELECT 'renewal' AS kind, 'renewal:' || id || ':%%' AS rule, 'retention.renewal' AS subject, * FROM renewal
UNION ALL SELECT 'win_back', 'winback:' || id || ':%%', 'retention.winback', * FROM attempt;
UPDATE work_touch t SET state = 'open', note = '', closed_at = NULL, version = t.version + 1, updated_at = now()
FROM undo_reopened u WHERE t.client_id = u.client_id AND t.kind = u.kind AND t.state = 'cancelled'
  AND t.closed_by_id IS NULL AND t.closed_at = u.closed_at AND t.rule LIKE u.rule;
DELETE FROM clients_timelineevent e USING undo_reopened u
WHERE e.client_id = u.client_id AND e.subject_type = u.subject AND e.subject_id = u.id AND e.at = u.closed_at
  AND e.actor_id IS NULL;
"""


def find_consequences(*, created: Mapping[str, str], contexts: list[UUID]) -> list[str]:
    """What stands in the way because somebody has worked on it, sent or answered it.

    ``created``: for each kind of row the SELECT of those that the run made, which takes the contexts twice.
    """
    with connection.cursor() as cursor:
        for kind in _KINDS:
            cursor.execute(_CREATED.format(kind=kind, created=created[kind]), [contexts, contexts])
        cursor.execute(_CALLS, {"contexts": contexts})
        cursor.execute(_WORKED_ON)
        return [str(name) for name, stands in zip(_NAMES, cursor.fetchone(), strict=True) if stands]


def forget_consequences() -> None:
    """Of what ``find_consequences`` found in this transaction."""
    with pgtrigger.ignore("clients.TimelineEvent:timeline_append_only"), connection.cursor() as cursor:
        for statements in (_FORGET, _REOPEN):
            cursor.execute(statements, [])  # a value of the trigger's comes in front: signs of percent are doubled

"""Sweeps: what they write per second against a raw INSERT … SELECT, and what one costs that finds nothing to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now

from bench import growth
from bench.measure import Line, at_least, at_most, compare, cost_of
from bench.setup import say
from clients.services.handoffs import mark_overdue_handoffs
from feedback.services import plan_surveys
from retention.services.renewals import open_renewals
from work.services import plan_follow_ups, plan_thanks

FACTS = 100_000
#: Orders of the last days, as if the worker had been away: facts that lack their consequence. How they came to be is not
#: measured, so no trigger has to run.
WAITING = """
ALTER TABLE clients_order DISABLE TRIGGER USER;
DELETE FROM work_pendingfact;
WITH late AS (
    UPDATE clients_order SET completed_at = now() - interval '2 days', source = 'manual'
    WHERE id IN (SELECT o.id FROM clients_order o LEFT JOIN work_coverage v ON v.order_id = o.id
                 WHERE o.status = 'completed' AND o.source = 'import' AND v.id IS NULL ORDER BY o.id LIMIT %s)
    RETURNING id, client_id
)
INSERT INTO work_pendingfact (kind, client_id, order_id)
SELECT k.kind, late.client_id, late.id FROM late, (VALUES ('follow_up'), ('survey'), ('thanks')) k (kind) ORDER BY 1, 3;
ALTER TABLE clients_order ENABLE TRIGGER USER;
"""
#: The same rows without any rule: one touch per client, one cover per order, triggers of the tables at work.
RAW_CALLS = """
SET LOCAL enable_nestloop = off;
WITH fact AS (
    SELECT p.client_id, p.order_id, a.user_id FROM work_pendingfact p
    JOIN clients_assignment a ON a.client_id = p.client_id AND a.ended_at IS NULL WHERE p.kind = 'follow_up'
), opened AS (
    INSERT INTO work_touch (created_at, updated_at, version, client_id, kind, subject, assignee_id, follows_owner, due_from,
                            due_on, is_late, is_urgent, state, outcome, note, rule)
    SELECT DISTINCT ON (client_id) now(), now(), 1, client_id, 'follow_up', '', user_id, true, current_date, current_date,
           false, false, 'open', '', '', 'raw:' || order_id FROM fact
    RETURNING id, client_id
)
INSERT INTO work_coverage (kind, client_id, order_id, touch_id, created_at)
SELECT 'follow_up', f.client_id, f.order_id, o.id, now() FROM fact f JOIN opened o ON o.client_id = f.client_id;
DELETE FROM work_pendingfact WHERE kind = 'follow_up';
"""
RAW_SURVEYS = """
SET LOCAL enable_nestloop = off;
WITH fact AS (
    SELECT p.client_id, p.order_id, c.id AS contact_id FROM work_pendingfact p
    JOIN clients_contact c ON c.client_id = p.client_id AND c.is_primary WHERE p.kind = 'survey'
), opened AS (
    INSERT INTO feedback_surveyinvitation (created_at, updated_at, client_id, contact_id, state, scale, about, send_on,
                                           closes_on, is_late, nonce, rule)
    SELECT DISTINCT ON (client_id) now(), now(), client_id, contact_id, 'planned', 'csat10', 'company', current_date,
           current_date + 7, false, '', 'raw:' || order_id FROM fact
    RETURNING id, client_id
)
INSERT INTO feedback_surveycoverage (invitation_id, order_id)
SELECT o.id, f.order_id FROM fact f JOIN opened o ON o.client_id = f.client_id;
DELETE FROM work_pendingfact WHERE kind = 'survey';
"""
#: Contracts whose renewals have not been opened yet: a hundred thousand ends within the window.
ENDING = """
UPDATE clients_contract SET ends_on = current_date + (id %% 100)::int, starts_on = current_date - 300, terminated_on = NULL
WHERE id IN (SELECT DISTINCT ON (client_id) id FROM clients_contract ORDER BY client_id, starts_on DESC LIMIT %s);
DELETE FROM work_touch WHERE kind = 'renewal';
DELETE FROM retention_renewal;
DELETE FROM retention_renewalwatch WHERE contract_id NOT IN (
    SELECT id FROM clients_contract WHERE starts_on = current_date - 300)
"""
RAW_RENEWALS = """
WITH fact AS (
    SELECT k.id, k.client_id, k.ends, a.user_id FROM clients_contract k
    JOIN clients_assignment a ON a.client_id = k.client_id AND a.ended_at IS NULL
    WHERE k.starts_on = current_date - 300
), opened AS (
    INSERT INTO retention_renewal (created_at, updated_at, version, client_id, contract_id, turn, due_on, monthly_value,
        stage, opinion, opinion_note, signal, points, signs, verdict, outcome, note)
    SELECT now(), now(), 1, client_id, id, 0, ends, 1, 'planned', '', '', '', 0, '{}', '', '', '' FROM fact
    RETURNING id, client_id, contract_id, due_on
), told AS (
    INSERT INTO clients_timelineevent (client_id, kind, at, summary, data, subject_type, subject_id)
    SELECT client_id, 'renewal_opened', now(), '', '{}', 'retention.renewal', id FROM opened
)
INSERT INTO work_touch (created_at, updated_at, version, client_id, kind, subject, assignee_id, follows_owner, due_from,
                        due_on, is_late, is_urgent, state, outcome, note, rule, initiator)
SELECT now(), now(), 1, o.client_id, 'renewal', '', f.user_id, true, o.due_on - d, o.due_on - d, false, false, 'open', '',
       '', 'raw:' || o.id || ':' || d, 'us'
FROM opened o JOIN fact f ON f.id = o.contract_id, unnest(ARRAY[90, 60, 30]) d
WHERE o.due_on - d > current_date OR d = (SELECT min(e) FROM unnest(ARRAY[90, 60, 30]) e WHERE o.due_on - e <= current_date);
DELETE FROM retention_renewalwatch;
"""
#: Letters are composed one by one in Python: a thousand says enough.
FEW_THANKS = 1000
WRITTEN = (
    "clients_order, clients_contract, clients_timelineevent, work_pendingfact, work_touch, work_coverage,"
    " feedback_surveyinvitation, feedback_surveycoverage, retention_renewal, retention_renewalwatch, gateways_outboxmessage"
)
Sweep = Callable[..., Mapping[str, int]]


def run(sql: str, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _forget(prepare: Callable[[], object], act: Callable[[], object]) -> float:
    """CPU of ``act`` after ``prepare``, neither of which leaves anything behind, dead rows included."""
    with transaction.atomic():
        prepare()
        cost = cost_of(act)
        transaction.set_rollback(True)
    run(f"VACUUM {WRITTEN}")
    return cost.total


def _wait(facts: int) -> None:
    run(WAITING, [facts])
    run("ANALYZE work_pendingfact, clients_order")


def _wait_for_thanks() -> None:
    _wait(FEW_THANKS)
    run("DELETE FROM work_pendingfact WHERE kind <> 'thanks'")


def _end(contracts: int) -> None:
    run(ENDING, [contracts])
    run("ANALYZE clients_contract, retention_renewalwatch")


def measure() -> Iterator[Line]:
    yield from _idle()
    kept: dict[str, float] = {}
    moment = now() + timedelta(seconds=1)
    facts = FACTS * growth.size()
    waiting, ending = partial(_wait, facts), partial(_end, facts)
    cases: list[tuple[str, str, Sweep, str, Callable[[], object]]] = [
        ("plan_follow_ups", f"{facts:,} orders cold", plan_follow_ups, RAW_CALLS, waiting),
        ("plan_surveys", f"{facts:,} orders cold", plan_surveys, RAW_SURVEYS, waiting),
        ("open_renewals", "a contract per client", open_renewals, RAW_RENEWALS, ending),
    ]
    for name, about, sweep, raw, prepare in cases:
        theirs = _forget(prepare, partial(run, raw))
        ours = _forget(prepare, partial(sweep, now=moment))
        say(f"  {name}: {ours:.0f} ms, raw {theirs:.0f} ms CPU")
        kept[name] = ours
        yield at_least(f"{name}, {about}, rate against INSERT … SELECT, CPU", theirs / ours, 0.5)
    thanks = _forget(_wait_for_thanks, partial(plan_thanks, now=moment))
    say(f"  plan_thanks: {thanks / FEW_THANKS:.2f} ms a letter")
    yield from growth.exponents("sweeps", growth.size(), kept, dict.fromkeys(kept, 1.1))


def _idle() -> Iterator[Line]:
    sweeps: dict[str, Sweep] = {
        "plan_follow_ups": plan_follow_ups,
        "plan_surveys": plan_surveys,
        "plan_thanks": plan_thanks,
        "open_renewals": open_renewals,
        "mark_overdue_handoffs": mark_overdue_handoffs,
    }
    for sweep in sweeps.values():
        sweep(now=now())
    costs = compare({name: partial(sweep, now=now()) for name, sweep in sweeps.items()})
    for name, cost in costs.items():
        yield at_most(f"{name} idle, ms", cost.total, 20, str(cost))

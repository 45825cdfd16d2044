"""Whom people spend their time on: new clients or those who came back, and what for (row A5)."""

from __future__ import annotations

from dataclasses import dataclass

from clients.metrics import ORDER_DAY, ORDER_VALID, REPEAT_DAYS
from core.figures import Figure, Question, Unit, ratio
from reports import queries

#: A client is new for 90 days from the first contract or purchase, and before it.
FIRST = f"""
    SELECT d.client_id, LEAST(
        (SELECT min(k.starts_on) FROM clients_contract k WHERE k.client_id = d.client_id),
        (SELECT min({ORDER_DAY}) FROM clients_order o WHERE o.client_id = d.client_id AND {ORDER_VALID})
    ) AS day FROM (SELECT DISTINCT client_id FROM done) d
"""
EFFORT = f"""
    WITH done AS MATERIALIZED (
        SELECT t.client_id, t.closed_by_id AS person, (t.closed_at AT TIME ZONE %(zone)s)::date AS day, t.minutes,
            CASE WHEN t.kind IN ('renewal', 'win_back') THEN 'growth'
                WHEN t.kind IN ('urgent', 'what_went_wrong', 'save', 'exit_interview', 'failed_order') THEN 'conflict'
                ELSE 'service' END AS purpose
        FROM work_touch t WHERE t.state = 'done' AND t.closed_by_id IS NOT NULL AND t.closed_at <= %(moment)s
            AND (%(manager)s::bigint IS NULL OR t.closed_by_id = %(manager)s)
            AND t.closed_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
            AND t.closed_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s
    ), first AS MATERIALIZED ({FIRST})
    SELECT d.person, u.name, count(*), COALESCE(sum(d.minutes), 0),
        count(*) FILTER (WHERE n.is_new), COALESCE(sum(d.minutes) FILTER (WHERE n.is_new), 0),
        COALESCE(sum(d.minutes) FILTER (WHERE d.purpose = 'growth'), 0),
        COALESCE(sum(d.minutes) FILTER (WHERE d.purpose = 'service'), 0),
        COALESCE(sum(d.minutes) FILTER (WHERE d.purpose = 'conflict'), 0)
    FROM done d JOIN first f ON f.client_id = d.client_id JOIN staff_user u ON u.id = d.person
    CROSS JOIN LATERAL (SELECT f.day IS NULL OR d.day < f.day + {REPEAT_DAYS} AS is_new) n
    GROUP BY d.person, u.name ORDER BY 4 DESC, u.name, d.person
"""


@dataclass(frozen=True, slots=True)
class Effort:
    """Contacts and minutes of one person: with new clients, with all others, and what for."""

    person: int
    name: str
    contacts: int
    minutes: int
    new_contacts: int
    new_minutes: int
    growth: int
    service: int
    conflict: int

    @property
    def new_share(self) -> Figure:
        return ratio(Unit.SHARE, self.new_minutes, self.minutes)


def effort(asked: Question) -> list[Effort]:
    """Whoever closed contacts in the period, salespeople too; under a filter of managers only he."""
    return [Effort(*row) for row in queries.fetched(EFFORT, asked.params())]

"""Whom people spend their time on: new clients or those who came back, and what for (row A5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clients.metrics import ORDER_DAY, ORDER_VALID
from core.figures import Figure, Question, Unit, months_of, ratio
from reports import facts, queries
from reports.heard import IS_NEW, PURPOSE
from reports.statements import ROWS, Source

FIRST = f"""
    SELECT d.client_id, LEAST(
        (SELECT min(k.starts_on) FROM clients_contract k WHERE k.client_id = d.client_id),
        (SELECT min({ORDER_DAY}) FROM clients_order o WHERE o.client_id = d.client_id AND {ORDER_VALID})
    ) AS day FROM (SELECT DISTINCT client_id FROM done) d
"""
EFFORT = f"""
    WITH done AS MATERIALIZED (
        SELECT t.client_id, t.closed_by_id AS person, (t.closed_at AT TIME ZONE %(zone)s)::date AS day, t.minutes,
            {PURPOSE.format(alias="t")} AS purpose
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
    CROSS JOIN LATERAL (SELECT {IS_NEW.format(first="f.day", day="d.day")} AS is_new) n
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


def effort(asked: Question, *, source: Source = ROWS) -> list[Effort]:
    """Whoever closed contacts in the period, salespeople too; under a filter of managers only he."""
    [period] = asked.periods
    if not (source.stored and period.whole_months):
        return [Effort(*row) for row in queries.fetched(EFFORT, asked.params())]
    kept = facts.effort_of_people(asked, [month.start for month in months_of(period)])
    return [_kept(person, name, sums) for person, name, sums in kept]


def _kept(person: int, name: str, sums: Mapping[str, int]) -> Effort:
    minutes, growth, conflict = (sums.get(key, 0) for key in ("minutes", "growth", "conflict"))
    return Effort(
        person=person,
        name=name,
        contacts=sums["n"],
        minutes=minutes,
        new_contacts=sums.get("new_n", 0),
        new_minutes=sums.get("new_minutes", 0),
        growth=growth,
        service=minutes - growth - conflict,
        conflict=conflict,
    )


#: Clients one person had contacts with in the period, with how many and how long.
OF_PERSON = """
    SELECT t.client_id, count(*), COALESCE(sum(t.minutes), 0) FROM work_touch t
    WHERE t.state = 'done' AND t.closed_by_id = %(person)s AND t.closed_at <= %(moment)s
        AND (%(manager)s::bigint IS NULL OR t.closed_by_id = %(manager)s)
        AND t.closed_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
        AND t.closed_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s AND t.client_id > %(beyond)s
    GROUP BY t.client_id ORDER BY t.client_id LIMIT %(limit)s
"""


def effort_behind(asked: Question, *, person: int, beyond: int, limit: int) -> list[tuple[int, ...]]:
    """(client, contacts, minutes); of another person than the filter's manager nothing."""
    values = {**asked.params(), "person": person, "beyond": beyond, "limit": limit}
    return list(queries.fetched(OF_PERSON, values))

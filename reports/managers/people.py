"""What is known of managers beside the figures: their load, clients that changed hands, what scores come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count

from clients.metrics import ORDER_NET, ORDER_VALID
from clients.models import Assignment
from core.enums import Tier
from core.figures import Period, Question, add_months
from core.models import Company
from feedback.enums import ComplaintState
from feedback.models import Complaint
from work.metrics import NOBODY_WAITS, Waiting, waiting_touches

CHANGE_DAYS = 90
SHOWN_CHANGES = 20


@dataclass(frozen=True, slots=True)
class Load:
    """Why somebody has more to do than another: clients, their weight, planned contacts, complaints."""

    clients: int = 0
    weight: Decimal = Decimal(0)
    waiting: Waiting = NOBODY_WAITS
    complaints: int = 0


NOTHING = Load()


def loads(*, company: Company, today: date, people: Iterable[int] | None = None) -> dict[int, Load]:
    """Of each person with clients, contacts or complaints, now. Three queries."""
    chosen = None if people is None else list(people)
    owned = Assignment.objects.filter(ended_at__isnull=True, client__archived_at__isnull=True)
    complaints = Complaint.objects.filter(state=ComplaintState.OPEN)
    if chosen is not None:
        owned, complaints = owned.filter(user__in=chosen), complaints.filter(responsible__in=chosen)
    numbers: dict[int, int] = {}
    weights: dict[int, Decimal] = {}
    weight_of = {tier: getattr(company, f"weight_{tier.lower()}") for tier in Tier.values}
    for user, tier, number in owned.values_list("user", "client__tier").annotate(number=Count("id")).order_by():
        numbers[user] = numbers.get(user, 0) + number
        weights[user] = weights.get(user, Decimal(0)) + number * weight_of[tier]
    waiting = waiting_touches(today=today, people=chosen)
    open_complaints = dict(complaints.values_list("responsible").annotate(number=Count("id")).order_by())
    return {
        user: Load(
            numbers.get(user, 0),
            weights.get(user, Decimal(0)),
            waiting.get(user, NOBODY_WAITS),
            open_complaints.get(user, 0),
        )
        for user in {*numbers, *waiting, *open_complaints}
    }


#: Who had the client before; the first owner of all took over from nobody.
MOVE = """
    SELECT a.id, a.client_id, p.user_id AS from_id, a.user_id AS to_id, (a.started_at AT TIME ZONE %(zone)s)::date AS day
    FROM clients_assignment a CROSS JOIN LATERAL (
        SELECT b.user_id FROM clients_assignment b
        WHERE b.client_id = a.client_id AND (b.started_at, b.id) < (a.started_at, a.id)
        ORDER BY b.started_at DESC, b.id DESC LIMIT 1
    ) p
    WHERE a.started_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
        AND a.started_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
        AND a.started_at <= %(moment)s AND p.user_id <> a.user_id
"""
MOVES = f"""
    SELECT person, sum(came)::int, sum(left_)::int FROM (
        SELECT to_id AS person, 1 AS came, 0 AS left_ FROM ({MOVE}) m
        UNION ALL SELECT from_id, 0, 1 FROM ({MOVE}) m
    ) s GROUP BY person
"""
_ORDERS = f"""
    SELECT COALESCE(sum({ORDER_NET}), 0) FROM clients_order o WHERE o.client_id = m.client_id AND {ORDER_VALID}
        AND o.ordered_at >= (m.day + {{first}})::timestamp AT TIME ZONE %(zone)s
        AND o.ordered_at < (m.day + {{last}})::timestamp AT TIME ZONE %(zone)s
"""
_SCORE = """
    SELECT avg(r.score) FROM feedback_surveyresponse r WHERE r.client_id = m.client_id AND r.scale = 'csat10'
        AND r.about = 'company' AND r.answered_at <= %(moment)s
        AND r.answered_at >= (m.day + {first})::timestamp AT TIME ZONE %(zone)s
        AND r.answered_at < (m.day + {last})::timestamp AT TIME ZONE %(zone)s
"""
CHANGES = f"""
    SELECT m.client_id, c.name, f.name, t.name, m.to_id = %(manager)s, m.day,
        ({_ORDERS.format(first=-CHANGE_DAYS, last=0)}), ({_ORDERS.format(first=0, last=CHANGE_DAYS)}),
        ({_SCORE.format(first=-CHANGE_DAYS, last=0)}), ({_SCORE.format(first=0, last=CHANGE_DAYS)}),
        m.day + {CHANGE_DAYS} <= %(today)s
    FROM ({MOVE}) m JOIN clients_client c ON c.id = m.client_id
    JOIN staff_user f ON f.id = m.from_id JOIN staff_user t ON t.id = m.to_id
    WHERE %(manager)s IN (m.from_id, m.to_id) ORDER BY m.day DESC, m.id DESC LIMIT {SHOWN_CHANGES}
"""


@dataclass(frozen=True, slots=True)
class Moves:
    """How many clients came to a person and how many left."""

    came: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A client that changed hands; money of orders and mean score of the 90 days before and after."""

    client_id: int
    client: str
    from_name: str
    to_name: str
    came: bool
    day: date
    money_before: Decimal
    money_after: Decimal
    score_before: Decimal | None
    score_after: Decimal | None
    observed: bool  # the 90 days after are over


def moves(asked: Question, period: Period) -> dict[int, Moves]:
    return {person: Moves(came, left) for person, came, left in _fetch(MOVES, asked, period)}


def changes(asked: Question, period: Period, *, manager: int) -> list[Change]:
    """The latest of the period."""
    return [Change(*row) for row in _fetch(CHANGES, asked, period, manager=manager)]


#: Answers of the clients a person owned that day, and whether the client ordered again within 90 days.
BANDS = f"""
    SELECT r.scale, CASE
            WHEN r.scale = 'csat5' THEN CASE WHEN r.score = 5 THEN 0 WHEN r.score >= 4 THEN 1 ELSE 2 END
            WHEN r.score = 10 THEN 0 WHEN r.score >= 9 THEN 1 WHEN r.score >= 7 THEN 2 ELSE 3 END AS band,
        count(*), sum(r.score), count(*) FILTER (WHERE r.day + {CHANGE_DAYS} <= %(today)s),
        count(*) FILTER (WHERE r.day + {CHANGE_DAYS} <= %(today)s AND EXISTS (
            SELECT 1 FROM clients_order o WHERE o.client_id = r.client_id AND {ORDER_VALID}
                AND o.ordered_at > r.answered_at
                AND o.ordered_at < (r.day + {CHANGE_DAYS} + 1)::timestamp AT TIME ZONE %(zone)s))
    FROM (
        SELECT s.*, (s.answered_at AT TIME ZONE %(zone)s)::date AS day FROM feedback_surveyresponse s
        JOIN clients_assignment a ON a.client_id = s.client_id AND a.started_at <= s.answered_at
            AND (a.ended_at IS NULL OR a.ended_at > s.answered_at)
        WHERE a.user_id = %(manager)s AND s.answered_at <= %(moment)s
            AND (s.scale = 'csat10' AND s.about = 'company' OR s.scale = 'csat5' AND s.about <> 'product')
            AND s.answered_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
            AND s.answered_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
    ) r GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Band:
    """Answers of one height: how many, and of those old enough, after how many the client ordered again."""

    scale: str
    band: int
    answers: int
    total: Decimal
    observed: int
    again: int

    @property
    def repeat(self) -> float | None:
        return self.again / self.observed if self.observed else None


def year_to(period: Period) -> Period:
    """Months are too short for what takes 90 days to see."""
    return Period(add_months(period.end, -12), period.end)


def bands(asked: Question, period: Period, *, manager: int) -> list[Band]:
    return [Band(*row) for row in _fetch(BANDS, asked, period, manager=manager)]


#: What the minutes of closed contacts went into.
MINUTES = """
    SELECT CASE WHEN t.kind IN ('renewal', 'win_back') THEN 'growth'
            WHEN t.kind IN ('urgent', 'what_went_wrong', 'save', 'exit_interview', 'failed_order') THEN 'conflict'
            ELSE 'service' END, count(*), sum(t.minutes)
    FROM work_touch t WHERE t.state = 'done' AND t.minutes IS NOT NULL AND t.closed_by_id = %(manager)s
        AND t.closed_at <= %(moment)s AND t.closed_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
        AND t.closed_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
    GROUP BY 1
"""


def minutes(asked: Question, period: Period, *, manager: int) -> dict[str, tuple[int, int]]:
    """Purpose → contacts and minutes. Conflicts need frequent contact: time is never compared between people."""
    return {purpose: (number, spent) for purpose, number, spent in _fetch(MINUTES, asked, period, manager=manager)}


def _fetch(sql: str, asked: Question, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**asked.params(), "start": period.start, "end": period.end, **more})
        return list(cursor.fetchall())

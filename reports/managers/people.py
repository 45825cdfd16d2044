"""What is known of managers beside the figures: their load, clients that changed hands, what scores come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count

from clients.metrics import ORDER_NET, ORDER_VALID
from clients.models import Assignment
from core.enums import Tier
from core.figures import Period, Question, Segment, add_months
from core.models import Company
from feedback.enums import ComplaintState
from feedback.models import Complaint
from reports.bands import Band, repeat_by_scores
from reports.managers.moves import CHANGE_DAYS, MOVE
from reports.statements import ROWS, Source
from work.metrics import NOBODY_WAITS, Waiting, waiting_touches

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


def year_to(period: Period) -> Period:
    """Months are too short for what takes 90 days to see."""
    return Period(add_months(period.end, -12), period.end)


def bands(asked: Question, period: Period, *, manager: int, source: Source = ROWS) -> list[Band]:
    """Of the answers of clients who were this manager's that day."""
    return repeat_by_scores(replace(asked, periods=(period,), segment=Segment(manager=manager)), source=source)


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

"""What is known of managers beside the figures: their load, clients that changed hands, what scores come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from clients.metrics import ORDER_NET, ORDER_VALID
from core.enums import Tier
from core.figures import Figure, Period, Question, Segment, Unit, add_months, ratio
from core.models import Company
from reports.bands import Band, repeat_by_scores
from reports.heard import PURPOSE
from reports.managers.moves import CHANGE_DAYS, MOVE
from reports.statements import ROWS, Source
from work.metrics import KEPT, WAITING

SHOWN_CHANGES = 20


MOVES = f"""
    SELECT m.person, sum(m.came)::int AS came, sum(m.gone)::int AS gone FROM (
        SELECT to_id AS person, 1 AS came, 0 AS gone FROM ({MOVE}) m
        UNION ALL SELECT from_id, 0, 1 FROM ({MOVE}) m
    ) m WHERE %(people)s::bigint[] IS NULL OR m.person = ANY(%(people)s) GROUP BY m.person
"""
#: What each person has in hand today, and what of the period's work came in time. Minutes only of those asked for:
#: conflicts need frequent contact, so time is never compared between people.
WORK = f"""
    SELECT 'owned', a.user_id, c.tier, count(*), 0, 0 FROM clients_assignment a
        JOIN clients_client c ON c.id = a.client_id AND c.archived_at IS NULL
        WHERE a.ended_at IS NULL AND (%(people)s::bigint[] IS NULL OR a.user_id = ANY(%(people)s)) GROUP BY 2, 3
    UNION ALL SELECT 'complaints', x.responsible_id, '', count(*), 0, 0 FROM feedback_complaint x
        WHERE x.state = 'open' AND (%(people)s::bigint[] IS NULL OR x.responsible_id = ANY(%(people)s)) GROUP BY 2
    UNION ALL SELECT 'waiting', w.person, '', w.open, w.overdue, 0 FROM ({WAITING}) w
    UNION ALL SELECT 'kept', k.person, '', k.kept, k.decided, k.pending FROM ({KEPT}) k
    UNION ALL SELECT 'moves', m.person, '', m.came, m.gone, 0 FROM ({MOVES}) m
    UNION ALL SELECT 'minutes', t.closed_by_id, {PURPOSE.format(alias="t")}, count(*), sum(t.minutes), 0
        FROM work_touch t WHERE t.state = 'done' AND t.minutes IS NOT NULL AND t.closed_by_id = ANY(%(people)s::bigint[])
        AND t.closed_at <= %(moment)s AND t.closed_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
        AND t.closed_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
        GROUP BY 2, 3
"""


@dataclass(slots=True)
class Work:
    """Why somebody has more to do than another: clients, their weight, planned contacts, complaints, clients that came
    and left; which contacts were in time; minutes by purpose.
    """

    clients: int = 0
    weight: Decimal = Decimal(0)
    open: int = 0
    overdue: int = 0
    complaints: int = 0
    came: int = 0
    left: int = 0
    on_time: Figure | None = None
    minutes: dict[str, tuple[int, int]] = field(default_factory=dict)


def work_of(
    asked: Question, period: Period, *, company: Company, people: Iterable[int] | None = None
) -> dict[int, Work]:
    """Of each person with any of it. One query."""
    weight_of = {tier: getattr(company, f"weight_{tier.lower()}") for tier in Tier.values}
    found: dict[int, Work] = defaultdict(Work)
    chosen = None if people is None else list(people)
    for kind, person, label, first, second, third in _fetch(WORK, asked, period, people=chosen):
        work = found[person]
        match kind:
            case "owned":
                work.clients += first
                work.weight += first * weight_of[label]
            case "complaints":
                work.complaints = first
            case "waiting":
                work.open, work.overdue = first, second
            case "kept":
                matured = asked.today > period.last
                work.on_time = ratio(Unit.SHARE, first, second, pending=third, matured=matured)
            case "moves":
                work.came, work.left = first, second
            case _:
                work.minutes[label] = (first, second)
    return dict(found)


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


def changes(asked: Question, period: Period, *, manager: int) -> list[Change]:
    """The latest of the period."""
    return [Change(*row) for row in _fetch(CHANGES, asked, period, manager=manager)]


def year_to(period: Period) -> Period:
    """Months are too short for what takes 90 days to see."""
    return Period(add_months(period.end, -12), period.end)


def bands(asked: Question, period: Period, *, manager: int, source: Source = ROWS) -> list[Band]:
    """Of the answers of clients who were this manager's that day."""
    return repeat_by_scores(replace(asked, periods=(period,), segment=Segment(manager=manager)), source=source)


def _fetch(sql: str, asked: Question, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**asked.params(), "start": period.start, "end": period.end, **more})
        return list(cursor.fetchall())

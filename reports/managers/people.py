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
from core.enums import TIERS
from core.figures import Figure, Period, Question, Segment, Unit, add_months, ratio
from core.models import Company
from core.prepared import Asking
from reports.bands import Band, repeat_by_scores
from reports.managers.moves import CHANGE_DAYS, MOVE
from reports.statements import ROWS, Source

SHOWN_CHANGES = 20
PENDING = "(label = 'open' AND day >= %(today)s)"

#: What each person has in hand today, and what of the period's work came in time: closed on the last day of its window
#: at the latest. Minutes only of those asked for: conflicts need frequent contact, so time is never compared between
#: people.
WORK = Asking(f"""
    WITH tally AS NOT MATERIALIZED (
        SELECT * FROM reports_worktally WHERE %(people)s::bigint[] IS NULL OR person = ANY(%(people)s)
    ), dated AS NOT MATERIALIZED (SELECT * FROM tally WHERE day >= %(start)s AND day < %(end)s)
    SELECT of, person, label, sum(number), 0, 0 FROM tally WHERE of IN ('owned', 'complaint') GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'waiting', person, '', sum(number), COALESCE(sum(number) FILTER (WHERE day < %(today)s), 0), 0 FROM tally
        WHERE of = 'due' AND label IN ('open', 'late') GROUP BY 2
    UNION ALL
    SELECT of, person, '', COALESCE(sum(number) FILTER (WHERE label = 'kept'), 0),
        COALESCE(sum(number) FILTER (WHERE NOT {PENDING}), 0), COALESCE(sum(number) FILTER (WHERE {PENDING}), 0)
        FROM dated WHERE of = 'due' AND label IN ('kept', 'missed', 'open') GROUP BY 1, 2
    UNION ALL
    SELECT of, person, '', COALESCE(sum(number) FILTER (WHERE label = 'came'), 0),
        COALESCE(sum(number) FILTER (WHERE label = 'left'), 0), 0
        FROM dated WHERE of = 'moved' AND label IN ('came', 'left') AND day <= %(today)s GROUP BY 1, 2
    UNION ALL
    SELECT of, person, label, sum(number), sum(amount), 0 FROM dated
        WHERE of = 'spent' AND person = ANY(%(people)s::bigint[]) AND day <= %(today)s GROUP BY 1, 2, 3
""")


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
    """Of each person with any of it, by the tally that is kept of it. One query."""
    weight_of = {tier: getattr(company, f"weight_{tier.lower()}") for tier in TIERS}
    found: dict[int, Work] = defaultdict(Work)
    chosen = None if people is None else list(people)
    rows = WORK.rows({"today": asked.today, "start": period.start, "end": period.end, "people": chosen})
    for kind, person, label, first, second, third in (row for row in rows if any(row[3:])):
        work = found[person]
        match kind:
            case "owned":
                work.clients += first
                work.weight += first * weight_of[label]
            case "complaint":
                work.complaints = first
            case "waiting":
                work.open, work.overdue = first, second
            case "due":
                matured = asked.today > period.last
                work.on_time = ratio(Unit.SHARE, first, second, pending=third, matured=matured)
            case "moved":
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

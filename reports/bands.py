"""Figures that compare groups of clients: by how often we talk, by what they said, before and after a new manager.

Like those of ``reports.worth`` they are asked from source rows, with one period, one statement each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from clients.metrics import ORDER_DAYS, ORDER_NET, ORDER_VALID, PERIOD, on_day
from core.figures import Figure, Part, Question, Unit, ratio
from feedback.metrics import DETRACTOR, PERFECT, PROMOTER
from reports import queries
from reports.statements import ROWS, SEGMENT_FILTER, STORED
from retention.metrics.statements import RUN

TALK_DAYS = 90
AROUND_DAYS = 90
HAPPY_DAYS = 180
TALKS = ("0", "1", "2-3", "4+")
SCORES = ("1-6", "7-8", "9-10")

#: Clients active on the eve, by the contacts made with them in the 90 days before the period.
BY_TALKS = f"""
    SELECT CASE WHEN t.n IS NULL THEN '0' WHEN t.n = 1 THEN '1' WHEN t.n <= 3 THEN '2-3' ELSE '4+' END,
        count(*), count(*) FILTER (WHERE EXISTS (
            SELECT 1 FROM run r1 WHERE r1.client_id = r0.client_id AND r1.from_day <= p.seen AND r1.until_day > p.seen))
    FROM period p JOIN run r0 ON r0.from_day <= p.start - 1 AND r0.until_day > p.start - 1 {on_day("r0", "p.start")}
    LEFT JOIN (
        SELECT client_id, count(*) AS n FROM work_touch
        WHERE state = 'done' AND closed_at <= %(moment)s
            AND closed_at >= (%(since)s::date - {TALK_DAYS})::timestamp AT TIME ZONE %(zone)s
            AND closed_at < %(since)s::date::timestamp AT TIME ZONE %(zone)s
        GROUP BY client_id
    ) t ON t.client_id = r0.client_id
    WHERE p.start <= %(today)s AND {SEGMENT_FILTER} GROUP BY 1
"""


def retention_by_talks(asked: Question) -> Mapping[str, Figure]:
    """Retention of clients by how often somebody talked to them before the period (row E2)."""
    rows = queries.fetched(ROWS.put_together((PERIOD, RUN), BY_TALKS, segmented=True), asked.params())
    counts = {band: (kept, base) for band, base, kept in rows}
    return {band: ratio(Unit.SHARE, *counts.get(band, (0, 0))) for band in TALKS}


#: Buyers of the period by their latest answer known on its last day.
BY_SCORES = f"""
    SELECT s.band, s.perfect, count(*), count(*) FILTER (WHERE b.days >= 2) FROM (
        SELECT o.client_id, count(*) AS days FROM order_day o {on_day("o", "o.day")} WHERE {SEGMENT_FILTER}
        GROUP BY o.client_id
    ) b JOIN (
        SELECT DISTINCT ON (client_id) client_id, score = 10 AS perfect,
            CASE WHEN score < 7 THEN '1-6' WHEN score < {PERFECT} THEN '7-8' ELSE '9-10' END AS band
        FROM feedback_surveyresponse WHERE scale = 'csat10' AND about = 'company' AND answered_at <= %(moment)s
            AND answered_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s
        ORDER BY client_id, answered_at DESC, id DESC
    ) s ON s.client_id = b.client_id GROUP BY 1, 2
"""


def repeat_by_scores(asked: Question) -> Mapping[str, Figure]:
    """Share of buyers who bought on two days or more, by what they last said of us (row E10); "10" on its own too."""
    rows = queries.fetched(ROWS.put_together((ORDER_DAYS,), BY_SCORES, segmented=True), asked.params())
    found = {
        band: ratio(Unit.SHARE, sum(row[3] for row in some), sum(row[2] for row in some))
        for band in SCORES
        for some in [[row for row in rows if row[0] == band]]
    }
    tens = [row for row in rows if row[1]]
    return {**found, "10": ratio(Unit.SHARE, sum(row[3] for row in tens), sum(row[2] for row in tens))}


@dataclass(frozen=True, slots=True)
class Change:
    """What clients said and bought in the 90 days before and after they got another manager."""

    score_before: Figure
    score_after: Figure
    revenue_before: Figure
    revenue_after: Figure
    changes: int
    pending: int  # their 90 days are not over


#: A change is looked up by its client: few of them however many orders there are.
CHANGES = f"""
    WITH turn AS MATERIALIZED (
        SELECT a.id, a.client_id, (a.started_at AT TIME ZONE %(zone)s)::date AS day
        FROM clients_assignment a
        WHERE a.started_at <= %(moment)s AND (%(manager)s::bigint IS NULL OR a.user_id = %(manager)s)
            AND a.started_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
            AND a.started_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s
            AND EXISTS (SELECT 1 FROM clients_assignment b WHERE b.client_id = a.client_id AND b.id <> a.id
                AND b.started_at < a.started_at AND b.user_id <> a.user_id)
    ), whole AS MATERIALIZED (SELECT * FROM turn WHERE day + {AROUND_DAYS} <= %(today)s)
    SELECT (SELECT count(*) FROM turn), count(*), sum(said.score_before), sum(said.before), sum(said.score_after),
        sum(said.after), sum(bought.before), sum(bought.after)
    FROM whole w CROSS JOIN LATERAL (
        SELECT sum(s.score) FILTER (WHERE NOT s.later) AS score_before, count(*) FILTER (WHERE NOT s.later) AS before,
            sum(s.score) FILTER (WHERE s.later) AS score_after, count(*) FILTER (WHERE s.later) AS after
        FROM (
            SELECT r.score, r.answered_at >= w.day::timestamp AT TIME ZONE %(zone)s AS later
            FROM feedback_surveyresponse r WHERE r.client_id = w.client_id AND r.scale = 'csat10'
                AND r.about IN ('company', 'manager') AND r.answered_at <= %(moment)s
                AND r.answered_at >= (w.day - {AROUND_DAYS})::timestamp AT TIME ZONE %(zone)s
                AND r.answered_at < (w.day + {AROUND_DAYS})::timestamp AT TIME ZONE %(zone)s
        ) s
    ) said CROSS JOIN LATERAL (
        SELECT sum(n.net) FILTER (WHERE NOT n.later) AS before, sum(n.net) FILTER (WHERE n.later) AS after FROM (
            SELECT {ORDER_NET} AS net, o.ordered_at >= w.day::timestamp AT TIME ZONE %(zone)s AS later
            FROM clients_order o WHERE o.client_id = w.client_id AND {ORDER_VALID}
                AND o.ordered_at >= (w.day - {AROUND_DAYS})::timestamp AT TIME ZONE %(zone)s
                AND o.ordered_at < (w.day + {AROUND_DAYS})::timestamp AT TIME ZONE %(zone)s
        ) n
    ) bought
"""


def around_changes_of_owner(asked: Question) -> Change:
    """Score and revenue 90 days before and after a change of owner in the period (row C15); a manager's are those
    that he took over. Only changes whose 90 days are over are compared.
    """
    [row] = queries.fetched(CHANGES, asked.params(), source=STORED)  # by index, client by client
    turns, whole = row[0], row[1]
    scores = [ratio(Unit.SCORE, row[place] or 0, row[place + 1] or 0) for place in (2, 4)]
    money = [ratio(Unit.MONEY, row[place] or 0, whole) for place in (6, 7)]
    return Change(scores[0], scores[1], money[0], money[1], turns, turns - whole)


#: Means of the latest half year, of everybody or of one client.
HAPPY = f"""
    SELECT avg(o.score) FILTER (WHERE o.scale = 'csat10'), count(*) FILTER (WHERE o.scale = 'csat10'),
        count(*) FILTER (WHERE o.scale = 'nps' AND o.latest AND o.score >= {PROMOTER})
            - count(*) FILTER (WHERE o.scale = 'nps' AND o.latest AND o.score <= {DETRACTOR}),
        count(*) FILTER (WHERE o.scale = 'nps' AND o.latest),
        (SELECT count(*) FROM complaint), (SELECT count(*) FROM complaint WHERE state = 'resolved')
    FROM (
        SELECT o.*, row_number() OVER (PARTITION BY o.client_id, o.scale ORDER BY o.answered_at DESC, o.id DESC) = 1 AS latest
        FROM feedback_surveyresponse o {on_day("o", "(o.answered_at AT TIME ZONE %(zone)s)::date")}
        WHERE o.about = 'company' AND o.answered_at <= %(moment)s AND {{some}} AND {{lately}} AND {SEGMENT_FILTER}
    ) o
"""
COMPLAINTS = f"""
    SELECT o.* FROM feedback_complaint o {on_day("o", "(o.opened_at AT TIME ZONE %(zone)s)::date")}
    WHERE o.opened_at <= %(moment)s AND {{some}} AND {{lately}} AND {SEGMENT_FILTER}
"""


def happiness(asked: Question, *, client: int | None = None) -> Figure:
    """Mean of what there is of CSAT as 0–100, (NPS + 100) / 2 and the share of complaints solved, over the 180 days up to
    the last day of the period; without an answer in them there is no data.
    """
    [period] = asked.periods
    last = min(period.last, asked.today)
    params = {**asked.params(), "client": client, "first": last - timedelta(days=HAPPY_DAYS - 1), "last": last}
    some = "(%(client)s::bigint IS NULL OR o.client_id = %(client)s)"
    lately = "({} AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s"
    complaint = Part("complaint", COMPLAINTS.format(some=some, lately=lately.format("o.opened_at")))
    sql = HAPPY.format(some=some, lately=lately.format("o.answered_at"))
    [row] = queries.fetched(ROWS.put_together((complaint,), sql, segmented=True), params)
    score, answers, balance, asked_nps, complaints, solved = row
    parts = {
        "csat10": (float(score) - 1) / 9 * 100 if answers else None,
        "nps": (100 * balance / asked_nps + 100) / 2 if asked_nps else None,
        "solved": 100 * solved / complaints if complaints else None,
    }
    known = [value for value in parts.values() if value is not None] if answers or asked_nps else []
    return ratio(Unit.POINTS, sum(known), len(known), extras=parts)

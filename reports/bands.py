"""Figures that compare groups of clients: by how often we talk, by what they said, before and after a new manager.

Like those of ``reports.worth`` they are asked with one period, one statement each; ``*_behind`` says who is in a group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from clients.metrics import ORDER_NET, ORDER_VALID, PERIOD, on_day
from core.figures import Counted, Figure, Number, Part, Question, Unit, months_of, ratio
from core.prepared import Asking
from feedback.metrics import DETRACTOR, PROMOTER
from reports import facts, queries
from reports.heard import AGAIN_DAYS, HAPPY_DAYS, SAID, SCALES, SCORE_BAND, TALK_BAND, TALK_DAYS
from reports.managers.moves import CHANGE_DAYS, MOVE
from reports.statements import ROWS, SEGMENT_FILTER, Source
from retention.metrics.statements import RUN

TALKS = ("0", "1", "2-3", "4+")
STORED_RUN = Part("run", "SELECT * FROM reports_run", inline=True)
GROUP = "AND g.client_id > %(beyond)s ORDER BY g.client_id LIMIT %(limit)s"

#: Clients active on the eve, by the contacts made with them in the 90 days before the period.
TALK_ROWS = f"""
    SELECT r0.client_id, {TALK_BAND.format(n="t.n")} AS band,
        EXISTS (
            SELECT 1 FROM run r1 WHERE r1.client_id = r0.client_id AND r1.from_day <= p.seen AND r1.until_day > p.seen
        ) AS stayed
    FROM period p JOIN run r0 ON r0.from_day <= p.start - 1 AND r0.until_day > p.start - 1 {on_day("r0", "p.start")}
    LEFT JOIN (
        SELECT client_id, count(*) AS n FROM work_touch
        WHERE state = 'done' AND closed_at <= %(moment)s
            AND closed_at >= (%(since)s::date - {TALK_DAYS})::timestamp AT TIME ZONE %(zone)s
            AND closed_at < %(since)s::date::timestamp AT TIME ZONE %(zone)s
        GROUP BY client_id
    ) t ON t.client_id = r0.client_id
    WHERE p.start <= %(today)s AND {SEGMENT_FILTER}
"""
BY_TALKS = f"SELECT band, count(*), count(*) FILTER (WHERE stayed) FROM ({TALK_ROWS}) g GROUP BY band"
IN_TALKS = f"SELECT DISTINCT g.client_id FROM ({TALK_ROWS}) g WHERE band = %(band)s {GROUP}"


def _runs(asked: Question, select: str, source: Source, **more: Any) -> list[tuple[Any, ...]]:
    parts = (PERIOD, STORED_RUN if source.stored else RUN)
    sql = source.put_together(parts, select, segmented=True)
    return queries.fetched(sql, {**asked.params(), **more}, source=source)


def retention_by_talks(
    asked: Question, *, source: Source = ROWS, said: facts.Said | None = None, everybody: Counted | None = None
) -> Mapping[str, Figure]:
    """Retention of clients by how often somebody talked to them before the period (row E2)."""
    [period] = asked.periods
    if source.stored and period.one_month and facts.fits(asked):
        counts = _kept_talks(asked, said, everybody)
    else:
        counts = {band: (kept, base) for band, base, kept in _runs(asked, BY_TALKS, source)}
    return {band: ratio(Unit.SHARE, *counts.get(band, (0, 0))) for band in TALKS}


def _said(asked: Question, months: Sequence[date], said: facts.Said | None) -> facts.Said:
    """A page that shows several of these figures has read their months already."""
    return facts.said_sums(asked, months) if said is None else {month: said.get(month, {}) for month in months}


def _kept_talks(
    asked: Question, kept_months: facts.Said | None, everybody: Counted | None
) -> dict[str, tuple[int, int]]:
    """The cube knows with whom somebody talked; all the others of those who could stay were not talked to."""
    [period] = asked.periods
    said = _said(asked, [period.start], kept_months).get(period.start, {})
    spoken, talked = TALKS[1:], {}
    for band in spoken:
        talked[band] = (int(said.get(f"talk_{band}_stayed", 0)), int(said.get(f"talk_{band}_n", 0)))
    sums = everybody.sums if everybody else facts.cube_sums(asked)[period.start]
    kept, base = (int(sums.get(name, 0)) for name in ("kept", "base"))
    silent = (kept - sum(stayed for stayed, _n in talked.values()), base - sum(n for _stayed, n in talked.values()))
    return {TALKS[0]: silent, **talked}


def talks_behind(asked: Question, *, band: str, beyond: int, limit: int, source: Source = ROWS) -> list[int]:
    rows = _runs(asked, IN_TALKS, source, band=band, beyond=beyond, limit=limit)
    return [client for (client,) in rows]


#: Answers of the period by their height, and whether the client ordered again within 90 days.
ANSWER_DAY = "(s.answered_at AT TIME ZONE %(zone)s)::date"
SCORE_ROWS = f"""
    SELECT r.client_id, r.scale, r.score, {SCORE_BAND.format(alias="r")} AS band,
        r.day + {AGAIN_DAYS} <= %(today)s AS observed,
        EXISTS (
            SELECT 1 FROM clients_order o WHERE o.client_id = r.client_id AND {ORDER_VALID}
                AND o.ordered_at > r.answered_at
                AND o.ordered_at < (r.day + {AGAIN_DAYS} + 1)::timestamp AT TIME ZONE %(zone)s) AS again
    FROM (
        SELECT s.client_id, s.scale, s.score, s.answered_at, {ANSWER_DAY} AS day
        FROM feedback_surveyresponse s {on_day("s", ANSWER_DAY)}
        WHERE s.answered_at <= %(moment)s AND {SEGMENT_FILTER}
            AND {SCALES.format(alias="s")}
            AND s.answered_at >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
            AND s.answered_at < %(until)s::date::timestamp AT TIME ZONE %(zone)s
    ) r
"""
BY_SCORES = f"""
    SELECT scale, band, count(*), sum(score), count(*) FILTER (WHERE observed), count(*) FILTER (WHERE observed AND again)
    FROM ({SCORE_ROWS}) g GROUP BY 1, 2 ORDER BY 1, 2
"""
IN_SCORES = f"SELECT DISTINCT g.client_id FROM ({SCORE_ROWS}) g WHERE scale = %(scale)s AND band = %(band)s {GROUP}"


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


def _answers(asked: Question, select: str, source: Source, **more: Any) -> list[tuple[Any, ...]]:
    sql = source.put_together((), select, segmented=True)
    return queries.fetched(sql, {**asked.params(), **more}, source=source)


def repeat_by_scores(asked: Question, *, source: Source = ROWS, said: facts.Said | None = None) -> list[Band]:
    """How many ordered again after an answer, by its height (row E10): on either scale, never both together."""
    [period] = asked.periods
    if source.stored and period.whole_months and facts.fits(asked):
        return _kept_scores(asked, said)
    return [Band(*row) for row in _answers(asked, BY_SCORES, source)]


def _kept_scores(asked: Question, said: facts.Said | None) -> list[Band]:
    [period] = asked.periods
    total: Counter[str] = Counter()
    for sums in _said(asked, [month.start for month in months_of(period)], said).values():
        total.update(sums)
    found = []
    for scale, bands in (("csat10", 4), ("csat5", 3)):
        for band in range(bands):
            answers, score, seen, again = (total[f"{scale}_{band}_{name}"] for name in SAID)
            if answers:
                found.append(Band(scale, band, int(answers), Decimal(score), int(seen), int(again)))
    return found


def scores_behind(
    asked: Question, *, scale: str, band: int, beyond: int, limit: int, source: Source = ROWS
) -> list[int]:
    rows = _answers(asked, IN_SCORES, source, scale=scale, band=band, beyond=beyond, limit=limit)
    return [client for (client,) in rows]


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
CHANGES = Asking(f"""
    WITH turn AS MATERIALIZED (
        SELECT m.client_id, m.day FROM ({MOVE}) m WHERE %(manager)s::bigint IS NULL OR m.to_id = %(manager)s
    ), whole AS MATERIALIZED (SELECT * FROM turn WHERE day + {CHANGE_DAYS} <= %(today)s)
    SELECT (SELECT count(*) FROM turn), count(*), sum(said.score_before), sum(said.before), sum(said.score_after),
        sum(said.after), sum(bought.before), sum(bought.after)
    FROM whole w CROSS JOIN LATERAL (
        SELECT sum(s.score) FILTER (WHERE NOT s.later) AS score_before, count(*) FILTER (WHERE NOT s.later) AS before,
            sum(s.score) FILTER (WHERE s.later) AS score_after, count(*) FILTER (WHERE s.later) AS after
        FROM (
            SELECT r.score, r.answered_at >= w.day::timestamp AT TIME ZONE %(zone)s AS later
            FROM feedback_surveyresponse r WHERE r.client_id = w.client_id AND r.scale = 'csat10'
                AND r.about = 'company' AND r.answered_at <= %(moment)s
                AND r.answered_at >= (w.day - {CHANGE_DAYS})::timestamp AT TIME ZONE %(zone)s
                AND r.answered_at < (w.day + {CHANGE_DAYS})::timestamp AT TIME ZONE %(zone)s
        ) s
    ) said CROSS JOIN LATERAL (
        SELECT sum(n.net) FILTER (WHERE NOT n.later) AS before, sum(n.net) FILTER (WHERE n.later) AS after FROM (
            SELECT {ORDER_NET} AS net, o.ordered_at >= w.day::timestamp AT TIME ZONE %(zone)s AS later
            FROM clients_order o WHERE o.client_id = w.client_id AND {ORDER_VALID}
                AND o.ordered_at >= (w.day - {CHANGE_DAYS})::timestamp AT TIME ZONE %(zone)s
                AND o.ordered_at < (w.day + {CHANGE_DAYS})::timestamp AT TIME ZONE %(zone)s
        ) n
    ) bought
""")
MOVED = f"""
    SELECT DISTINCT g.client_id FROM ({MOVE}) g WHERE (%(manager)s::bigint IS NULL OR g.to_id = %(manager)s) {GROUP}
"""


def around_changes_of_owner(asked: Question) -> Change:
    """Score and revenue 90 days before and after a change of owner in the period (row C15); a manager's are those
    that he took over. Only changes whose 90 days are over are compared.
    """
    [period] = asked.periods
    params = {**asked.params(), "start": period.start, "end": period.end}
    [row] = CHANGES.rows(params)  # by index, client by client
    turns, whole = row[0], row[1]
    scores = [ratio(Unit.SCORE, row[place] or 0, row[place + 1] or 0) for place in (2, 4)]
    money = [ratio(Unit.MONEY, row[place] or 0, whole) for place in (6, 7)]
    return Change(scores[0], scores[1], money[0], money[1], turns, turns - whole)


def changes_behind(asked: Question, *, beyond: int, limit: int) -> list[int]:
    [period] = asked.periods
    more = {"start": period.start, "end": period.end, "beyond": beyond, "limit": limit}
    return [client for (client,) in queries.fetched(MOVED, {**asked.params(), **more})]


#: Means of the latest half year, of everybody or of one client.
HAPPY = f"""
    SELECT sum(o.score) FILTER (WHERE o.scale = 'csat10'), count(*) FILTER (WHERE o.scale = 'csat10'),
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


def happiness(
    asked: Question, *, client: int | None = None, source: Source = ROWS, said: facts.Said | None = None
) -> Figure:
    """Mean of what there is of CSAT as 0–100, (NPS + 100) / 2 and the share of complaints solved, over the 180 days up to
    the last day of the period; without an answer in them there is no data.
    """
    [period] = asked.periods
    last = min(period.last, asked.today)
    at_end = last == asked.today or (last + timedelta(days=1)).day == 1
    if source.stored and client is None and at_end and facts.fits(asked):
        month = last.replace(day=1)
        kept = _said(asked, [month], said).get(month, {})
        names = ("happy_score", "happy_csat", "happy_balance", "happy_nps", "happy_complaints", "happy_solved")
        return _happiness(*(kept.get(name, 0) for name in names))
    params = {**asked.params(), "client": client, "first": last - timedelta(days=HAPPY_DAYS - 1), "last": last}
    some = "(%(client)s::bigint IS NULL OR o.client_id = %(client)s)"
    lately = "({} AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s"
    complaint = Part("complaint", COMPLAINTS.format(some=some, lately=lately.format("o.opened_at")))
    sql = HAPPY.format(some=some, lately=lately.format("o.answered_at"))
    [row] = queries.fetched(ROWS.put_together((complaint,), sql, segmented=True), params)
    return _happiness(*row)


def _happiness(
    score: Number, answers: Number, balance: Number, asked_nps: Number, complaints: Number, solved: Number
) -> Figure:
    parts = {
        "csat10": (float(score) / float(answers) - 1) / 9 * 100 if answers else None,
        "nps": (100 * float(balance) / float(asked_nps) + 100) / 2 if asked_nps else None,
        "solved": 100 * float(solved) / float(complaints) if complaints else None,
    }
    known = [value for value in parts.values() if value is not None] if answers or asked_nps else []
    return ratio(Unit.POINTS, sum(known), len(known), extras=parts)

"""Quality watch: the mean score of seven days against the four weeks before, of everybody and of each manager (row A20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext as _

from core.prepared import Asking
from feedback.enums import Scale
from reports.rules import DROP, DROP_OF_FIVE, EARLIER_ANSWERS, LATEST_ANSWERS, scores_dropped

#: By the manager of the answer's day; answers of today count, and those about a product say nothing of a person. The
#: row without a manager is everybody's. A scale has the name of its figure. Whole days come from what is counted along,
#: the days on which a window begins or ends from their answers.
SCORES = Asking("""
    SELECT g.person, COALESCE(u.username, ''), COALESCE(u.name, ''), g.scale,
        g.latest / 100.0 / NULLIF(g.n, 0), g.n, g.earlier / 100.0 / NULLIF(g.m, 0), g.m FROM (
        SELECT s.person, s.scale, sum(s.amount) FILTER (WHERE s.latest) AS latest,
            COALESCE(sum(s.number) FILTER (WHERE s.latest), 0) AS n,
            sum(s.amount) FILTER (WHERE NOT s.latest) AS earlier,
            COALESCE(sum(s.number) FILTER (WHERE NOT s.latest), 0) AS m
        FROM (
            SELECT t.person, t.label AS scale, t.day > %(week_day)s AS latest, t.number, t.amount
            FROM reports_worktally t WHERE t.of = 'score' AND t.label IN ('csat10', 'csat5') AND t.day > %(since_day)s
                AND t.day < %(today)s AND t.day <> %(week_day)s
            UNION ALL
            SELECT a.user_id, r.scale, r.answered_at >= %(week)s, 1, round(r.score * 100)::int
            FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS d (starts, ends) CROSS JOIN LATERAL (
                SELECT client_id, scale, score, answered_at FROM feedback_surveyresponse WHERE scale IN ('csat10', 'csat5')
                    AND about <> 'product' AND answered_at >= d.starts AND answered_at < d.ends OFFSET 0
            ) r CROSS JOIN LATERAL (
                SELECT user_id FROM clients_assignment WHERE client_id = r.client_id AND started_at <= r.answered_at
                    AND (ended_at IS NULL OR ended_at > r.answered_at) OFFSET 0
            ) a
        ) s GROUP BY GROUPING SETS ((s.person, s.scale), (s.scale)) HAVING sum(s.number) <> 0
    ) g LEFT JOIN staff_user u ON u.id = g.person ORDER BY g.person IS NOT NULL, u.name, u.id, g.scale
""")


WHO = """
    SELECT DISTINCT r.client_id FROM feedback_surveyresponse r JOIN clients_assignment a ON a.client_id = r.client_id
        AND a.started_at <= r.answered_at AND (a.ended_at IS NULL OR a.ended_at > r.answered_at)
    WHERE r.scale = %(scale)s AND r.about <> 'product' AND r.answered_at >= %(since)s AND r.answered_at < %(until)s
        AND (%(manager)s::bigint IS NULL OR a.user_id = %(manager)s) AND r.client_id > %(beyond)s
    ORDER BY r.client_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Watched:
    manager: int | None
    username: str
    name: str
    scale: str
    latest: float | None
    latest_answers: int
    earlier: float | None
    earlier_answers: int

    @property
    def comparable(self) -> bool:
        return self.latest_answers >= LATEST_ANSWERS and self.earlier_answers >= EARLIER_ANSWERS

    @property
    def dropped(self) -> bool:
        if self.latest is None or self.earlier is None:
            return False
        return scores_dropped(
            latest=self.latest,
            latest_answers=self.latest_answers,
            earlier=self.earlier,
            earlier_answers=self.earlier_answers,
            by=DROP_OF_FIVE if self.scale == Scale.CSAT5 else DROP,
        )


def quality(*, now: datetime) -> list[Watched]:
    """The whole department first."""
    week, since, today = now - timedelta(days=7), now - timedelta(days=35), localdate(now)
    values: dict[str, Any] = {
        "week": week,
        "since_day": localdate(since),
        "week_day": localdate(week),
        "today": today,
        "starts": [since, _day(localdate(week)), _day(today)],
        "ends": [_day(localdate(since), 1), _day(localdate(week), 1), now + timedelta.resolution],
    }
    found = []
    for manager, username, name, scale, latest, n, earlier, m in SCORES.rows(values):
        means = [None if mean is None else float(mean) for mean in (latest, earlier)]
        shown = name if manager else _("Whole department")
        found.append(Watched(manager, username, shown, scale, means[0], n, means[1], m))
    return found


def _day(day: date, after: int = 0) -> datetime:
    return make_aware(datetime.combine(day + timedelta(days=after), time.min))


def quality_behind(
    *, now: datetime, scale: str, latest: bool, manager: int | None, beyond: int, limit: int
) -> list[tuple[int, ...]]:
    """Clients whose answers of the last seven days, or of the four weeks before, make up a mean."""
    week = now - timedelta(days=7)
    since, until = (week, now + timedelta.resolution) if latest else (now - timedelta(days=35), week)
    values: dict[str, Any] = {"scale": scale, "since": since, "until": until, "manager": manager}
    with connection.cursor() as cursor:
        cursor.execute(WHO, {**values, "beyond": beyond, "limit": limit})
        return list(cursor.fetchall())

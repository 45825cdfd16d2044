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

#: Today and the six days before it; the four weeks before those.
LATEST_DAYS, EARLIER_DAYS = 7, 28
#: By the manager of the answer's moment; answers of today count, and those about a product say nothing of a person. The
#: row without a manager is everybody's. A scale has the name of its figure. Whole days, as they are counted along.
SCORES = Asking("""
    SELECT g.person, COALESCE(u.username, ''), COALESCE(u.name, ''), g.scale,
        g.latest / 100.0 / NULLIF(g.n, 0), g.n, g.earlier / 100.0 / NULLIF(g.m, 0), g.m FROM (
        SELECT person, label AS scale, sum(amount) FILTER (WHERE day >= %(week)s) AS latest,
            COALESCE(sum(number) FILTER (WHERE day >= %(week)s), 0) AS n,
            sum(amount) FILTER (WHERE day < %(week)s) AS earlier,
            COALESCE(sum(number) FILTER (WHERE day < %(week)s), 0) AS m
        FROM reports_worktally WHERE of = 'score' AND label IN ('csat10', 'csat5')
            AND day >= %(since)s AND day <= %(today)s
        GROUP BY GROUPING SETS ((person, label), (label)) HAVING sum(number) <> 0
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
    week, since, today = _days(now)
    found = []
    for manager, username, name, scale, latest, n, earlier, m in SCORES.rows(
        {"week": week, "since": since, "today": today}
    ):
        means = [None if mean is None else float(mean) for mean in (latest, earlier)]
        shown = name if manager else _("Whole department")
        found.append(Watched(manager, username, shown, scale, means[0], n, means[1], m))
    return found


def _days(now: datetime) -> tuple[date, date, date]:
    """On which the latest and the earlier days begin, and today."""
    today = localdate(now)
    week = today - timedelta(days=LATEST_DAYS - 1)
    return week, week - timedelta(days=EARLIER_DAYS), today


def quality_behind(
    *, now: datetime, scale: str, latest: bool, manager: int | None, beyond: int, limit: int
) -> list[tuple[int, ...]]:
    """Clients whose answers of the last seven days, or of the four weeks before, make up a mean."""
    week, earlier, today = _days(now)
    first, end = (week, today + timedelta(days=1)) if latest else (earlier, week)
    since, until = (make_aware(datetime.combine(day, time.min)) for day in (first, end))
    values: dict[str, Any] = {"scale": scale, "since": since, "until": until, "manager": manager}
    with connection.cursor() as cursor:
        cursor.execute(WHO, {**values, "beyond": beyond, "limit": limit})
        return list(cursor.fetchall())

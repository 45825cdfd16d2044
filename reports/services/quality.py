"""Quality watch: the mean score of seven days against the four weeks before, of everybody and of each manager (row A20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from feedback.enums import Scale
from reports.rules import DROP, DROP_OF_FIVE, EARLIER_ANSWERS, LATEST_ANSWERS, scores_dropped

#: By the manager of the answer's day; answers of today count, and those about a product say nothing of a person. The
#: row without a manager is everybody's. A scale has the name of its figure.
SCORES = """
    SELECT g.user_id, COALESCE(u.username, ''), COALESCE(u.name, ''), g.scale, g.latest, g.n, g.earlier, g.m FROM (
        SELECT a.user_id, r.scale, avg(r.score) FILTER (WHERE r.answered_at >= %(week)s) AS latest,
            count(*) FILTER (WHERE r.answered_at >= %(week)s) AS n,
            avg(r.score) FILTER (WHERE r.answered_at < %(week)s) AS earlier,
            count(*) FILTER (WHERE r.answered_at < %(week)s) AS m
        FROM feedback_surveyresponse r JOIN clients_assignment a ON a.client_id = r.client_id
            AND a.started_at <= r.answered_at AND (a.ended_at IS NULL OR a.ended_at > r.answered_at)
        WHERE r.scale IN ('csat10', 'csat5') AND r.about <> 'product' AND r.answered_at >= %(since)s
            AND r.answered_at <= %(now)s
        GROUP BY GROUPING SETS ((a.user_id, r.scale), (r.scale))
    ) g LEFT JOIN staff_user u ON u.id = g.user_id ORDER BY g.user_id IS NOT NULL, u.name, u.id, g.scale
"""


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
    values = {"week": now - timedelta(days=7), "since": now - timedelta(days=35), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(SCORES, values)
        rows = cursor.fetchall()
    found = []
    for manager, username, name, scale, latest, n, earlier, m in rows:
        means = [None if mean is None else float(mean) for mean in (latest, earlier)]
        shown = name if manager else _("Whole department")
        found.append(Watched(manager, username, shown, scale, means[0], n, means[1], m))
    return found


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

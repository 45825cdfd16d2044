"""Who has proven success (row B26): what came of people's work in a period, never how much of it they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import formats
from core.figures import Figure, Period, Question, Text, Unit, ratio
from core.intervals import wilson
from reports.managers.queries import Groups
from reports.queries import figure
from reports.wording import Wording, fraction
from staff.models import User

#: What is counted, in the order of the columns; the first one is by contracts, as the figure counts them.
OUTCOMES: Mapping[str, Text] = {
    "renewed": _("Contracts renewed"),
    "saved": _("Stopped projects saved"),
    "won": _("Clients won back"),
    "solved": _("Complaints solved in time"),
}
#: A stop belongs to whoever had the client on the day of it; a return to whoever tried; a complaint to whoever solved it.
FOUND = """
    SELECT s.person, u.name, u.username, s.kind, sum(s.good)::int, count(*)::int FROM (
        SELECT a.user_id AS person, 'saved' AS kind, (f.outcome = 'resumed')::int AS good
        FROM retention_freeze f JOIN clients_assignment a ON a.client_id = f.client_id
            AND (a.started_at AT TIME ZONE %(zone)s)::date <= f.stopped_on
            AND (a.ended_at IS NULL OR (a.ended_at AT TIME ZONE %(zone)s)::date > f.stopped_on)
        WHERE f.outcome <> '' AND f.ended_on >= %(start)s AND f.ended_on < %(end)s AND f.ended_on <= %(today)s
        UNION ALL
        SELECT w.assignee_id, 'won', (w.outcome = 'won')::int FROM retention_winback w
        WHERE w.outcome <> '' AND w.closed_at <= %(moment)s
            AND w.closed_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
            AND w.closed_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
        UNION ALL
        SELECT c.resolved_by_id, 'solved', (c.resolved_at <= c.deadline)::int FROM feedback_complaint c
        WHERE c.state = 'resolved' AND c.resolved_by_id IS NOT NULL AND c.resolved_at <= %(moment)s
            AND c.resolved_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
            AND c.resolved_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
    ) s JOIN staff_user u ON u.id = s.person GROUP BY s.person, u.name, u.username, s.kind
"""


@dataclass(slots=True)
class Leader:
    """One person with what came of his work; an outcome without a case is not there."""

    id: int
    name: str
    username: str
    has_page: bool  # an account manager has one
    outcomes: dict[str, Figure] = field(default_factory=dict)

    def surely(self, outcome: str) -> float:
        """The lower end of the interval of the share: one success of one does not lead ninety of a hundred."""
        found = self.outcomes.get(outcome)
        low_and_high = wilson(float(found.numerator or 0), float(found.denominator or 0)) if found else None
        return low_and_high[0] if low_and_high else -1.0


def leaders(asked: Question, period: Period, groups: Groups, managers: Iterable[User], *, by: str) -> list[Leader]:
    """Everybody with an outcome, the surest success first. One query."""
    found = {one.pk: Leader(one.pk, str(one), one.username, has_page=True) for one in managers}
    for pk, leader in found.items():
        answer = figure("renewal_rate", groups.of_manager(period, pk))
        if answer.denominator:
            leader.outcomes["renewed"] = answer
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {**asked.params(), "start": period.start, "end": period.end})
        for person, name, username, kind, good, cases in cursor.fetchall():
            leader = found.setdefault(person, Leader(person, name, username, has_page=False))
            leader.outcomes[kind] = ratio(Unit.SHARE, good, cases)
    known = [leader for leader in found.values() if leader.outcomes]
    return sorted(known, key=lambda leader: (-leader.surely(by), leader.name, leader.id))


@dataclass(frozen=True, slots=True)
class LeaderRow:
    name: str
    url: str
    cells: list[tuple[Text, str, str]]  # outcome, share, fraction


def leader_rows(people: Sequence[Leader], words: Wording) -> list[LeaderRow]:
    rows = []
    for one in people:
        cells = [
            (title, words.value(Unit.SHARE, found.value), fraction(found)) if found else (title, formats.NOTHING, "")
            for title, found in ((title, one.outcomes.get(key)) for key, title in OUTCOMES.items())
        ]
        rows.append(LeaderRow(one.name, reverse("reports:manager", args=[one.username]) if one.has_page else "", cells))
    return rows

"""Who has proven success (row B26): what came of people's work in a period, never how much of it they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from core import formats
from core.figures import Figure, Period, Question, Text, Unit, ratio
from core.intervals import wilson
from core.prepared import Asking
from reports.managers.queries import Groups
from reports.queries import figure
from reports.wording import Wording, address
from staff.models import User

#: What is counted, in the order of the columns; the first one is by contracts, as the figure counts them.
OUTCOMES: Mapping[str, Text] = {
    "renewed": _("Contracts renewed"),
    "saved": _("Stopped projects saved"),
    "won": _("Clients won back"),
    "solved": _("Complaints solved in time"),
}
#: A stop belongs to whoever had the client on the day of it; a return to whoever tried; a complaint to whoever solved it.
CASES = """
    SELECT a.user_id AS person, 'saved' AS kind, (f.outcome = 'resumed')::int AS good, f.client_id, f.id,
        f.ended_on AS day
    FROM retention_freeze f JOIN clients_assignment a ON a.client_id = f.client_id
        AND (a.started_at AT TIME ZONE %(zone)s)::date <= f.stopped_on
        AND (a.ended_at IS NULL OR (a.ended_at AT TIME ZONE %(zone)s)::date > f.stopped_on)
    WHERE f.outcome <> '' AND f.ended_on >= %(start)s AND f.ended_on < %(end)s AND f.ended_on <= %(today)s
    UNION ALL
    SELECT w.assignee_id, 'won', (w.outcome = 'won')::int, w.client_id, w.id, (w.closed_at AT TIME ZONE %(zone)s)::date
    FROM retention_winback w
    WHERE w.outcome <> '' AND w.closed_at <= %(moment)s
        AND w.closed_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
        AND w.closed_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
    UNION ALL
    SELECT c.resolved_by_id, 'solved', (c.resolved_at <= c.deadline)::int, c.client_id, c.id,
        (c.resolved_at AT TIME ZONE %(zone)s)::date
    FROM feedback_complaint c
    WHERE c.state = 'resolved' AND c.resolved_by_id IS NOT NULL AND c.resolved_at <= %(moment)s
        AND c.resolved_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
        AND c.resolved_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
"""
FOUND = Asking("""
    SELECT s.person, u.name, u.username, s.kind, s.good, s.cases FROM (
        SELECT t.person, t.of AS kind, COALESCE(sum(t.number) FILTER (WHERE t.label IN ('resumed', 'won', 'in time')), 0)::int
            AS good, sum(t.number)::int AS cases
        FROM reports_worktally t WHERE t.of IN ('saved', 'won', 'solved')
            AND t.label IN ('resumed', 'left', 'won', 'lost', 'in time', 'late')
            AND t.day >= %(start)s AND t.day < %(end)s AND t.day <= %(today)s
        GROUP BY t.person, t.of
    ) s JOIN staff_user u ON u.id = s.person WHERE s.cases > 0
""")
BEHIND = f"""
    SELECT s.id, c.name, s.day, s.good = 1 FROM ({CASES}) s JOIN clients_client c ON c.id = s.client_id
    WHERE s.person = %(person)s AND s.kind = %(kind)s ORDER BY s.good DESC, s.day DESC, s.id DESC LIMIT %(most)s
"""
#: What each outcome but the first is told of: where its page is, and how success and failure read.
STORIES: Mapping[str, tuple[str, Text, Text]] = {
    "saved": ("freezes:detail", _("goes on"), _("left")),
    "won": ("winbacks:page", _("came back"), _("did not come back")),
    "solved": ("complaints:detail", _("solved in time"), _("solved too late")),
}
MOST_CASES = 200


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
    values = {"today": asked.today, "start": period.start, "end": period.end}
    for pk, leader in found.items():
        answer = figure("renewal_rate", groups.of_manager(period, pk))
        if answer.denominator:
            leader.outcomes["renewed"] = answer
    for person, name, username, kind, good, cases in FOUND.rows(values):
        leader = found.setdefault(person, Leader(person, name, username, has_page=False))
        leader.outcomes[kind] = ratio(Unit.SHARE, good, cases)
    known = [leader for leader in found.values() if leader.outcomes]
    return sorted(known, key=lambda leader: (-leader.surely(by), leader.name, leader.id))


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that came of somebody's work, or did not."""

    client: str
    day: date
    good: bool
    word: Text
    url: str


def cases(asked: Question, period: Period, *, who: User, outcome: str) -> list[Case]:
    """What stands behind a share: the successes first, the latest of each first; one more than the page shows."""
    route, won, lost = STORIES[outcome]
    with connection.cursor() as cursor:
        cursor.execute(
            BEHIND,
            {
                **asked.params(),
                "start": period.start,
                "end": period.end,
                "person": who.pk,
                "kind": outcome,
                "most": MOST_CASES + 1,
            },
        )
        return [
            Case(client, day, good, won if good else lost, reverse(route, args=[pk]))
            for pk, client, day, good in cursor.fetchall()
        ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A cell of the table: of an outcome without a case nothing."""

    title: str
    value: str
    fraction: str
    url: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class LeaderRow:
    name: str
    url: str
    cells: list[Outcome]


def leader_rows(people: Sequence[Leader], period: Period, words: Wording) -> list[LeaderRow]:
    titles, days = {key: str(title) for key, title in OUTCOMES.items()}, f"from={period.start}&to={period.end}"
    rows = []
    for one in people:
        cells = [
            Outcome(
                title,
                words.value(Unit.SHARE, found.value),
                words.of(found),
                _cases_url(one.username, key, days),
                found.value,
            )
            if (found := one.outcomes.get(key))
            else Outcome(title, formats.NOTHING, "", "")
            for key, title in titles.items()
        ]
        rows.append(LeaderRow(one.name, address("reports:manager", one.username) if one.has_page else "", cells))
    return rows


def _cases_url(username: str, outcome: str, days: str) -> str:
    """Contracts are told of by the figure itself."""
    if outcome in STORIES:
        return f"{address('reports:leader_cases', username, outcome)}?{days}"
    return f"{address('reports:who', 'renewal_rate')}?{days}&{urlencode({'manager': username})}&side=denominator"

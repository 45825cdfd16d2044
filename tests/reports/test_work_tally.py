"""The tally of what people have in hand against counting the rows, after any sequence of changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction

from clients.enums import AssignmentReason
from clients.models import Assignment, Client
from core import queries as core_queries
from core.enums import Tier
from core.figures import Period
from feedback.enums import ComplaintState
from feedback.models import Complaint, SurveyResponse
from reports import queries
from reports.managers import leaders, people
from reports.managers.moves import MOVE
from reports.managers.queries import Groups
from reports.models import OwnerChange, WorkTally
from reports.services.quality import quality
from reports.services.tally import add_up_work
from retention.enums import FreezeOutcome, WinBackOutcome
from retention.models import Freeze, RefusalReason, WinBack
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_user
from tests.reports.worked_example import MOSCOW
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 15, 12, tzinfo=MOSCOW)
MIDNIGHT = datetime(2026, 4, 15, tzinfo=MOSCOW)
TOMORROW, WEEK, SINCE = MIDNIGHT + timedelta(days=1), MIDNIGHT - timedelta(days=6), MIDNIGHT - timedelta(days=34)
#: On both sides of where a window of the quality watch begins or ends.
EDGES = [
    edge + step
    for edge in (TOMORROW, WEEK, SINCE)
    for step in (-timedelta.resolution, timedelta(0), timedelta.resolution)
]
PERIODS = (
    Period(date(2026, 4, 1), date(2026, 5, 1)),
    Period(date(2026, 3, 1), date(2026, 4, 1)),
    Period(date(2026, 4, 5), date(2026, 4, 16)),
)
#: Who had the client before, looked up assignment by assignment.
MOVED = """
    SELECT a.id, a.client_id, p.user_id AS from_id, a.user_id AS to_id, (a.started_at AT TIME ZONE %(zone)s)::date AS day
    FROM clients_assignment a CROSS JOIN LATERAL (
        SELECT b.user_id FROM clients_assignment b
        WHERE b.client_id = a.client_id AND (b.started_at, b.id) < (a.started_at, a.id)
        ORDER BY b.started_at DESC, b.id DESC LIMIT 1
    ) p
    WHERE a.started_at >= %(start)s::date::timestamp AT TIME ZONE %(zone)s
        AND a.started_at < %(end)s::date::timestamp AT TIME ZONE %(zone)s
        AND a.started_at <= %(moment)s AND p.user_id <> a.user_id
"""

#: The scores of everybody and of each manager, answer by answer.
SCORES = """
    SELECT g.user_id, g.scale, g.latest, g.n, g.earlier, g.m FROM (
        SELECT a.user_id, r.scale, avg(r.score) FILTER (WHERE r.answered_at >= %(week)s) AS latest,
            count(*) FILTER (WHERE r.answered_at >= %(week)s) AS n,
            avg(r.score) FILTER (WHERE r.answered_at < %(week)s) AS earlier,
            count(*) FILTER (WHERE r.answered_at < %(week)s) AS m
        FROM feedback_surveyresponse r JOIN clients_assignment a ON a.client_id = r.client_id
            AND a.started_at <= r.answered_at AND (a.ended_at IS NULL OR a.ended_at > r.answered_at)
        WHERE r.scale IN ('csat10', 'csat5') AND r.about <> 'product' AND r.answered_at >= %(since)s
            AND r.answered_at < %(tomorrow)s
        GROUP BY GROUPING SETS ((a.user_id, r.scale), (r.scale))
    ) g LEFT JOIN staff_user u ON u.id = g.user_id ORDER BY g.user_id IS NOT NULL, u.name, u.id, g.scale
"""


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def day_of(moment: datetime) -> date:
    return moment.astimezone(MOSCOW).date()


def counted(user: User, period: Period) -> dict[str, Any]:
    """What the rows say of one person."""
    today, company = NOW.date(), core_queries.company()
    held = Assignment.objects.filter(user=user, ended_at=None, client__archived_at=None)
    tiers = list(held.values_list("client__tier", flat=True))
    own = Touch.objects.filter(assignee=user)
    due = own.filter(due_on__gte=period.start, due_on__lt=period.end, is_late=False)
    decided = due.filter(state=TouchState.DONE).count() + due.filter(state=TouchState.OPEN, due_on__lt=today).count()
    kept = [one for one in due.filter(state=TouchState.DONE) if one.closed_at and day_of(one.closed_at) <= one.due_on]
    minutes: dict[str, tuple[int, int]] = {}
    for one in Touch.objects.filter(closed_by=user, state=TouchState.DONE).exclude(minutes=None):
        if one.closed_at and period.start <= day_of(one.closed_at) < period.end and day_of(one.closed_at) <= today:
            purpose = {TouchKind.URGENT: "conflict", TouchKind.RENEWAL: "growth"}.get(TouchKind(one.kind), "service")
            number, spent = minutes.get(purpose, (0, 0))
            minutes[purpose] = (number + 1, spent + (one.minutes or 0))
    moves = [row for row in rows_of(MOVED, period) if user.pk in row[2:4]]
    return {
        "clients": len(tiers),
        "weight": sum(getattr(company, f"weight_{tier.lower()}") for tier in tiers),
        "open": own.filter(state=TouchState.OPEN).count(),
        "overdue": own.filter(state=TouchState.OPEN, due_on__lt=today).count(),
        "complaints": Complaint.objects.filter(responsible=user, state=ComplaintState.OPEN).count(),
        "came": sum(row[3] == user.pk for row in moves),
        "left": sum(row[2] == user.pk for row in moves),
        "on_time": (len(kept), decided, due.filter(state=TouchState.OPEN, due_on__gte=today).count()),
        "minutes": minutes,
        "outcomes": {kind: found for kind, found in outcomes_of(user, period).items() if found[1]},
    }


def outcomes_of(user: User, period: Period) -> dict[str, tuple[int, int]]:
    tried = [
        one.outcome == WinBackOutcome.WON
        for one in WinBack.objects.filter(assignee=user).exclude(outcome="")
        if one.closed_at and period.start <= day_of(one.closed_at) < period.end and day_of(one.closed_at) <= NOW.date()
    ]
    solved = [
        one.resolved_at <= one.deadline
        for one in Complaint.objects.filter(resolved_by=user, state=ComplaintState.RESOLVED)
        if one.resolved_at and period.start <= day_of(one.resolved_at) < min(period.end, NOW.date() + timedelta(days=1))
    ]
    saved = [
        one.outcome == FreezeOutcome.RESUMED
        for held in Assignment.objects.filter(user=user)
        for one in Freeze.objects.filter(client=held.client_id).exclude(outcome="")
        if day_of(held.started_at) <= one.stopped_on
        and (held.ended_at is None or one.stopped_on < day_of(held.ended_at))
        if one.ended_on and period.start <= one.ended_on < min(period.end, NOW.date() + timedelta(days=1))
    ]
    return {kind: (sum(good), len(good)) for kind, good in (("saved", saved), ("won", tried), ("solved", solved))}


def rows_of(sql: str, period: Period) -> list[tuple[Any, ...]]:
    asked = queries.question(period)
    with connection.cursor() as cursor:
        cursor.execute(sql, {**asked.params(), "start": period.start, "end": period.end})
        return sorted(cursor.fetchall())


def kept(user: User, period: Period) -> dict[str, Any]:
    """The same of the tally."""
    asked, company = queries.question(period), core_queries.company()
    work = people.work_of(asked, period, company=company, people=[user.pk]).get(user.pk, people.Work())
    everybody = people.work_of(asked, period, company=company).get(user.pk, people.Work())
    assert (everybody.clients, everybody.open, everybody.came) == (work.clients, work.open, work.came)
    answer = work.on_time
    on_time = (answer.numerator, answer.denominator, answer.pending) if answer else (0, 0, 0)
    return {
        "clients": work.clients,
        "weight": work.weight,
        "open": work.open,
        "overdue": work.overdue,
        "complaints": work.complaints,
        "came": work.came,
        "left": work.left,
        "on_time": on_time,
        "minutes": work.minutes,
        "outcomes": {
            kind: (one.numerator, one.denominator)
            for leader in leaders.leaders(asked, period, Groups(asked, {}), [], by="won")
            for kind, one in leader.outcomes.items()
            if leader.id == user.pk
        },
    }


def agrees(users: list[User]) -> None:
    for period in PERIODS:
        assert rows_of(MOVE, period) == rows_of(MOVED, period)
        for user in users:
            assert kept(user, period) == counted(user, period)


def scores_agree() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SCORES, {"week": WEEK, "since": SINCE, "tomorrow": TOMORROW})
        plain = [
            (who, scale, None if latest is None else float(latest), n, None if earlier is None else float(earlier), m)
            for who, scale, latest, n, earlier, m in cursor.fetchall()
        ]
    found = [
        (one.manager, one.scale, one.latest, one.latest_answers, one.earlier, one.earlier_answers)
        for one in quality(now=NOW)
    ]
    assert found == [pytest.approx(row) for row in plain]


def some_day(random: Random) -> datetime:
    return NOW + timedelta(days=random.randrange(-50, 12), hours=random.randrange(-14, 12))


def change_touches(random: Random, user: User, client: Client) -> None:
    touches, due = Touch.objects.filter(client=client), some_day(random).date()
    few = touches.filter(pk__in=list(touches.values_list("pk", flat=True)[:2]))
    match random.randrange(5):
        case 0:
            Touch.objects.bulk_create(
                Touch(client=client, assignee=user, kind=kind, due_from=due, due_on=due, is_late=random.random() < 0.2)
                for kind in random.choices([TouchKind.PLANNED, TouchKind.URGENT, TouchKind.RENEWAL], k=3)
            )
        case 1:
            touches.filter(state=TouchState.OPEN).update(
                state=TouchState.DONE,
                outcome=CallOutcome.REACHED,
                closed_at=some_day(random),
                closed_by=random.choice([user, None]),
                minutes=random.choice([5, 12, None]),
            )
        case 2:
            touches.update(due_on=due, due_from=due, assignee=user, is_late=random.random() < 0.2)
        case 3:
            few.update(state=random.choice([TouchState.CANCELLED, TouchState.OPEN]))
        case _:
            few.delete()


def change_owners(random: Random, user: User, client: Client) -> None:
    held = Assignment.objects.filter(client=client)
    if random.random() < 0.6:
        held.filter(ended_at=None).update(ended_at=NOW + timedelta(days=20))
        Assignment.objects.create(
            client=client, user=user, reason=AssignmentReason.TRANSFER, started_at=some_day(random)
        )
        return
    one = held.filter(pk=random.choice(list(held)).pk)
    one.update(started_at=some_day(random) - timedelta(days=40), user=user)
    if random.random() < 0.3:
        one.exclude(ended_at=None).delete()


def change_answers(random: Random, client: Client) -> None:
    told = {
        "scale": random.choice(["csat10", "csat5", "nps"]),
        "score": Decimal(random.choice(["1", "4.5", "5", "3.33"])),
        "about": random.choice(["company", "company", "product"]),
        "answered_at": random.choice([*EDGES, *(some_day(random) for _ in EDGES)]),
    }
    some = SurveyResponse.objects.filter(client=client).order_by("pk")
    if random.random() < 0.6:
        SurveyResponse.objects.bulk_create(SurveyResponse(client=client, **told) for _ in range(2))
    elif random.random() < 0.6:
        some.filter(pk__in=list(some.values_list("pk", flat=True)[:2])).update(**told)
    else:
        some.filter(pk__in=list(some.values_list("pk", flat=True)[:1])).delete()


def change_stops(random: Random, client: Client, other: Client) -> None:
    stopped = some_day(random).date()
    some = Freeze.objects.filter(client=client)
    few = some.filter(pk__in=list(some.order_by("-pk").values_list("pk", flat=True)[:2]))
    match random.randrange(6):
        case 0 | 1:
            ended = {"outcome": random.choice(FreezeOutcome.values), "ended_on": stopped + timedelta(days=3)}
            Freeze.objects.bulk_create(Freeze(client=client, stopped_on=stopped, **ended) for _ in range(2))
        case 2 if not some.filter(outcome="").exists():
            Freeze.objects.create(client=client, stopped_on=stopped)
        case 3:
            few.update(outcome=random.choice(FreezeOutcome.values), ended_on=NOW.date(), stopped_on=NOW.date())
        case 4:
            some.exclude(outcome="").update(client=other, stopped_on=stopped, ended_on=stopped)
        case _:
            few.delete()


def change_something(random: Random, users: list[User], clients: list[Client]) -> None:
    client, user = random.choice(clients), random.choice(users)
    match random.randrange(11):
        case 0:
            clients.append(make_client(user, tier=random.choice(Tier.values)))
        case 1:
            Client.objects.filter(pk__in=[client.pk, clients[0].pk]).update(
                tier=random.choice(Tier.values), archived_at=random.choice([None, None, NOW])
            )
        case 2:
            Complaint.objects.create(client=client, what_happened="Опоздали", responsible=user, deadline=NOW)
            some = Complaint.objects.filter(responsible=random.choice(users))
            if random.random() < 0.5:
                done = {"resolution": "Сделали", "resolved_at": some_day(random), "resolved_by": random.choice(users)}
                some.update(state=ComplaintState.RESOLVED, **done)
            else:
                some.update(state=ComplaintState.OPEN, responsible=user)
        case 3:
            outcome = random.choice(["", *WinBackOutcome.values])
            why = RefusalReason.objects.all()[0] if outcome == WinBackOutcome.LOST else None
            ended = {"outcome": outcome, "lost_reason": why, "closed_at": some_day(random) if outcome else None}
            if not WinBack.objects.filter(client=client, outcome="").exists():
                WinBack.objects.create(client=client, assignee=user, segment="refused", opened_on=NOW.date())
            WinBack.objects.filter(client=client, outcome="").update(assignee=random.choice(users), **ended)
        case 4:
            change_owners(random, user, client)
        case _:
            change_touches(random, user, client)


@pytest.mark.parametrize("seed", range(4))
def test_the_tally_says_what_the_rows_say_after_any_changes(seed: int) -> None:
    random = Random(seed)
    users = [make_user(Role.AM) for _ in range(3)]
    clients = [make_client(random.choice(users), tier=random.choice(Tier.values)) for _ in range(3)]
    add_up_work(now=NOW)
    for step in range(40):
        change_something(random, users, clients)
        heard = Random(f"{seed} {step}")
        change_answers(heard, heard.choice(clients))
        change_stops(heard, heard.choice(clients), heard.choice(clients))
        if step % 3 == 2:
            agrees(users)
            scores_agree()
        if step % 8 == 7:
            assert add_up_work(now=NOW) == {"counted": 0}
            assert not WorkTally.objects.filter(fresh=True).exists()
            agrees(users)
            scores_agree()
    assert OwnerChange.objects.exists()
    summed = stored()
    WorkTally.objects.filter(of="counted").delete()
    assert add_up_work(now=NOW) == {"counted": 1}
    assert stored() == summed


def stored() -> list[tuple[Any, ...]]:
    add_up_work(now=NOW)
    return sorted(WorkTally.objects.values_list("of", "label", "day", "person", "number", "amount"))


def test_another_zone_counts_everything_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(make_user(Role.AM))
    assert [add_up_work(now=NOW)["counted"] for _ in range(2)] == [1, 0]
    assert add_up_work(now=NOW + timedelta(days=1)) == {"counted": 1}
    monkeypatch.setattr(settings, "TIME_ZONE", "Asia/Vladivostok")
    assert add_up_work(now=NOW + timedelta(days=1)) == {"counted": 1}


def test_only_what_moves_a_sum_writes_to_the_tally() -> None:
    owner = make_user(Role.AM)
    client = make_client(owner)
    touch = Touch.objects.create(
        client=client, assignee=owner, kind=TouchKind.PLANNED, due_from=NOW.date(), due_on=NOW.date()
    )
    add_up_work(now=NOW)
    Touch.objects.filter(pk=touch.pk).update(note="Перезвонить", is_urgent=True)
    Client.objects.filter(pk=client.pk).update(name="Другой")
    Assignment.objects.filter(client=client).update(note="Сам попросил", to_distribute=True)
    assert not WorkTally.objects.filter(fresh=True).exists()
    Touch.objects.filter(pk=touch.pk).update(state=TouchState.CANCELLED)
    assert [(row.label, row.number) for row in WorkTally.objects.filter(fresh=True)] == [("open", -1)]


def _retier(clients: list[Client], users: list[User], random: Random) -> None:
    one = Client.objects.filter(pk=random.choice(clients).pk)
    one.update(tier=random.choice(Tier.values), archived_at=random.choice([None, None, NOW]))


def _hand_over(clients: list[Client], users: list[User], random: Random) -> None:
    one = random.choice(clients)
    current = Assignment.objects.select_for_update().get(client=one, ended_at=None)
    Assignment.objects.filter(pk=current.pk).update(ended_at=current.started_at)
    Assignment.objects.create(
        client=one, user=random.choice(users), reason=AssignmentReason.TRANSFER, started_at=current.started_at
    )


def _add_up(clients: list[Client], users: list[User], random: Random) -> None:
    add_up_work(now=NOW)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_changes_the_tier_while_another_takes_the_client_over() -> None:
    """Tier and owner stand in two rows: whoever comes second sees what the first has done. The sweep is at work as well."""
    users = [make_user(Role.AM) for _ in range(3)]
    clients = [make_client(users[0], tier="A") for _ in range(4)]
    add_up_work(now=NOW)
    acts = (_retier, _hand_over, _add_up)
    together = threading.Barrier(len(acts))

    def run(act: Callable[[list[Client], list[User], Random], None]) -> None:
        random = Random(acts.index(act))
        together.wait()
        try:
            for _time in range(30):
                with transaction.atomic():
                    act(clients, users, random)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(run, act) for act in acts]
    for future in running:
        future.result()
    agrees(users)

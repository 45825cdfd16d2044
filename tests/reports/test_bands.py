"""Groups of clients compared, by hand-computed examples."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils.timezone import now

from clients.enums import AssignmentReason
from clients.models import Assignment, Client
from core.figures import Period
from feedback.models import Complaint, SurveyResponse
from reports import bands, queries, services
from reports.statements import STORED
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from tests.reports.test_worth import MARCH, ask, buyer, talk
from tests.reports.worked_example import MOSCOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


def say(client: Client, day: date, score: int, scale: str = "csat10") -> None:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=MOSCOW)
    SurveyResponse.objects.create(client=client, scale=scale, score=score, answered_at=at)


def test_retention_by_how_often_we_talk(owner: User) -> None:
    ends = {"stays": date(2025, 12, 1), "leaves": date(2025, 9, 20)}  # 180 days from 20 September end in March
    for band, word in ((0, "leaves"), (1, "stays"), (1, "leaves"), (3, "stays"), (5, "stays")):
        client = buyer(owner, ends[word])
        for number in range(band):
            talk(client, owner, date(2026, 2, 1) + timedelta(days=number), 5)
        talk(client, owner, date(2026, 3, 1), 5)  # within the period: too late to count
        talk(client, owner, date(2025, 11, 30), 5)  # more than 90 days before
    found = {band: (figure.numerator, figure.denominator) for band, figure in bands.retention_by_talks(ask()).items()}
    assert found == {"0": (0, 1), "1": (1, 2), "2-3": (1, 1), "4+": (1, 1)}
    assert len(bands.talks_behind(ask(), band="1", beyond=0, limit=5)) == 2
    services.rebuild_facts(now=now())
    today = queries.question(MARCH)
    assert bands.retention_by_talks(today, source=STORED) == bands.retention_by_talks(today)
    assert bands.talks_behind(today, band="1", beyond=0, limit=5, source=STORED)


def test_ordered_again_by_the_height_of_the_answer(owner: User) -> None:
    """Answers of March; on 15 July their 90 days are over."""
    again, late = (date(2026, 3, 20),), (date(2026, 7, 10),)
    for score, days in ((10, again), (10, late), (9, ()), (8, again), (3, ())):
        client = buyer(owner, date(2026, 3, 1), *days)
        say(client, date(2026, 3, 2), score)
        say(client, date(2026, 4, 1), 1)  # after the period
    say(buyer(owner, date(2026, 3, 20)), date(2026, 3, 2), 5, "csat5")
    july = ask(as_of=date(2026, 7, 15))
    found = [(one.scale, one.band, one.answers, one.repeat) for one in bands.repeat_by_scores(july)]
    assert found == [
        ("csat10", 0, 2, 0.5),
        ("csat10", 1, 1, 0),
        ("csat10", 2, 1, 1),
        ("csat10", 3, 1, 0),
        ("csat5", 0, 1, 1),
    ]
    assert all(one.repeat is None for one in bands.repeat_by_scores(ask()))  # in April nobody can know yet
    best = bands.scores_behind(july, scale="csat10", band=0, beyond=0, limit=5)
    assert len(best) == 2
    assert bands.scores_behind(july, scale="csat10", band=0, beyond=best[0], limit=5) == best[1:]
    assert bands.repeat_by_scores(ask(as_of=date(2026, 7, 15), manager=make_user(Role.AM).pk)) == []


def test_before_and_after_a_change_of_owner(owner: User) -> None:
    other = make_user(Role.AM)
    client = buyer(owner, date(2025, 10, 4), date(2025, 10, 5), date(2026, 1, 3), date(2026, 4, 2))
    turned = datetime(2026, 1, 3, 9, tzinfo=MOSCOW)  # 5 October … 2 January, and 3 January … 2 April
    Assignment.objects.filter(client=client).update(ended_at=turned)
    Assignment.objects.create(client=client, user=other, reason=AssignmentReason.TRANSFER, started_at=turned)
    say(client, date(2025, 12, 1), 8)
    say(client, date(2026, 2, 1), 5)
    say(client, date(2026, 4, 3), 1)
    january = ask(Period(date(2026, 1, 1), date(2026, 2, 1)))
    found = bands.around_changes_of_owner(january)
    assert (found.changes, found.pending) == (1, 0)
    assert (found.score_before.value, found.score_after.value) == (8, 5)
    assert (found.revenue_before.value, found.revenue_after.value) == (1000, 2000)
    assert bands.changes_behind(january, beyond=0, limit=5) == [client.pk]
    young = bands.around_changes_of_owner(ask(january.periods[0], as_of=date(2026, 4, 2)))
    assert (young.changes, young.pending, young.score_before.value) == (1, 1, None)
    assert bands.around_changes_of_owner(ask(january.periods[0], manager=owner.pk)).changes == 0
    assert bands.around_changes_of_owner(ask(january.periods[0], manager=other.pk)).changes == 1


def test_happiness_of_everybody_and_of_one(owner: User) -> None:
    one, two = buyer(owner), buyer(owner)
    say(one, date(2026, 3, 1), 10)
    say(two, date(2026, 3, 1), 1)  # mean 5.5 is 50 of 100
    say(one, date(2026, 3, 1), 9, "nps")
    say(one, date(2026, 3, 2), 10, "nps")
    say(two, date(2025, 10, 2), 0, "nps")  # more than 180 days before the end of March
    for state in ("resolved", "open"):
        Complaint.objects.create(
            client=one,
            what_happened="x",
            responsible=owner,
            opened_at=datetime(2026, 3, 5, tzinfo=MOSCOW),
            deadline=datetime(2026, 3, 6, tzinfo=MOSCOW),
            state=state,
            resolution="x" if state == "resolved" else "",
            resolved_at=datetime(2026, 3, 6, tzinfo=MOSCOW) if state == "resolved" else None,
        )
    everybody = bands.happiness(ask())
    assert everybody.extras == {"csat10": 50.0, "nps": 100.0, "solved": 50.0}
    assert everybody.value == pytest.approx(200 / 3)
    assert bands.happiness(ask(), client=two.pk).value == 0
    assert bands.happiness(ask(manager=make_user(Role.AM).pk)).value is None
    Complaint.objects.update(client=two)
    SurveyResponse.objects.filter(client=two).delete()
    assert bands.happiness(ask(), client=two.pk).value is None  # complaints alone say nothing

"""Alerts once per figure and month; one letter a working day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils.timezone import localdate, now

from core.figures import add_months
from core.models import Company
from feedback.models import Complaint, SurveyResponse
from gateways.models import OutboxMessage
from reports.alerts import told, unseen
from reports.enums import AlertKind
from reports.models import FigureAlert
from reports.services import morning
from retention.models import Corridor, Target
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_user
from tests.reports.test_views import enter
from tests.reports.worked_example import MOSCOW, build
from work.enums import TouchKind
from work.models import Touch

pytestmark = pytest.mark.django_db
#: Monday; March is over, of which nothing is decided yet. January's due contract was refused.
MONDAY = datetime(2026, 3, 2, 8, 5, tzinfo=MOSCOW)


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD, email="head@example.ru")


@pytest.mark.usefixtures("head")
def test_a_figure_outside_its_corridor_is_told_once() -> None:
    build()
    Corridor.objects.create(metric="average_check", low=Decimal(2000))
    Corridor.objects.create(metric="revenue", high=Decimal(10_000_000))
    Corridor.objects.create(metric="no_such_figure", high=Decimal(1))
    february = datetime(2026, 2, 2, 9, tzinfo=MOSCOW)
    morning.raise_alerts(now=february)
    assert morning.raise_alerts(now=february + timedelta(hours=1)) == {"alerts": 0}
    alert = FigureAlert.objects.get(kind=AlertKind.CORRIDOR)
    assert (alert.metric, alert.limit, alert.month.month) == ("average_check", 2000, 1)


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2026, 2, 2), [1]),
        (date(2026, 3, 3), [2, 1]),  # January's grace is over today
        (date(2026, 3, 4), [2]),
        (date(2026, 5, 1), [4, 3]),
    ],
)
def test_a_month_is_watched_until_it_has_matured(today: date, months: list[int]) -> None:
    Corridor.objects.create(metric="revenue", low=Decimal(1))
    morning.raise_alerts(now=datetime(today.year, today.month, today.day, 9, tzinfo=MOSCOW))
    found = FigureAlert.objects.filter(kind=AlertKind.CORRIDOR).order_by("-month")
    assert [alert.month.month for alert in found] == months


def answers(owner: User, scores: list[float], *, days: int, scale: str = "csat10", about: str = "manager") -> None:
    client = make_client(owner)
    client.assignments.update(started_at=MONDAY - timedelta(days=90))
    for number, score in enumerate(scores):
        SurveyResponse.objects.create(
            client=client,
            scale=scale,
            about=about,
            score=score,
            answered_at=MONDAY - timedelta(days=days, minutes=number),
            external_id=f"{client.pk}-{days}-{number}",
        )


def test_a_drop_of_a_manager_s_scores_is_told_once_a_month() -> None:
    assert morning.raise_alerts(now=MONDAY) == {"alerts": 0}
    anna, ilya = make_user(Role.AM), make_user(Role.AM)
    for owner, latest in ((anna, 7), (ilya, 9)):
        answers(owner, [9] * 5, days=20)
        answers(owner, [latest] * 3, days=2)
    assert morning.raise_alerts(now=MONDAY) == {"alerts": 2}  # hers, and the whole department's: 8 after 9
    assert morning.raise_alerts(now=MONDAY + timedelta(days=1)) == {"alerts": 0}
    assert {alert.manager for alert in FigureAlert.objects.all()} == {anna, None}
    assert any(anna.name in one.text and one.url == "/reports/voice/#quality" for one in unseen())


def test_a_new_month_repeats_a_drop_only_once_the_last_one_was_seen() -> None:
    anna = make_user(Role.AM)
    answers(anna, [9] * 5, days=20)
    answers(anna, [7] * 3, days=2)
    morning.raise_alerts(now=MONDAY)
    earlier = add_months(MONDAY.date().replace(day=1), -1)
    FigureAlert.objects.update(month=earlier)
    assert morning.raise_alerts(now=MONDAY) == {"alerts": 0}
    FigureAlert.objects.filter(manager=anna).update(seen_at=MONDAY, seen_by=anna)
    assert morning.raise_alerts(now=MONDAY) == {"alerts": 1}


def test_plain_fives_that_are_gone_are_a_drop_and_scores_of_products_are_none() -> None:
    anna, ilya = make_user(Role.AM), make_user(Role.AM)
    for owner, about in ((anna, "manager"), (ilya, "product")):
        answers(owner, [5] * 5, days=20, scale="csat5", about=about)
        answers(owner, [4.7] * 3, days=2, scale="csat5", about=about)
    assert morning.raise_alerts(now=MONDAY) == {"alerts": 2}
    assert {(alert.metric, alert.manager) for alert in FigureAlert.objects.all()} == {("csat5", anna), ("csat5", None)}


def test_one_letter_a_working_day(head: User) -> None:
    build()
    Target.objects.update_or_create(metric="average_check", manager=None, month=None, defaults={"value": 2000})
    make_user(Role.HEAD, email="")
    anna = make_user(Role.AM, name="<b>Анна")
    FigureAlert.objects.create(
        kind=AlertKind.SCORE, metric="csat10", month=date(2026, 3, 1), manager=anna, value=7, limit=9, created_at=MONDAY
    )
    assert morning.send_morning_letters(now=MONDAY) == {"letters": 1}
    assert morning.send_morning_letters(now=MONDAY + timedelta(hours=1)) == {"letters": 0}
    letter = OutboxMessage.objects.get()
    assert letter.to_address == head.email
    assert "Средний чек" in letter.text
    assert "/reports/department/" in letter.text
    assert "<b>Анна" in letter.text
    for part in ("Средний чек", "/reports/compare/?from=2026-02-01", "&lt;b&gt;Анна", "/reports/department/"):
        assert part in letter.html
    assert "<b>Анна" not in letter.html


@pytest.mark.usefixtures("head")
@pytest.mark.parametrize(
    "moment",
    [MONDAY - timedelta(minutes=10), MONDAY + timedelta(hours=11), MONDAY - timedelta(days=1)],
    ids=["before eight", "in the evening", "on Sunday"],
)
def test_no_letter_at_the_wrong_time(moment: datetime) -> None:
    assert morning.send_morning_letters(now=moment) == {"letters": 0}


@pytest.mark.usefixtures("head")
def test_the_letter_is_switched_off_in_the_settings() -> None:
    Company.objects.update(morning_letter=False)
    assert morning.send_morning_letters(now=MONDAY) == {"letters": 0}


def test_who_waits_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert morning.waiting(MONDAY) == []
    monkeypatch.setattr(morning, "WAITING", "SELECT 'offers', 2, 'Север, Юг' UNION ALL SELECT 'touches', 0, NULL")
    [one] = morning.waiting(MONDAY)
    assert (one.count, one.who, one.url.endswith("/renewals/offers/")) == (2, "Север, Юг", True)


def test_who_waits_is_named_the_longest_first(head: User) -> None:
    late = make_user(Role.AM, name="Анна Ким")
    for number, name in enumerate(("Север", "Юг", "Восток", "Запад")):
        client = make_client(late, name=name)
        Complaint.objects.create(
            client=client, what_happened="!", responsible=head, opened_at=MONDAY - timedelta(days=9),
            deadline=MONDAY - timedelta(hours=number + 1),
        )  # fmt: skip
        day = (MONDAY - timedelta(days=2)).date()
        Touch.objects.create(
            client=client,
            kind=TouchKind.CHECK_IN,
            subject="!",
            assignee=late if number else head,
            due_from=day,
            due_on=day,
        )
    complaints, touches = morning.waiting(MONDAY)
    assert (complaints.count, complaints.who) == (4, "Запад, Восток, Юг")
    assert (touches.count, touches.who) == (4, f"Анна Ким 3, {head.name} 1")


def test_every_head_reads_the_letter_in_his_own_language(head: User) -> None:
    User.objects.filter(pk=make_user(Role.HEAD, email="english@example.ru").pk).update(language="en")
    assert morning.send_morning_letters(now=MONDAY) == {"letters": 2}
    said = dict(OutboxMessage.objects.values_list("to_address", "subject"))
    assert said["english@example.ru"].startswith("The department on the morning of")
    assert said[head.email].startswith("Отдел")


@pytest.mark.parametrize(
    ("kind", "metric", "username", "url"),
    [
        (AlertKind.CORRIDOR, "churn_rate", None, "/reports/kpi/churn_rate/clients/?from=2026-02-01&to=2026-03-01&side=numerator"),
        (AlertKind.DROP, "churn_rate", "anna", "/reports/compare/?from=2025-12-01&to=2026-03-01&before_from=2024-12-01&before_to=2025-12-01&manager=anna#churn_rate"),
        (AlertKind.SCORE, "csat10", "anna", "/reports/voice/#quality"),
        (AlertKind.CORRIDOR, "gone", None, "/reports/voice/#quality"),
    ],
)  # fmt: skip
def test_an_alert_leads_to_who_is_behind_it(kind: AlertKind, metric: str, username: str | None, url: str) -> None:
    said = told(kind=kind, metric=metric, month=date(2026, 2, 1), username=username, name="Анна", value=0.3, limit=0.2)
    assert said.url == url
    User.objects.filter(pk=make_user(Role.AM).pk).update(username="anna")
    visitor = enter(make_user(Role.HEAD))
    assert visitor.get(said.url).status_code == 200


def test_links_of_the_letter_open_what_was_counted(head: User) -> None:
    moment = now()
    client = make_client(make_user(Role.AM))
    for hours in (-1, 1):
        Complaint.objects.create(
            client=client,
            what_happened="Опоздали",
            responsible=head,
            opened_at=moment - timedelta(days=3),
            deadline=moment + timedelta(hours=hours),
        )
    for days in (-2, 2):
        day = localdate(moment) + timedelta(days=days)
        Touch.objects.create(
            client=client, kind=TouchKind.CHECK_IN, subject="Как дела", assignee=head, due_from=day, due_on=day
        )
    counted = {one.url.removeprefix(settings.APP_URL): one.count for one in morning.waiting(moment)}
    assert counted == {"/complaints/?view=overdue": 1, "/calls/?who=all&group=overdue": 1}
    visitor = enter(head)
    complaints, calls = (visitor.get(url).context for url in counted)
    assert len(complaints["rows"]) == 1
    assert [group.count for group in calls["groups"]] == [1]


def test_a_young_month_is_told_as_one() -> None:
    build()
    told = {row.title: row.note for row in morning.moved(date(2026, 1, 5))}
    assert told["Доля отказов"].startswith("не созрело: от ")
    assert "" in told.values()


def test_what_moved_tells_missed_plans() -> None:
    build()
    Target.objects.all().delete()
    Target.objects.create(metric="average_check", value=Decimal(2000))
    Target.objects.create(metric="revenue", value=Decimal(1))
    found: dict[str, Any] = {row.title: row for row in morning.moved(datetime(2026, 2, 2).date())}
    assert found["Средний чек"].missed
    assert not found["Выручка"].missed

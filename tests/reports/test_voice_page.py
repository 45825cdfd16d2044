"""What clients say, what goes together with it, and whom people spend their time on: the page, its files, who."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import openpyxl
import pytest
from django.utils.timezone import now

from clients.enums import AssignmentReason
from clients.models import Assignment, Client
from core.figures import Period
from feedback.models import SurveyResponse
from reports import services
from reports.alerts import unseen
from reports.effort import effort
from reports.models import FigureAlert
from reports.services.morning import raise_alerts
from reports.services.quality import quality, quality_behind
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from tests.reports.test_bands import say
from tests.reports.test_views import enter
from tests.reports.test_worth import ask, buyer, talk
from tests.reports.worked_example import MOSCOW

pytestmark = pytest.mark.django_db
PAGE = "/reports/voice/"
MARCH = {"from": "2026-03-01", "to": "2026-04-01", "as_of": "2026-07-15"}


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Анна Ким")


@pytest.fixture
def client_(owner: User) -> Client:
    found = buyer(owner, date(2026, 1, 10), date(2026, 3, 1), date(2026, 3, 20))
    for scale, score in (("csat10", 10), ("nps", 9), ("csat5", 5), ("ces", 6)):
        say(found, date(2026, 3, 2), score, scale)
    talk(found, owner, date(2026, 2, 3), 20)
    talk(found, owner, date(2026, 3, 5), 20)
    return found


def sections(user: User, **asked: str) -> dict[str, Any]:
    return {str(one.title): one for one in enter(user).get(PAGE, {**MARCH, **asked}).context["reading"].sections}


@pytest.mark.usefixtures("client_")
def test_scales_stand_side_by_side_and_never_mixed() -> None:
    said = sections(make_user(Role.HEAD))["Что говорят"]
    found = {str(tile.label): (tile.cell.number, tile.cell.note) for tile in said.tiles}
    assert found["Счастье клиентов, из 100"] == (100, "оценки 100, NPS 100")
    assert found["Удовлетворённость, 1–10"] == (10, "ответов: 1; 9–10: 100,0\u00a0%")
    assert found["Удовлетворённость, 1–5"] == (5, "ответов: 1; пятёрок ровно: 100,0\u00a0%")
    assert found["Готовность рекомендовать (NPS)"][0] == 100
    assert "…" in found["Готовность рекомендовать (NPS)"][1]
    assert found["Звонки с заметками"] == (0, "0 из 1")
    assert len(said.charts) == 3


def test_minutes_are_told_by_active_client(owner: User, client_: Client) -> None:
    buyer(owner, date(2026, 3, 3))  # active, and nobody talked to him
    visitor = enter(make_user(Role.HEAD))
    from_rows = sections(make_user(Role.HEAD), as_of="")["На кого уходит время"].tiles
    services.rebuild_facts(now=now())
    [tile] = sections(make_user(Role.HEAD), as_of="")["На кого уходит время"].tiles
    assert [tile] == from_rows
    assert (tile.cell.text, tile.cell.number, tile.cell.note) == ("10,0", 10, "20 / 2")
    assert [row.name for row, _amount in visitor.get(tile.cell.url).context["rows"]] == [client_.name]
    talked = sections(make_user(Role.HEAD), **{"from": "2026-01-01", "to": "2026-02-01"})
    assert "На кого уходит время" not in talked


def test_groups_open_who(owner: User, client_: Client) -> None:
    visitor, found = enter(make_user(Role.HEAD)), sections(make_user(Role.HEAD))
    [ten, five] = found["Заказали снова, по высоте оценки"].tables
    assert [cell.text for cell in ten.rows[0]] == ["10", "1", "100,0\u00a0%", "100,0\u00a0%"]
    talks = found["Что идёт рядом с разговорами и со сменой менеджера"].tables[0]
    assert [row[1].number for row in talks.rows] == [0, 1, 0, 0]
    for url in (ten.rows[0][0].url, five.rows[0][1].url, talks.rows[1][0].url):
        answer = visitor.get(url)
        assert [row[0].text for row in answer.context["table"].rows] == [client_.name]
        assert answer.context["back_url"].startswith(PAGE)


def test_a_change_of_manager_is_told_and_opens_who(owner: User, client_: Client) -> None:
    other, turned = make_user(Role.AM), datetime(2026, 3, 10, 9, tzinfo=MOSCOW)
    Assignment.objects.filter(client=client_).update(ended_at=turned)
    Assignment.objects.create(client=client_, user=other, reason=AssignmentReason.TRANSFER, started_at=turned)
    [_talks, changes] = sections(make_user(Role.HEAD))["Что идёт рядом с разговорами и со сменой менеджера"].tables
    assert [[cell.number for cell in row[1:]] for row in changes.rows] == [[10, None], [2000, 1000]]
    assert len(enter(make_user(Role.HEAD)).get(changes.url).context["table"].rows) == 1


def test_time_with_new_clients_and_with_those_who_came_back(owner: User) -> None:
    """New for 90 days from the first purchase, and whoever has not bought yet."""
    old, fresh, never = buyer(owner, date(2025, 12, 1)), buyer(owner, date(2026, 3, 1)), buyer(owner)
    for client, minutes in ((old, 30), (fresh, 20), (never, 10)):
        talk(client, owner, date(2026, 3, 5), minutes)
    talk(old, make_user(Role.SALES, name="Сергей"), date(2026, 3, 6), None)
    mine, sales = effort(ask())
    assert (mine.minutes, mine.new_contacts, mine.new_minutes, mine.new_share.value) == (60, 2, 30, 0.5)
    assert (mine.growth, mine.service, mine.conflict) == (0, 60, 0)
    assert (sales.name, sales.contacts, sales.minutes, sales.new_share.value) == ("Сергей", 1, 0, None)
    assert [one.person for one in effort(ask(manager=owner.pk))] == [owner.pk]
    assert effort(ask(Period(date(2020, 1, 1), date(2020, 2, 1)))) == []
    talk(old, owner, date(2026, 3, 9), 5)
    [anna, _sergey] = sections(make_user(Role.HEAD))["На кого уходит время"].tables[0].rows
    who = enter(make_user(Role.HEAD)).get(anna[0].url).context["table"].rows
    assert [[cell.text for cell in row[1:]] for row in who] == [["2", "35"], ["1", "20"], ["1", "10"]]
    assert enter(make_user(Role.AM)).get(anna[0].url).context["table"].rows == []


def test_quality_is_watched_for_the_department_and_each_manager(owner: User) -> None:
    client, moment = buyer(owner), now()
    for days, score in ((1, 6), (2, 6), (3, 6), *((10 + n, 9) for n in range(5))):
        SurveyResponse.objects.create(
            client=client, scale="csat10", score=score, answered_at=moment - timedelta(days=days)
        )
    department, mine = quality(now=moment)
    assert (department.manager, department.dropped, mine.manager, mine.dropped) == (None, True, owner.pk, True)
    assert raise_alerts(now=moment) == {"alerts": 2}
    assert raise_alerts(now=moment) == {"alerts": 0}
    assert {alert.manager for alert in FigureAlert.objects.all()} == {None, owner}
    assert any(one.text.startswith("Весь отдел: средняя оценка") for one in unseen())
    watched = sections(make_user(Role.HEAD))["Присмотр за качеством"].tables[0].rows
    assert [(row[0].text, row[-1].text) for row in watched] == [("Весь отдел", "снизилась"), ("Анна Ким", "снизилась")]
    assert [row[0].text for row in sections(owner)["Присмотр за качеством"].tables[0].rows] == ["Анна Ким"]
    visitor = enter(make_user(Role.HEAD))
    for cell in (watched[0][2], watched[0][3], watched[1][2], watched[1][3]):
        assert [row[0].text for row in visitor.get(cell.url).context["table"].rows] == [client.name]
    foreign = enter(make_user(Role.AM)).get(f"{PAGE}latest/clients/", {"band": "csat10", "last": ""})
    assert foreign.context["table"].rows == []
    assert [one.comparable for one in quality(now=moment)] == [True, True]
    SurveyResponse.objects.filter(score=9).delete()
    assert [one.dropped for one in quality(now=moment)] == [False, False]


def test_the_quality_watch_and_its_lists_begin_and_end_at_midnight(owner: User) -> None:
    moment = now()
    today = moment.astimezone(MOSCOW).replace(hour=0, minute=0, second=0, microsecond=0)
    last, first, oldest, too_old = [buyer(owner) for _ in range(4)]
    for client, answered in (
        (last, today - timedelta(days=6)),
        (first, today - timedelta(days=6) - timedelta.resolution),
        (oldest, today - timedelta(days=34)),
        (too_old, today - timedelta(days=34) - timedelta.resolution),
    ):
        SurveyResponse.objects.create(client=client, scale="csat10", score=9, answered_at=answered)
    [department, _mine] = quality(now=moment)
    assert (department.latest_answers, department.earlier_answers) == (1, 2)
    asked = partial(quality_behind, now=moment, scale="csat10", manager=None, beyond=0, limit=9)
    assert asked(latest=True) == [(last.pk,)]
    assert asked(latest=False) == [(first.pk,), (oldest.pk,)]


def test_a_manager_sees_his_own_and_nobody_else_figures(owner: User, client_: Client) -> None:
    other = make_user(Role.AM)
    assert "Что говорят" not in sections(other)
    assert enter(make_user(Role.SALES)).get(PAGE).status_code == 403
    url = f"{PAGE}talks/clients/"
    assert enter(other).get(url, {**MARCH, "band": "1"}).context["table"].rows == []
    assert len(enter(owner).get(url, {**MARCH, "band": "1"}).context["table"].rows) == 1


def test_files_and_wrong_questions(client_: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = enter(make_user(Role.HEAD))
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{PAGE}voice.xlsx", MARCH).content))
    found = [[cell for cell in row if cell is not None] for row in book.active.iter_rows(values_only=True)]
    assert any(row[:2] == ["Удовлетворённость, 1–10", 10] for row in found)
    assert visitor.get(f"{PAGE}voice.pdf", MARCH).content[:5] == b"%PDF-"
    for kind, band, status in (
        ("talks", "", 400),
        ("talks", "7", 404),
        ("csat10", "x", 404),
        ("changes", "all", 200),
        ("smell", "1", 404),
        ("effort", "Анна", 404),
        ("effort", "9999999999", 200),
        ("earlier", "nps", 404),
    ):
        assert visitor.get(f"{PAGE}{kind}/clients/", {**MARCH, "band": band}).status_code == status
    monkeypatch.setattr("reports.reading_views.PAGE", 1)
    buyer(make_user(Role.AM), date(2026, 2, 1))
    buyer(make_user(Role.AM), date(2026, 2, 1))
    first = visitor.get(f"{PAGE}talks/clients/", {**MARCH, "band": "0"})
    second = visitor.get(first.context["next_url"])
    assert [len(page.context["table"].rows) for page in (first, second)] == [1, 1]
    assert second.context["next_url"] == ""


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_same_number_of_queries(django_assert_num_queries: Any, number: int) -> None:
    """Two of them only take back a setting, within the transaction of the test."""
    for _each in range(number):
        other = make_user(Role.AM)
        talk(buyer(other, date(2026, 2, 5)), other, date(2026, 3, 2), 10)
    services.rebuild_facts(now=now())
    visitor = enter(make_user(Role.HEAD))
    visitor.get(PAGE)
    with django_assert_num_queries(10):
        assert visitor.get(PAGE).status_code == 200

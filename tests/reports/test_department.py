"""The head's screen: what it says, who may see what of it, and how many statements it takes."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from django.test import Client as Visitor
from django.utils.html import escape
from django.utils.timezone import localdate, now

from clients.models import Client
from core.figures import Period
from core.models import Company
from reports import department_charts, queries, services, standards
from reports.enums import AlertKind, ViewPage
from reports.models import FactState, FigureAlert, SavedView
from reports.periods import a_year_before
from reports.roubles import PLANNED
from retention.enums import AnnotationKind
from retention.models import Annotation, Corridor, HistoricalRate, Target
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from tests.reports.test_views import DECEMBER, enter
from tests.reports.worked_example import build

pytestmark = pytest.mark.django_db
PAGE = "/reports/department/"


@pytest.fixture
def clients() -> dict[str, Client]:
    Target.objects.all().delete()
    return build()


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD)


def add(model: Any, head: User, **values: Any) -> Any:
    return standards.add_standard(model=model, values=values, actor=head)


def plan(head: User, metric: str, value: int, *, manager: User | None = None, month: date | None = None) -> Any:
    return add(Target, head, metric=metric, manager=manager, month=month, value=Decimal(value))


def tile(answer: Any, key: str) -> Any:
    return next(one for one in answer.context["board"].tiles if one.key == key)


@pytest.mark.usefixtures("clients")
def test_a_tile_stands_beside_its_plan_its_past_and_its_corridor(head: User) -> None:
    plan(head, "refusal_rate", 15)
    plan(head, "average_check", 1000)
    add(Corridor, head, metric="refusal_rate", low=None, high=Decimal(25))
    answer = enter(head).get(PAGE, DECEMBER)
    refusals = tile(answer, "refusal_rate")
    assert (refusals.raw, refusals.fraction) == (0.4, "2 из 5")
    assert (refusals.plan.met, refusals.out) == (False, True)
    assert "25,0" in refusals.plan.gap
    assert tile(answer, "average_check").plan.met is None
    assert tile(answer, "churn_rate").plan is None
    assert "side=numerator" in refusals.url
    assert "before_from=2025-11-01" in refusals.compare_url
    coefficient = enter(head).get(PAGE, {**DECEMBER, "show": "coefficient"})
    assert tile(coefficient, "refusal_rate").value == "0,400"


@pytest.mark.usefixtures("clients")
def test_repeat_contacts_of_a_month_are_held_against_their_target(head: User) -> None:
    """A bought on two days of the year to January, D and H on one."""
    plan(head, "repeat_contact_rate", 85)
    services.rebuild_facts(now=now())
    for asked in ({"from": "2026-01-01", "to": "2026-02-01"}, {"from": "2025-11-01", "to": "2026-02-01"}):
        for more in ({}, {"as_of": "2026-04-15"}):
            found = tile(enter(head).get(PAGE, {**asked, **more}), "repeat_contact_rate")
            assert (found.fraction, found.plan.text, found.plan.met) == ("1 из 3", "85,0\u00a0%", False)


@pytest.mark.usefixtures("clients")
def test_refusals_are_drawn_without_and_with_winbacks(head: User) -> None:
    asked = {"from": "2026-02-01", "to": "2026-03-01", "as_of": "2026-04-15"}
    board = enter(head).get(PAGE, {**asked}).context["board"]
    chart = department_charts.refusals(board)
    plain, published = (one.points for one in chart.series[:2])
    december = board.labels.index(next(label for label in board.labels if label.startswith("дек")))
    assert (plain[december].value, published[december].value) == (0.4, 0.4)
    assert published[-1].url.startswith("/reports/department/back/clients/")  # D came back in February
    assert [client.name for client, _row in enter(head).get(published[-1].url).context["rows"]] == ["D"]
    flows = department_charts.flows(board)
    january = flows.series[0].points[-2]
    assert january.value == 2
    assert [client.name for client, _row in enter(head).get(january.url).context["rows"]] == ["G", "H"]


@pytest.mark.usefixtures("clients")
def test_plans_rates_and_events_stand_on_the_charts(head: User) -> None:
    plan(head, "refusal_rate", 15, month=date(2025, 12, 1))
    add(HistoricalRate, head, metric="refusal_rate", month=date(2025, 11, 1), value=Decimal(35), note="по отчёту")
    for day in (date(2025, 12, 5), date(2025, 12, 9), date(2019, 1, 1)):
        add(Annotation, head, day=day, kind=AnnotationKind.SCRIPT, text="Сценарий")
    board = enter(head).get(PAGE, DECEMBER).context["board"]
    names = [str(series.name) for series in department_charts.refusals(board).series]
    assert names[2:] == ["план", "до системы, со слов компании"]
    assert [marker.label for marker in department_charts.markers(board)] == ["1", "2, 3"]
    assert [marker.label for marker in department_charts.with_sequels(board)][-1] == "2 + 2 месяца, 3 + 2 месяца"
    narrowed = enter(head).get(PAGE, {**DECEMBER, "tier": "A"}).context["board"]
    assert len(department_charts.refusals(narrowed).series) == 3


@pytest.mark.usefixtures("clients")
def test_a_longer_period_is_held_against_the_plans_of_its_months(head: User) -> None:
    """Due: five in December, one in January, none in February; so December asks most of the rate."""
    asked = {"from": "2025-12-01", "to": "2026-03-01", "as_of": "2026-04-15"}
    plan(head, "renewal_rate", 40)
    plan(head, "renewal_rate", 70, month=date(2025, 12, 1))
    plan(head, "revenue", 1000)
    plan(head, "revenue", 5000, month=date(2026, 1, 1))
    plan(head, "active_clients", 7, month=date(2026, 2, 1))
    answer = enter(head).get(PAGE, asked)
    assert tile(answer, "renewal_rate").plan.text == "65,0\u00a0%"
    assert tile(answer, "revenue").plan.text == "7\u00a0000\u00a0₽"
    assert tile(answer, "active_clients").plan.text == "7"
    part = enter(head).get(PAGE, {**asked, "to": "2026-02-20"})
    assert tile(part, "revenue").plan is None
    assert tile(part, "active_clients").plan.text == "7"
    ahead = enter(head).get(PAGE, {"from": "2030-01-01", "to": "2030-04-01"})
    assert tile(ahead, "revenue").plan is None
    assert tile(ahead, "active_clients").plan is None


def test_a_year_before_knows_leap_days() -> None:
    assert a_year_before(Period(date(2024, 2, 29), date(2024, 3, 2))) == Period(date(2023, 2, 28), date(2023, 3, 2))
    assert a_year_before(Period(date(2024, 2, 1), date(2024, 3, 1))) == Period(date(2023, 2, 1), date(2023, 3, 1))


@pytest.mark.usefixtures("clients")
@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_nine_queries_whatever_it_holds(head: User, django_assert_num_queries: Any, rows: int) -> None:
    for number in range(rows):
        plan(head, "refusal_rate", 15, month=date(2026, number + 1, 1))
        plan(head, PLANNED, 900_000, month=date(2026, number + 1, 1))
        add(Annotation, head, day=date(2026, 1, number + 1), kind=AnnotationKind.RULES, text="Правило")
        SavedView.objects.create(owner=head, page=ViewPage.DEPARTMENT, name=f"Вид {number}")
    services.rebuild_facts(now=now())
    visitor = enter(head)
    visitor.get(PAGE)
    with django_assert_num_queries(9):
        assert visitor.get(PAGE).status_code == 200


@pytest.mark.usefixtures("clients")
def test_files_tell_the_numbers_of_the_page(head: User) -> None:
    visitor = enter(head)
    page = visitor.get(PAGE, DECEMBER)
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{PAGE}department.xlsx", DECEMBER).content))
    values: dict[Any, Any] = {}
    for row in book.active.iter_rows(values_only=True):
        values.setdefault(row[0], row[1])  # charts further down repeat the titles
    for one in page.context["board"].tiles:
        assert values[one.title] == ("—" if one.raw is None else pytest.approx(one.raw))
    pdf = visitor.get(f"{PAGE}department.pdf", DECEMBER)
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    assert "no-store" in pdf["Cache-Control"]
    assert visitor.get(f"{PAGE}department.pdf", {"from": "soon"}).status_code == 302


def test_a_name_that_looks_like_a_formula_stays_text(head: User) -> None:
    build()
    Company.objects.update(department_name='=HYPERLINK("http://x")')
    add(Annotation, head, day=date(2025, 12, 5), kind=AnnotationKind.SCRIPT, text="#panic() *x* $y$ =1+1")
    visitor = enter(head)
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{PAGE}department.xlsx", DECEMBER).content))
    assert not [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]
    assert visitor.get(f"{PAGE}department.pdf", DECEMBER).content[:5] == b"%PDF-"


@pytest.mark.usefixtures("clients")
def test_plan_and_last_year_stand_in_the_file_as_numbers(head: User) -> None:
    plan(head, "refusal_rate", 15)
    asked = {"from": "2026-01-01", "to": "2026-02-01", "as_of": "2026-04-15"}
    book = openpyxl.load_workbook(io.BytesIO(enter(head).get(f"{PAGE}department.xlsx", asked).content))
    rows = list(book.active.iter_rows(values_only=True))
    [columns] = [row for row in rows if row[0] == "Показатель"]
    named = {
        row[0]: dict(zip(columns, row, strict=True)) for row in rows if row[0] in {"Доля отказов", "Активные клиенты"}
    }
    assert (named["Доля отказов"]["По плану"], named["Доля отказов"]["К плану"]) == (0.15, pytest.approx(85))
    [tile] = [one for one in enter(head).get(PAGE, asked).context["board"].tiles if one.key == "active_clients"]
    assert named["Активные клиенты"]["Изменение"] == pytest.approx(tile.raw / tile.before - 1)
    assert isinstance(named["Активные клиенты"]["Год назад"], int)


@pytest.mark.usefixtures("clients")
def test_the_wall_has_no_menu_and_renews_itself(head: User) -> None:
    text = enter(head).get(PAGE, {**DECEMBER, "view": "wall"}).content.decode()
    assert 'hx-trigger="every 300s"' in text
    assert "sidebar" not in text


@pytest.mark.usefixtures("clients")
def test_each_number_on_the_wall_opens_who_is_behind_it(head: User) -> None:
    plan(head, "refusal_rate", 15)
    visitor = enter(head)
    answer = visitor.get(PAGE, {**DECEMBER, "view": "wall"})
    text, shown = answer.content.decode(), answer.context["board"].shown_tiles
    assert {"refusal_rate", "renewal_rate", "churn_rate", "active_clients"} <= {one.key for one in shown}
    for one in shown:
        assert f'href="{escape(one.url)}"' in text, one.key
        assert visitor.get(one.url).status_code == 200, one.key
    [refused] = [one for one in shown if one.key == "refusal_rate"]
    assert len(visitor.get(refused.url).context["rows"]) == 2
    assert refused.plan.gap in text
    back = answer.context["page_url"]
    assert f'href="{escape(back)}"' in text
    assert "wall" not in back
    assert visitor.get(back).context["board"].found.period == answer.context["board"].found.period


def test_the_wall_of_a_new_department_says_what_will_come(head: User) -> None:
    answer = enter(head).get(PAGE, {"view": "wall"})
    assert answer.context["board"].shown_tiles == []
    assert "Они появятся с первыми договорами" in answer.content.decode()


def test_empty_wrong_and_not_ready(head: User, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = enter(head)
    assert visitor.get(PAGE).context["board"].is_empty
    assert visitor.get(PAGE, {"from": "2026-02-01", "to": "2026-01-01"}).status_code == 400
    assert visitor.get(PAGE, {"from": "2026-01-01", "last": "2026-01-31"}).status_code == 302
    build()
    FactState.objects.all().delete()
    monkeypatch.setattr(queries, "MANY_ORDERS", 1)
    for path in (PAGE, "/reports/compare/"):
        answer = visitor.get(path)
        assert answer.context["view"].absent
        assert answer.status_code == 200


def test_a_manager_sees_his_own_and_a_salesperson_nothing(clients: dict[str, Client], head: User) -> None:
    owner, other = clients["A"].assignments.get().user, make_user(Role.AM)
    add(HistoricalRate, head, metric="refusal_rate", month=date(2025, 11, 1), value=Decimal(35), note="")
    plan(head, "refusal_rate", 15)
    plan(head, "renewal_rate", 85)
    plan(head, "renewal_rate", 70, manager=owner)
    plan(head, "revenue", 10)
    answer = enter(owner).get(PAGE, DECEMBER)
    assert tile(answer, "refusal_rate").fraction == "2 из 5"
    assert tile(answer, "refusal_rate").plan.text == "15,0\u00a0%"
    assert tile(answer, "renewal_rate").plan.text == "70,0\u00a0%"
    assert tile(answer, "revenue").plan is None
    assert answer.context["kept"].rates == {}
    assert tile(enter(other).get(PAGE, DECEMBER), "refusal_rate").raw is None
    for path in (PAGE, f"{PAGE}department.xlsx", "/reports/compare/", "/reports/compare/compare.pdf"):
        assert enter(other).get(path, {**DECEMBER, "manager": owner.username}).status_code == 403
        assert enter(make_user(Role.SALES)).get(path, DECEMBER).status_code == 403
        assert Visitor().get(path, DECEMBER).status_code == 302
    flow = f"{PAGE}new/clients/"
    assert enter(other).get(flow, {"from": "2026-01-01", "to": "2026-02-01"}).context["rows"] == []
    assert enter(head).get(f"{PAGE}nonsense/clients/").status_code == 404
    assert enter(head).get(flow).status_code == 400


@pytest.mark.usefixtures("clients")
def test_roubles_follow_the_manager_and_no_other_filter(clients: dict[str, Client], head: User) -> None:
    owner = clients["A"].assignments.get().user
    plan(head, PLANNED, 100)
    assert enter(head).get(PAGE, {"tier": "A"}).context["months"] is None
    for asked in ({}, {"manager": owner.username}):
        months = enter(head).get(PAGE, asked).context["months"]
        assert len(months) == 4  # the month of the page, over, and three from the present one on
    whole = enter(head).get(PAGE).context["months"]
    assert enter(head).get(PAGE, DECEMBER).context["months"][0].month == date(2025, 12, 1)
    assert len(enter(head).get(PAGE, {"from": "2020-01-01", "to": "2020-02-01"}).context["months"]) == 3
    assert whole[0].total.plan == 100
    assert whole[0].total.short == max(Decimal(0), 100 - whole[0].total.weighted)


@pytest.mark.usefixtures("clients")
def test_a_cell_of_the_cohorts_opens_who(head: User) -> None:
    visitor = enter(head)
    rows = visitor.get("/reports/cohorts/", {**DECEMBER, "from": "2025-01-01"}).context["rows"]
    first = rows[0]["cells"][0]
    found = visitor.get(first["url"]).context["rows"]
    assert len(found) == first["count"] == rows[0]["size"]
    assert visitor.get("/reports/cohorts/clients/").status_code == 400


@pytest.mark.usefixtures("clients")
def test_the_page_brings_the_cohorts_on_either_basis_and_so_do_its_files(head: User) -> None:
    visitor = enter(head)
    assert 'hx-trigger="revealed"' in visitor.get(PAGE).content.decode()
    asked = {"from": "2025-01-01", "to": "2026-04-01", "basis": "orders", "show": "coefficient"}
    piece = visitor.get("/reports/cohorts/", asked, headers={"HX-Request": "true", "HX-Target": "cohort-map"})
    text = piece.content.decode()
    assert "<html" not in text
    assert 'hx-target="#cohort-map"' in text
    assert "1,000" in text
    assert "/reports/cohorts/clients/?" in text
    wrong = visitor.get("/reports/cohorts/", {"from": "soon"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 400
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{PAGE}department.xlsx", DECEMBER).content))
    found = [row[0] for row in book.active.iter_rows(values_only=True)]
    assert {"Когорты по договорам", "Когорты по заказам"} <= {*found} or "Первый месяц" not in found


def test_views_are_kept_shared_and_dropped(head: User) -> None:
    visitor, manager = enter(head), make_user(Role.AM)
    asked = urlencode({"tier": "A", "show": "coefficient"})
    for _again in range(2):
        answer = visitor.post("/reports/views/department/", {"name": "Крупные", "query": asked, "shared": "on"})
        assert answer["Location"] == f"{PAGE}?{asked}"
    view = SavedView.objects.get()
    assert [tab["active"] for tab in visitor.get(f"{PAGE}?{asked}").context["views"]] == [False, True]
    visitor.post("/reports/views/department/", {"name": "Мой", "query": "manager=anna", "shared": "on"})
    visitor.post("/reports/views/department/", {"name": "Тихий", "query": ""})
    shown = [tab["label"] for tab in enter(manager).get(PAGE).context["views"]]
    assert shown == ["Все ваши клиенты", "Крупные · общий"]
    enter(manager).post(f"/reports/views/{view.pk}/remove/")
    assert SavedView.objects.filter(pk=view.pk).exists()
    private = SavedView.objects.get(name="Тихий")
    assert enter(manager).post(f"/reports/views/{private.pk}/remove/").status_code == 404
    visitor.post(f"/reports/views/{view.pk}/remove/")
    assert not SavedView.objects.filter(pk=view.pk).exists()
    assert visitor.post("/reports/views/department/", {"name": ""})["Location"] == PAGE
    assert visitor.post("/reports/views/nonsense/", {"name": "x"}).status_code == 404


def test_no_more_than_thirty_views(head: User) -> None:
    for number in range(standards.MOST_VIEWS):
        SavedView.objects.create(owner=head, page=ViewPage.COMPARE, name=str(number))
    enter(head).post("/reports/views/compare/", {"name": "ещё один", "query": ""})
    assert SavedView.objects.count() == standards.MOST_VIEWS
    enter(head).post("/reports/views/compare/", {"name": "3", "query": "tier=A"})
    assert SavedView.objects.get(name="3").query == "tier=A"


def test_an_alert_stays_until_it_is_seen(head: User) -> None:
    month = localdate().replace(day=1) - timedelta(days=1)
    rows = [
        FigureAlert.objects.create(
            kind=kind, metric="csat10", month=month.replace(day=1), manager=manager, value=7, limit=9, created_at=now()
        )
        for kind, manager in ((AlertKind.CORRIDOR, None), (AlertKind.SCORE, make_user(Role.AM, name="Анна Ким")))
    ]
    FigureAlert.objects.create(
        kind=AlertKind.CORRIDOR, metric="gone", month=month.replace(day=1), value=7, limit=9, created_at=now()
    )
    assert len(enter(head).get(PAGE).context["kept"].alerts) == 2
    assert "Анна Ким: средняя оценка" in enter(head).get(PAGE).content.decode()
    manager = rows[1].manager
    assert manager is not None
    assert [alert.id for alert in enter(manager).get(PAGE).context["kept"].alerts] == [rows[1].pk]
    assert "alerts/" not in enter(manager).get(PAGE).content.decode()
    for row in rows:
        assert enter(manager).post(f"/reports/alerts/{row.pk}/seen/").status_code == 403
    enter(head).post(f"/reports/alerts/{rows[0].pk}/seen/")
    other = make_user(Role.HEAD)
    enter(other).post(f"/reports/alerts/{rows[0].pk}/seen/")
    rows[0].refresh_from_db()
    assert rows[0].seen_by == head


def test_a_new_department_is_shown_where_its_figures_will_come_from(head: User) -> None:
    text = enter(head).get(PAGE).content.decode().partition("<main")[2]
    assert 'href="/imports/"' in text
    assert 'href="/clients/"' in text
    filtered = enter(head).get(PAGE, {"tier": "A"}).content.decode().partition("<main")[2]
    assert 'href="/imports/"' not in filtered
    own = enter(make_user(Role.AM)).get(PAGE).content.decode().partition("<main")[2]
    assert 'href="/imports/"' not in own

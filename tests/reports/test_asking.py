"""What pages of figures and their files say they are about."""

from __future__ import annotations

import io

import openpyxl
import pytest

from clients.models import Client, Industry, Product, Region
from core.figures import Figure, Unit, ratio
from core.formats import PERCENT
from reports.wording import Wording, fraction
from staff.enums import Role
from staff.models import User
from tests.factories import make_user
from tests.reports.test_views import DECEMBER, enter
from tests.reports.worked_example import build

pytestmark = pytest.mark.django_db
PAGES = ("department", "kpi", "compare", "voice")


@pytest.fixture
def clients() -> dict[str, Client]:
    return build()


def owner_of(clients: dict[str, Client]) -> User:
    return clients["A"].assignments.get().user


@pytest.mark.parametrize("page", PAGES)
def test_a_manager_reads_that_the_numbers_are_of_his_clients(page: str, clients: dict[str, Client]) -> None:
    own = enter(owner_of(clients)).get(f"/reports/{page}/", DECEMBER)
    assert "ваши клиенты" in own.context["period"]
    head = enter(make_user(Role.HEAD)).get(f"/reports/{page}/", DECEMBER)
    assert "ваши клиенты" not in head.context["period"]


def test_the_first_tab_of_a_manager_is_not_the_department(clients: dict[str, Client]) -> None:
    own = enter(owner_of(clients)).get("/reports/department/", DECEMBER)
    assert own.context["views"][0]["label"] == "Все ваши клиенты"
    head = enter(make_user(Role.HEAD)).get("/reports/department/", DECEMBER)
    assert head.context["views"][0]["label"] == "Весь отдел"


def test_filters_and_moment_stand_in_the_file(clients: dict[str, Client]) -> None:
    owner = owner_of(clients)
    Industry.objects.create(name="Кровля")
    Region.objects.create(name="Тула")
    Product.objects.create(name="Витрина", code="shop")
    asked = {**DECEMBER, "manager": owner.username, "tier": "A", "product": "shop", "as_of": "2026-04-15"}
    asked |= {"industry": "Кровля", "region": "Тула"}
    visitor = enter(make_user(Role.HEAD))
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("/reports/department/department.xlsx", asked).content))
    told = book.active["A2"].value
    assert told.split(" · ")[2:] == [owner.name, "категория A", "Кровля", "Тула", "Витрина", "на 15 апр 2026"]
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("/reports/voice/voice.xlsx", asked).content))
    assert book.active["A2"].value.split(" · ")[1:] == told.split(" · ")[2:]


def test_a_moment_is_told_to_the_minute(clients: dict[str, Client]) -> None:
    asked = {**DECEMBER, "as_of": "2026-04-15T12:30:00+03:00", "manager": owner_of(clients).username}
    answer = enter(make_user(Role.HEAD)).get("/reports/kpi/churn_rate/clients/", asked)
    assert answer.context["period"].endswith(f"{owner_of(clients).name} · на 15 апр 2026, 12:30")
    own = enter(owner_of(clients)).get("/reports/department/new/clients/", asked)
    assert own.context["period"] == "Декабрь 2025 · ваши клиенты · на 15 апр 2026, 12:30"


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (ratio(Unit.SHARE, 3, 5), "3 из 5"),
        (ratio(Unit.MONEY, 4_385_940, 51), "4\xa0385\xa0940\xa0₽ / 51"),
        (Figure(unit=Unit.MONEY, value=26_480, numerator=26_480, denominator=51), "n = 51"),
        (ratio(Unit.SCORE, 192, 22), "ответов: 22"),
        (Figure(unit=Unit.POINTS, value=100 / 3, numerator=1, denominator=3), "ответов: 3"),
        (ratio(Unit.SCORE, 9, 1), "ответов: 1"),
        (ratio(Unit.POINTS, 2, 10, bounds=(-30.3, 61.1)), "ответов: 10; −30,3 … 61,1"),
        (ratio(Unit.COUNT, 51, 34), "51 / 34"),
        (ratio(Unit.COUNT, 59, 1), ""),
        (ratio(Unit.SHARE, 0, 0), ""),
    ],
)
def test_of_how_many_a_figure_is(figure: Figure, said: str) -> None:
    assert fraction(figure) == said


@pytest.mark.parametrize(
    ("unit", "now", "before", "said"),
    [
        (Unit.MONEY, 1100.0, 1000.0, "+10,0\xa0%"),
        (Unit.MONEY, 371_156_361.0, 0.0, "+371\xa0156\xa0361\xa0₽"),
        (Unit.COUNT, 67.0, 0.0, "+67"),
        (Unit.COUNT, 0.0, 0.0, ""),
        (Unit.SHARE, 0.2, 0.0, "+20,0 п.п."),
    ],
)
def test_a_change_from_nought_is_no_per_cent(unit: Unit, now: float, before: float, said: str) -> None:
    assert Wording(PERCENT).change(unit, now, before) == said

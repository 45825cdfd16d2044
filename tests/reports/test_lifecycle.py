"""From new to active to regular, by hand-computed examples."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.utils.timezone import localdate

from clients.enums import OrderStatus
from clients.models import Client, Order
from core.figures import Period, Segment
from core.models import Company
from reports import queries, services
from reports.lifecycle import STEPS
from reports.registry import FIGURES
from staff.enums import Role
from tests.factories import make_client, make_user
from tests.reports.test_views import enter
from tests.reports.worked_example import moscow

pytestmark = pytest.mark.django_db
NOW = moscow("2026-04-15 12:00")
PAGE = "/reports/lifecycle/"
#: Days of valid orders; P orders twice on his first day, and on the last one that counts; the others are late by a day.
ORDERS = {
    "P": ("2025-01-10", "2025-01-10", "2026-01-10"),
    "Q": ("2025-01-20", "2025-04-20", "2026-01-21"),
    "R": ("2025-01-31", "2025-05-02"),
    "S": ("2025-01-31",),
    "T": ("2025-04-16", "2025-05-01", "2025-05-02"),
    "U": ("2026-03-01", "2026-03-02", "2026-03-03"),
}
JANUARY, APRIL, MARCH = (
    Period(moscow(f"{month}-01 00:00").date(), moscow(f"{end}-01 00:00").date())
    for month, end in (("2025-01", "2025-02"), ("2025-04", "2025-05"), ("2026-03", "2026-04"))
)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clients() -> dict[str, Client]:
    owner, written = make_user(Role.AM), {}
    for name, days in ORDERS.items():
        written[name] = make_client(owner, name=name)
        for day in days:
            order(written[name], day)
    order(written["S"], "2025-02-03", refunded_amount=100)
    order(written["S"], "2025-02-04", status=OrderStatus.CANCELLED)
    return written


def order(client: Client, day: str, **more: Any) -> None:
    at = moscow(f"{day} 12:00")
    Order.objects.create(
        **{
            "client": client,
            "ordered_at": at,
            "completed_at": at,
            "status": OrderStatus.COMPLETED,
            "amount": 100,
            **more,
        }
    )


def steps(period: Period, segment: Segment | None = None) -> list[tuple[Any, Any, int]]:
    """The same from source rows and from the derived tables."""
    asked = queries.question(period, segment=segment)
    [found] = queries.figures(asked, keys=STEPS)
    services.refresh_facts(now=NOW)
    [by_facts] = queries.figures(asked, keys=STEPS)
    assert by_facts == found
    return [(one.numerator, one.denominator, one.pending) for one in found.values()]


def test_steps_count_orders_within_their_days(clients: dict[str, Client]) -> None:
    assert steps(JANUARY) == [(2, 4, 0), (1, 4, 0), (1, 3, 0)]
    for key, side, names in (
        ("became_active_90d", "numerator", "PQ"),
        ("became_regular", "numerator", "P"),
        ("active_became_regular", "denominator", "PQR"),
    ):
        page = queries.behind(queries.question(JANUARY), getattr(FIGURES[key], side))
        assert {row.client_id for row in page.rows} == {clients[name].pk for name in names}


@pytest.mark.usefixtures("clients")
def test_whoever_is_still_watched_is_pending() -> None:
    assert steps(APRIL) == [(1, 1, 0), (0, 0, 1), (0, 0, 1)]  # T is watched until tomorrow
    assert steps(MARCH) == [(0, 0, 1), (0, 0, 1), (0, 0, 1)]
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert services.refresh_facts(now=NOW + timedelta(days=1)).keys() == {"turned"}
        [found] = queries.figures(queries.question(APRIL), keys=["became_regular"])
        assert (found["became_regular"].numerator, found["became_regular"].denominator) == (1, 1)


@pytest.mark.usefixtures("clients")
def test_settings_say_who_is_regular() -> None:
    assert steps(JANUARY)[1] == (1, 4, 0)
    Company.objects.update(regular_orders=2, regular_days=60)
    assert steps(JANUARY) == [(2, 4, 0), (1, 4, 0), (1, 1, 0)]
    Company.objects.update(regular_orders=3, regular_days=366)
    assert steps(JANUARY)[1:] == [(2, 4, 0), (2, 3, 0)]


def test_page_and_file_say_each_month_and_all_of_them(
    clients: dict[str, Client], django_assert_num_queries: Any
) -> None:
    head = make_user(Role.HEAD)
    asked = {"from": "2025-01-01", "to": "2026-04-01"}
    services.rebuild_facts(now=NOW)
    visitor = enter(head)
    reading = visitor.get(PAGE, asked).context["reading"]
    tiles, [table] = reading.sections[0].tiles, reading.sections[1].tables
    assert [tile.cell.note for tile in tiles] == [
        "3 из 5, ещё не решено: 1",
        "1 из 4, ещё не решено: 2",
        "1 из 3, ещё не решено: 2",
    ]
    assert [[row[1].number, *(cell.number for cell in row[2:])] for row in table.rows] == [
        [4, 0.5, 0.25, pytest.approx(1 / 3)],
        [1, 1, None, None],
        [1, None, None, None],
    ]
    [chart] = reading.sections[1].charts
    active = [point.value for point in chart.series[0].points]
    assert [(number, value) for number, value in enumerate(active) if value is not None] == [(0, 0.5), (3, 1)]
    assert len(active) == 15
    for cell, names in ((table.rows[0][1], "PQRS"), (table.rows[0][3], "P"), (tiles[0].cell, "PQT")):
        assert {client.name for client, _row in visitor.get(cell.url).context["rows"]} == set(names)
    with django_assert_num_queries(6):
        visitor.get(PAGE, asked)
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{PAGE}lifecycle.xlsx", asked).content))
    values = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert 0.25 in values
    narrowed = visitor.get(
        PAGE, {**asked, "manager": clients["P"].assignments.get().user.username, "show": "coefficient"}
    )
    assert narrowed.context["reading"].sections[0].tiles[0].cell.text == "0,600"


def test_page_without_new_buyers_and_with_a_wrong_question() -> None:
    visitor = enter(make_user(Role.AM))
    answer = visitor.get(PAGE)
    assert answer.context["form"].period.end == localdate().replace(day=1)
    assert "В этом периоде ничего не было" in answer.content.decode()
    assert visitor.get(PAGE, {"from": "2025-02-30"}).status_code == 400
    assert visitor.get(f"{PAGE}lifecycle.pdf", {"from": "x"}).status_code == 302

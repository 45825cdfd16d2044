"""Departments that know their own answers, through files and the API, to the last unit."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils.timezone import now
from rest_framework.test import APIClient

from clients.models import Client
from reports import services
from reports.registry import FIGURES
from staff.enums import Role, Scope
from staff.models import User
from staff.services.tokens import issue_token
from tests.factories import make_user
from tests.truth.department import MOSCOW, TODAY, Department, Paper, later
from tests.truth.seen import Reader, as_text, page_says, reader, sheet_says
from work.models import Touch

pytestmark = pytest.mark.django_db
#: A month long decided, one that is still young, one that is not over.
LOOKED_AT = {1: date(2025, 12, 1), 2: date(2026, 3, 1), 3: date(2026, 4, 1)}
MONTHS = [later(date(2024, 3, 1), number) for number in range(26)]  # the last one is not over


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=MOSCOW), tick=False):
        yield


def write(folder: Path, kind: str, header: str, rows: Iterable[Iterable[object]]) -> None:
    with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header.split())
        writer.writerows(rows)


def move_in(department: Department, folder: Path) -> None:
    write(folder, "products", "code name", [("ads", "Реклама"), ("seo", "Продвижение")])
    write(folder, "clients", "external_id name", [(life.name, life.name) for life in department.lives])
    write(
        folder,
        "contracts",
        "external_id client_external_id signed_on starts_on ends_on amount terminated_on product_codes prolongation_months",
        [
            (f"k{number}", p.client, p.signed, p.first, p.last, p.amount, p.stopped, p.products, p.prolongation)
            for number, p in enumerate(department.papers)
        ],
    )
    write(
        folder,
        "orders",
        "external_id client_external_id ordered_at completed_at status amount refunded_amount refunded_on",
        [
            (
                f"o{number}",
                sale.client,
                sale.at.astimezone(sale.zone).isoformat(),
                sale.at.astimezone(sale.zone).isoformat() if sale.status == "completed" else "",
                sale.status,
                sale.amount,
                sale.refunded,
                sale.refunded_on,
            )
            for number, sale in enumerate(department.sales)
        ],
    )
    call_command("import_data", str(folder))
    someone = make_user(Role.AM)
    clients = {client.external_id: client for client in Client.objects.all()}
    Touch.objects.bulk_create(
        Touch(
            client=clients[life.name],
            kind="planned",
            assignee=someone,
            due_from=at,
            due_on=at,
            state="done",
            outcome="reached",
            closed_at=at,
            initiator="client",
        )
        for life in department.lives
        for at in life.came
    )


@dataclass
class Program:
    client: APIClient

    def ask(self, month: date, **more: str) -> dict[str, Any]:
        question = {"from": month.isoformat(), "to": later(month, 1).isoformat(), **more}
        answer = self.client.get("/api/v1/reports/kpi", question)
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()["metrics"]
        return found


@pytest.fixture
def program() -> Program:
    _row, bare = issue_token(user=make_user(Role.HEAD), scopes=[Scope.REPORTS_READ], actor=None, now=now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {bare}")
    return Program(client)


def exactly(number: Fraction) -> Any:
    """Whole amounts to the unit; monthly values of odd terms as far as a number of JSON goes."""
    return int(number) if number.denominator == 1 else pytest.approx(float(number), rel=1e-12)


def agrees(department: Department, metrics: dict[str, Any], month: date) -> None:
    for key, (above, below) in department.truth(month).items():
        found = metrics[key]
        assert (found["numerator"] or 0, found["denominator"]) == (exactly(above), exactly(below)), (month, key)
        expected = above if key == "median_check" else above / below if below else None
        if not (below or key in {"revenue", "active_clients"}):
            assert found["value"] is None, (month, key)
        elif expected is not None:
            assert found["value"] == pytest.approx(float(expected), rel=1e-12), (month, key)
    rate = metrics["renewal_rate"]
    assert (rate["pending"], rate["winbacks"]) == (department.pending(month), department.winbacks(month)), month
    assert rate["excluded"] == {"replaced": int(department.ended[month]["replaced"])}, month


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_answers_are_what_the_department_knows(seed: int, tmp_path: Path, program: Program) -> None:
    department = Department(seed, clients=48)
    move_in(department, tmp_path)
    for month in MONTHS:
        agrees(department, program.ask(month, as_of=TODAY.isoformat()), month)
    services.rebuild_facts(now=now())
    for month in MONTHS:
        agrees(department, program.ask(month), month)
    is_read(department, reader(User.objects.get(roles=[Role.HEAD])), LOOKED_AT[seed])


def is_read(department: Department, head: Reader, month: date) -> None:
    """The same numbers on the page of figures, on the department's page, and in both of its files."""
    before, end = later(month, -1), later(month, 1)
    known = department.truth(month)
    tiles = head.tiles("kpi", month, end)
    assert {str(FIGURES[key].title) for key in known} <= tiles.keys()
    page_says(tiles, known)
    page_says(head.tiles("department", month, end), known)
    sheet_says(head.sheet("department", month, end), known)
    since = later(month, -30)
    steps = department.of_new_buyers(since, end)
    rows = head.sheet("lifecycle", since, end)
    assert {str(FIGURES[key].title) for key in steps} <= rows.keys()
    sheet_says(rows, steps)
    words = head.words("lifecycle", since, end)
    assert all(as_text(key, parts) in words for key, parts in steps.items())
    rows = head.sheet("compare", month, end, before_from=before.isoformat(), before_to=month.isoformat())
    assert {str(FIGURES[key].title) for key in known} <= rows.keys()
    sheet_says(rows, department.truth(before))
    sheet_says(rows, known, place=2)


def test_generator_draws_every_hard_case() -> None:
    departments = [Department(seed, clients=48) for seed in (1, 2, 3)]
    words = {word for one in departments for book in one.ended.values() for word, count in book.items() if count}
    assert {"renewed", "replaced", "lost", "open", "winbacks"} <= words
    papers = [sorted(rows, key=lambda paper: paper.first) for one in departments for rows in by_client(one).values()]
    assert any(paper.stopped for rows in papers for paper in rows)
    assert any(paper.last - paper.first > timedelta(days=700) for rows in papers for paper in rows)
    assert any(paper.prolongation for rows in papers for paper in rows)
    pairs = [pair for rows in papers for pair in pairwise(rows)]
    gaps = [(after.first - (before.stopped or before.last)).days - 1 for before, after in pairs]
    assert all(any(gap in wanted for gap in gaps) for wanted in ([0], range(1, 31), range(31, 200), range(-60, 0)))
    assert any(after.last < before.last and after.products == before.products for before, after in pairs)
    assert any(after.products != before.products for before, after in pairs)
    lives = [life for one in departments for life in one.lives]
    assert any(not life.sales and not life.worth for life in lives)
    assert any(not life.sales and life.worth for life in lives)
    sales = [sale for one in departments for sale in one.sales]
    assert any(sale.at.astimezone(sale.zone).month != sale.at.month for sale in sales)
    assert {time(0, 0), time(23, 59, 59)} <= {sale.at.time() for sale in sales if sale.status == "completed"}
    assert any(0 < sale.refunded < sale.amount for sale in sales)
    assert any(sale.refunded == sale.amount > 0 for sale in sales)
    assert any(sale.refunded_on and later(sale.at.date().replace(day=1), 1) <= sale.refunded_on for sale in sales)


def by_client(department: Department) -> dict[str, list[Paper]]:
    found: dict[str, list[Paper]] = {}
    for paper in department.papers:
        found.setdefault(paper.client, []).append(paper)
    return found

"""Known departments move in by files, and a program asks for the figures that were published about them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.utils.timezone import now
from rest_framework.test import APIClient

from clients.enums import OrderStatus
from staff.enums import Role, Scope
from staff.models import User
from staff.services.tokens import issue_token
from tests.factories import make_user
from tests.reports import cdnow, worked_example
from tests.truth.seen import page_says, reader, sheet_says

pytestmark = pytest.mark.django_db

REPORTS = "/api/v1/reports"
WHOLE = {"from": "1997-01-01", "to": "1998-07-01"}
FIRST_COHORT = [777, 124, 95, 70, 65, 77, 65, 53, 52, 45, 62, 59, 45, 47, 63, 37, 37, 33]

Ask = Callable[..., Any]


def write(folder: Path, kind: str, header: str, rows: Iterable[Iterable[object]]) -> None:
    with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header.split())
        writer.writerows(rows)


def clock(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Europe/Moscow")).isoformat()


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD)


@pytest.fixture
def ask(head: User) -> Ask:
    _row, bare = issue_token(user=head, scopes=[Scope.REPORTS_READ], actor=None, now=now())
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {bare}")

    def get(path: str, **question: str) -> Any:
        answer = program.get(f"{REPORTS}/{path}", question)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return get


@pytest.fixture
def worked(head: User, tmp_path: Path) -> None:
    """The example as three files; ``head`` is there to hold clients without a manager."""
    example = worked_example
    write(tmp_path, "clients", "external_id name", [(letter, letter) for letter in example.CONTRACTS])
    terms = [
        (letter, datetime.fromisoformat(first).date(), datetime.fromisoformat(last).date(), monthly)
        for letter, rows in example.CONTRACTS.items()
        for first, last, monthly in rows
    ]
    write(
        tmp_path,
        "contracts",
        "external_id client_external_id signed_on starts_on ends_on amount terminated_on",
        [
            (
                f"k{number}",
                name,
                first,
                first,
                last,
                example.amount_for(monthly, first, last),
                example.TERMINATED.get(name),
            )
            for number, (name, first, last, monthly) in enumerate(terms)
        ],
    )
    write(
        tmp_path,
        "orders",
        "external_id client_external_id ordered_at completed_at status amount refunded_amount refunded_on",
        [
            (f"o{number}", name, at, at if status == OrderStatus.COMPLETED else "", status, amount, refunded, on)
            for number, (name, at, amount, status, refunded, on) in enumerate(example.ORDERS)
        ],
    )
    write(
        tmp_path,
        "surveys",
        "external_id client_external_id scale answered_at score",
        [
            (f"s{number}", name, "nps", "2026-03-10 12:00", score)
            for number, (name, score) in enumerate(zip(example.CONTRACTS, example.NPS, strict=False))
        ],
    )
    call_command("import_data", str(tmp_path))


@pytest.fixture
def published(head: User, tmp_path: Path) -> None:
    purchases = cdnow.rows()
    write(
        tmp_path, "clients", "external_id name", [(name, name) for name in sorted({name for name, _, _ in purchases})]
    )
    write(
        tmp_path,
        "orders",
        "external_id client_external_id ordered_at completed_at status amount",
        [
            (f"o{number}", name, clock(at), clock(at), "completed", amount)
            for number, (name, at, amount) in enumerate(purchases)
        ],
    )
    call_command("import_data", str(tmp_path))


def months(first: str, end: str) -> dict[str, str]:
    return {"from": first, "to": end, "as_of": worked_example.TODAY.isoformat()}


def parts(figure: dict[str, Any]) -> tuple[float, float]:
    return figure["numerator"], figure["denominator"]


DECEMBER = months("2025-12-01", "2026-01-01")
JANUARY = months("2026-01-01", "2026-02-01")
NOVEMBER, FEBRUARY = months("2025-11-01", "2025-12-01"), months("2026-02-01", "2026-03-01")
QUARTER = months("2026-01-01", "2026-04-01")


RATES = [
    (DECEMBER, "renewal_rate", (3, 5)),
    (DECEMBER, "refusal_rate", (2, 5)),
    (DECEMBER, "renewal_gross", (230, 450)),
    (DECEMBER, "renewal_net", (250, 450)),
    (JANUARY, "renewal_rate", (0, 1)),
    (NOVEMBER, "renewal_rate", (0, 1)),
    (JANUARY, "retention_rate", (5, 7)),
    (JANUARY, "churn_rate", (2, 7)),
    (FEBRUARY, "retention_rate", (6, 6)),
    (JANUARY, "stop_30d_rate", (1, 2)),
    (QUARTER, "grr", (930, 1150)),
    (QUARTER, "nrr", (950, 1150)),
    (JANUARY, "average_check", (5800, 5)),
    (JANUARY, "repeat_client_rate", (1, 3)),
]
BEHIND = [
    (DECEMBER, "renewal_rate", "denominator", "ABCDF"),
    (DECEMBER, "renewal_rate", "numerator", "ABF"),
    (DECEMBER, "refusal_rate", "numerator", "CD"),
    (JANUARY, "retention_rate", "denominator", "ABCDEFI"),
    (JANUARY, "retention_rate", "numerator", "ABEFI"),
    (JANUARY, "stop_30d_rate", "denominator", "GH"),
    (JANUARY, "stop_30d_rate", "numerator", "G"),
    (JANUARY, "repeat_client_rate", "numerator", "A"),
    (JANUARY, "average_check", "denominator", "ADH"),
]


@pytest.mark.usefixtures("worked")
def test_worked_example(ask: Ask) -> None:
    answers = [(period, key, ask("kpi", **period)["metrics"][key]) for period, key, _ in RATES]

    assert [(period, key, parts(figure)) for period, key, figure in answers] == RATES
    assert [figure["value"] for _, _, figure in answers] == [above / below for _, _, (above, below) in RATES]


@pytest.mark.usefixtures("worked")
def test_worked_example_beside_the_rates(ask: Ask) -> None:
    march = ask("kpi", **months("2026-03-01", "2026-04-01"))["metrics"]
    february = ask("kpi", **FEBRUARY)["metrics"]
    quarter = ask("kpi", **QUARTER)["metrics"]

    assert (march["renewal_rate"]["value"], march["renewal_rate"]["pending"]) == (None, 1)
    assert (march["renewal_rate"]["matured"], march["renewal_rate"]["bounds"]) == (False, [0, 1])
    assert february["renewal_rate"]["winbacks"] == 1
    assert quarter["nrr"]["reactivation"] == 100
    assert march["nps"]["value"] == 20.0
    assert (round(march["nps"]["centre"], 2), round(march["nps"]["half_width"], 2)) == (15.38, 45.71)


@pytest.mark.usefixtures("worked")
def test_worked_example_names_who_is_behind(ask: Ask) -> None:
    def names(period: dict[str, str], key: str, side: str) -> str:
        found = ask(f"kpi/{key}/clients", side=side, **period)["results"]
        return "".join(sorted(row["name"] for row in found))

    assert [(period, key, side, names(period, key, side)) for period, key, side, _ in BEHIND] == BEHIND


@pytest.mark.usefixtures("published")
def test_cdnow_sample_to_the_last_digit(ask: Ask) -> None:
    figures = ask("kpi", **WHOLE)["metrics"]

    assert (figures["revenue"]["value"], figures["average_check"]["denominator"]) == (244091.94, 6911)
    assert round(figures["average_check"]["value"], 4) == 35.3193
    assert parts(figures["repeat_client_rate"]) == (1139, 2349)
    assert parts(figures["repeat_order_share"]) == (4562, 6911)
    first = ask("cohorts", basis="orders", **WHOLE)["rows"][0]
    assert first == {"cohort": "1997-01", "size": 777, "active": FIRST_COHORT}


@pytest.mark.usefixtures("published")
def test_cdnow_clients_behind_a_number_come_in_pages_to_the_last_one(ask: Ask) -> None:
    seen: list[str] = []
    page = ask("kpi/repeat_client_rate/clients", side="numerator", **WHOLE)
    while True:
        seen += [row["name"] for row in page["results"]]
        if page["next"] is None:
            break
        page = ask(page["next"].partition("/reports/")[2])

    assert (len(seen), len(set(seen))) == (1139, 1139)


def known(period: dict[str, str]) -> dict[str, tuple[Fraction, Fraction]]:
    """What the example says of this period."""
    return {key: (Fraction(above), Fraction(below)) for asked, key, (above, below) in RATES if asked == period}


def days(period: dict[str, str]) -> tuple[date, date]:
    return date.fromisoformat(period["from"]), date.fromisoformat(period["to"])


@pytest.mark.usefixtures("worked")
@time_machine.travel(datetime(2026, 4, 15, 12, tzinfo=ZoneInfo("Europe/Moscow")), tick=False)
def test_worked_example_on_the_page_and_in_its_file(head: User) -> None:
    screen = reader(head)
    for before, after in ((NOVEMBER, DECEMBER), (JANUARY, FEBRUARY), (DECEMBER, QUARTER)):
        page_says(screen.tiles("kpi", *days(after)), known(after))
        start, end = days(after)
        rows = screen.sheet("compare", start, end, before_from=before["from"], before_to=before["to"])
        sheet_says(rows, known(before))
        sheet_says(rows, known(after), place=2)
    page_says(screen.tiles("kpi", *days(JANUARY)), known(JANUARY))


@pytest.mark.usefixtures("published")
def test_cdnow_sample_on_the_page_and_in_its_file(head: User) -> None:
    money, orders = Fraction(24409194, 100), Fraction(6911)
    figures = {
        "revenue": (money, Fraction(1)),
        "average_check": (money, orders),
        "repeat_client_rate": (Fraction(1139), Fraction(2349)),
        "repeat_order_share": (Fraction(4562), orders),
    }
    screen = reader(head)
    tiles = screen.tiles("kpi", *days(WHOLE))
    page_says(tiles, figures)
    assert (tiles["Средний чек"], tiles["Выручка"][0]) == (
        ("35,32\xa0₽", "244\xa0092\xa0₽ / 6\xa0911"),
        "244\xa0092\xa0₽",
    )
    sheet_says(screen.sheet("compare", *days(WHOLE)), figures, place=2)
    cohorts = screen.visitor.get("/reports/cohorts/", {"basis": "orders", **WHOLE}).content.decode()
    first = cohorts[cohorts.index("<tbody>") : cohorts.index("</tr>", cohorts.index("<tbody>"))]
    assert [int(count) for count in re.findall(r'title="(\d+)"', first)] == FIRST_COHORT

"""Plans, corridors, annotations and rates: what may be written, by whom, and what two people at once see."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.errors import ConflictError, ForbiddenError
from reports import standards
from reports.roubles import PLANNED
from retention.models import Annotation, Corridor, HistoricalRate, Target
from staff.enums import Role
from staff.models import HourlyCost, User
from tests.factories import make_user
from tests.reports.test_views import enter

pytestmark = pytest.mark.django_db
ROOT = "/reports/standards/"


@pytest.fixture
def head() -> User:
    Target.objects.all().delete()
    return make_user(Role.HEAD)


@pytest.mark.parametrize(
    ("section", "data", "model", "stored"),
    [
        ("targets", {"metric": "refusal_rate", "value": "15,5 %"}, Target, {"value": Decimal("0.155"), "month": None}),
        ("targets", {"metric": "nrr", "value": "105"}, Target, {"value": Decimal("1.05")}),
        ("targets", {"metric": PLANNED, "value": "900 000", "month": "2026-03"}, Target, {"month": date(2026, 3, 1)}),
        ("corridors", {"metric": "nps", "low": "-10"}, Corridor, {"low": Decimal(-10), "high": None}),
        (
            "annotations",
            {"day": "2021-03-01", "kind": "rules", "text": "Снова для всех"},
            Annotation,
            {"kind": "rules"},
        ),
        (
            "rates",
            {"metric": "refusal_rate", "month": "2018-12", "value": "50"},
            HistoricalRate,
            {"value": Decimal("0.5")},
        ),
    ],
)
def test_a_row_is_added_as_people_write_it(
    head: User, section: str, data: dict[str, str], model: Any, stored: dict[str, Any]
) -> None:
    visitor = enter(head)
    assert visitor.post(f"{ROOT}{section}/", data)["Location"] == f"{ROOT}{section}/"
    row = model.objects.get()
    assert {name: getattr(row, name) for name in stored} == stored
    assert visitor.get(f"{ROOT}{section}/").context["rows"][0]["pk"] == row.pk
    if section != "annotations":
        again = visitor.post(f"{ROOT}{section}/", data)
        assert again.status_code == 422
        assert "уже есть" in again.content.decode()


@pytest.mark.parametrize(
    ("section", "data", "field"),
    [
        ("targets", {"metric": "refusal_rate", "value": "x"}, "value"),
        ("targets", {"metric": "refusal_rate", "value": "-1"}, "value"),
        ("targets", {"metric": "refusal_rate", "value": "101"}, "value"),
        ("targets", {"metric": "nrr", "value": "1001"}, "value"),
        ("targets", {"metric": "csat10", "value": "11"}, "value"),
        ("targets", {"metric": "csat5", "value": "0"}, "value"),
        ("targets", {"metric": "nps", "value": "-101"}, "value"),
        ("targets", {"metric": "revenue", "value": "-1"}, "value"),
        ("targets", {"metric": PLANNED, "value": "-1"}, "value"),
        ("targets", {"metric": "nonsense", "value": "1"}, "metric"),
        ("targets", {"metric": "refusal_rate", "value": "1", "month": "soon"}, "month"),
        ("targets", {"metric": "refusal_rate", "value": "1", "month": "1800-01"}, "month"),
        ("corridors", {"metric": "nps"}, "low"),
        ("corridors", {"metric": "nps", "low": "5", "high": "5"}, "high"),
        ("annotations", {"day": "1800-01-01", "kind": "rules", "text": "x"}, "day"),
        ("annotations", {"day": "2026-01-01", "kind": "rules", "text": ""}, "text"),
        ("rates", {"metric": "refusal_rate", "month": "", "value": "1"}, "month"),
        ("rates", {"metric": "refusal_rate", "month": "2100-01", "value": "1"}, "month"),
    ],
)
def test_what_is_wrong_stands_at_its_field(head: User, section: str, data: dict[str, str], field: str) -> None:
    answer = enter(head).post(f"{ROOT}{section}/", data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


@pytest.mark.parametrize("section", ["targets", "corridors", "rates"])
def test_nothing_is_planned_that_nothing_brings_yet(head: User, section: str) -> None:
    offered = dict(enter(head).get(f"{ROOT}{section}/").context["form"].fields["metric"].choices)
    assert "renewal_rate" in offered
    assert "response_within_15" not in offered


def test_two_people_at_once_are_asked(head: User) -> None:
    row = standards.add_standard(
        model=Corridor, values={"metric": "refusal_rate", "low": Decimal(5), "high": Decimal(25)}, actor=head
    )
    seen = {"low": "5.00", "high": "25.00"}
    path, visitor = f"{ROOT}corridors/{row.pk}/", enter(head)
    assert visitor.get(path).status_code == 200
    first = {"low": "5", "high": "20", "original": json.dumps(seen)}
    assert visitor.post(path, first).status_code == 302
    merged = {"low": "10", "high": "25", "original": json.dumps(seen)}
    assert visitor.post(path, merged).status_code == 302
    row.refresh_from_db()
    assert (row.low, row.high) == (Decimal("0.1"), Decimal("0.2"))  # type: ignore[union-attr]
    clash = {"low": "10", "high": "30", "original": json.dumps(seen)}
    assert visitor.post(path, clash).status_code == 409


def test_nothing_changed_writes_nothing(head: User) -> None:
    row = standards.add_standard(
        model=HistoricalRate,
        values={"metric": "refusal_rate", "month": date(2018, 12, 1), "value": Decimal(50), "note": ""},
        actor=head,
    )
    path = f"{ROOT}rates/{row.pk}/"
    seen = json.dumps({"value": "50.00", "note": ""})
    for value, stored in (("50", "0.5"), ("45", "0.45")):
        enter(head).post(path, {"value": value, "note": "", "original": seen})
        row.refresh_from_db()
        assert row.value == Decimal(stored)  # type: ignore[union-attr]
    enter(head).post(f"{path}remove/")
    assert not HistoricalRate.objects.exists()


def test_from_the_department_s_page_one_returns_there(head: User) -> None:
    data = {"day": "2021-03-01", "kind": "rules", "text": "Снова для всех"}
    assert enter(head).post(f"{ROOT}annotations/?next=department", data)["Location"] == "/reports/department/"
    assert enter(head).get(f"{ROOT}nonsense/").status_code == 404


def test_nobody_but_the_head_writes(head: User) -> None:
    manager = make_user(Role.AM)
    values = {"day": date(2026, 1, 1), "kind": "rules", "text": "x"}
    with pytest.raises(ForbiddenError):
        standards.add_standard(model=Annotation, values=values, actor=manager)
    row = standards.add_standard(model=Annotation, values=values, actor=head)
    with pytest.raises(ForbiddenError):
        standards.change_standard(row=row, original={}, mine={}, actor=manager)
    with pytest.raises(ForbiddenError):
        standards.remove_standard(row=row, actor=manager)
    standards.add_standard(model=Corridor, values={"metric": "nps", "low": Decimal(1), "high": None}, actor=head)
    with pytest.raises(ConflictError):
        standards.add_standard(model=Corridor, values={"metric": "nps", "low": Decimal(1), "high": None}, actor=head)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_a_constant_number_of_queries(head: User, django_assert_num_queries: Any, rows: int) -> None:
    for number in range(rows):
        values = {"metric": "refusal_rate", "manager": make_user(Role.AM), "month": None, "value": Decimal(number)}
        standards.add_standard(model=Target, values=values, actor=head)
    visitor = enter(head)
    with django_assert_num_queries(4):
        assert visitor.get(f"{ROOT}targets/").status_code == 200


def test_the_head_states_what_an_hour_costs(head: User) -> None:
    person = make_user(Role.AM, name="Анна Ким")
    visitor = enter(head)
    row = {"user": person.pk, "from_on": "2026-01-01", "amount": "450,50"}
    assert visitor.post(f"{ROOT}costs/", row).status_code == 302
    assert visitor.post(f"{ROOT}costs/", row).status_code == 422
    assert visitor.post(f"{ROOT}costs/", {**row, "from_on": "1200-01-01"}).status_code == 422
    assert visitor.post(f"{ROOT}costs/", {**row, "from_on": "2026-02-01", "amount": "-1"}).status_code == 422
    cost = HourlyCost.objects.get()
    path = f"{ROOT}costs/{cost.pk}/"
    assert "Анна Ким" in visitor.get(path).content.decode()
    assert visitor.post(path, {"amount": "500", "original": json.dumps({"amount": "450.50"})}).status_code == 302
    cost.refresh_from_db()
    assert cost.amount == 500
    visitor.post(f"{path}remove/")
    assert not HourlyCost.objects.exists()

from __future__ import annotations

from typing import Any

import pytest

from clients.models import Client
from staff.enums import Role, Scope
from tests.api.conftest import CallAs
from tests.factories import make_user
from tests.reports.worked_example import build

pytestmark = pytest.mark.django_db

KPI = "/api/v1/reports/kpi"
DECEMBER = {"from": "2025-12-01", "to": "2026-01-01", "as_of": "2026-04-15"}
KEYS = [
    "renewal_rate",
    "refusal_rate",
    "renewal_gross",
    "renewal_net",
    "retention_rate",
    "churn_rate",
    "stop_30d_rate",
    "campaign_stop_30d",
    "grr",
    "nrr",
    "average_check",
    "median_check",
    "repeat_order_share",
    "repeat_client_rate",
    "repeat_contact_rate",
    "first_repeat_90d",
    "active_clients",
    "orders_per_client",
    "revenue",
    "ltv_average",
    "nps",
    "csat10",
    "response_median_minutes",
    "response_within_15",
    "response_within_30",
]


@pytest.fixture
def clients() -> dict[str, Client]:
    return build()


@pytest.mark.usefixtures("clients")
def test_kpi_answers_the_figures_asked_for(call_as: CallAs) -> None:
    program = call_as(make_user(Role.HEAD), Scope.REPORTS_READ)
    answer = program.get(KPI, {**DECEMBER, "keys": "became_regular, renewal_rate"})
    assert list(answer.json()["metrics"]) == ["became_regular", "renewal_rate"]
    assert program.get(f"{KPI}/became_regular/clients", DECEMBER).status_code == 200
    wrong = program.get(KPI, {**DECEMBER, "keys": "renewal_rate,nothing"})
    assert (wrong.status_code, "nothing" in str(wrong.json())) == (400, True)


@pytest.mark.usefixtures("clients")
def test_kpi_answers_every_key_unrounded(call_as: CallAs, django_assert_num_queries: Any) -> None:
    program = call_as(make_user(Role.HEAD), Scope.REPORTS_READ)
    answer = program.get(KPI, DECEMBER).json()
    assert list(answer["metrics"]) == KEYS
    assert answer["metrics"]["renewal_rate"] == {
        "value": 0.6,
        "numerator": 3,
        "denominator": 5,
        "pending": 0,
        "excluded": {"replaced": 0},
        "matured": True,
        "unit": "share",
        "due": 5,
        "winbacks": 0,
        "bounds": [0.6, 0.6],
    }
    assert all("excluded" in figure for figure in answer["metrics"].values())
    assert answer["metrics"]["response_within_15"]["value"] is None
    assert answer["as_of"] == "2026-04-15T23:59:59.999999+03:00"
    assert (answer["from"], answer["to"]) == ("2025-12-01", "2026-01-01")
    with django_assert_num_queries(7):  # token, who changed, norms and state of the facts, norms, sums, median
        program.get(KPI, DECEMBER)


@pytest.mark.usefixtures("clients")
def test_who_is_behind_comes_in_pages(call_as: CallAs) -> None:
    program = call_as(make_user(Role.HEAD), Scope.REPORTS_READ)
    page = program.get(f"{KPI}/renewal_rate/clients", {**DECEMBER, "side": "numerator"}).json()
    assert [row["name"] for row in page["results"]] == ["A", "B", "F"]
    assert (page["next"], page["previous"]) == (None, None)
    assert program.get(f"{KPI}/campaign_stop_30d/clients", DECEMBER).json()["results"] == []
    assert program.get(f"{KPI}/nonsense/clients", DECEMBER).status_code == 404


@pytest.mark.usefixtures("clients")
def test_cohorts_of_contracts(call_as: CallAs) -> None:
    program = call_as(make_user(Role.HEAD), Scope.REPORTS_READ)
    asked = {"basis": "contracts", "from": "2025-01-01", "to": "2026-04-01", "as_of": "2026-03-15"}
    rows = program.get("/api/v1/reports/cohorts", asked).json()["rows"]
    january = rows[0]
    assert (january["cohort"], january["size"]) == ("2025-01", 6)
    assert january["active"] == [6] * 12 + [4, 5, None]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"from": "2025-12-01"}, "to"),
        ({"from": "01.12.2025", "to": "2026-01-01"}, "from"),
        ({"from": "2026-01-01", "to": "2026-01-01"}, "to"),
        ({"from": "1900-01-01", "to": "2026-01-01"}, "to"),
        ({**DECEMBER, "tier": "Z"}, "tier"),
        ({**DECEMBER, "manager": "nobody"}, "manager"),
        ({**DECEMBER, "as_of": "soon"}, "as_of"),
        ({**DECEMBER, "as_of": "2026-02-31"}, "as_of"),
        ({**DECEMBER, "product": "\x00"}, "product"),
    ],
)
def test_wrong_questions_are_400(call_as: CallAs, wrong: dict[str, str], field: str) -> None:
    answer = call_as(make_user(Role.HEAD), Scope.REPORTS_READ).get(KPI, wrong)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_head_asks_for_one_manager(call_as: CallAs, clients: dict[str, Client]) -> None:
    owner = clients["A"].assignments.get().user
    head = call_as(make_user(Role.HEAD), Scope.REPORTS_READ)
    assert head.get(KPI, {**DECEMBER, "manager": owner.username}).json()["metrics"]["renewal_rate"]["denominator"] == 5
    other = {**DECEMBER, "manager": make_user(Role.AM).username}
    assert head.get(KPI, other).json()["metrics"]["renewal_rate"]["denominator"] == 0


def test_other_scopes_are_refused(call_as: CallAs) -> None:
    assert call_as(make_user(Role.HEAD), Scope.CLIENTS_READ).get(KPI, DECEMBER).status_code == 403

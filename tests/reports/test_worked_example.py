from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from clients.enums import OrderStatus
from clients.models import Client, Order, Product
from core.figures import Figure, Period, Segment
from reports import queries
from reports.registry import FIGURES
from tests.reports.worked_example import TODAY, ask, build, moscow

pytestmark = pytest.mark.django_db


@pytest.fixture
def clients() -> dict[str, Client]:
    return build()


def fraction(figure: Figure) -> tuple[float, float]:
    return float(figure.numerator or 0), float(figure.denominator or 0)


def names(metric: str, side: str, first: str, end: str) -> str:
    period = Period(date.fromisoformat(first), date.fromisoformat(end))
    found = queries.behind(queries.question(period, as_of=TODAY), getattr(FIGURES[metric], side)).rows
    return "".join(sorted(Client.objects.get(pk=row.client_id).name for row in found))


@pytest.mark.usefixtures("clients")
def test_december_renewals() -> None:
    december = ask("2025-12-01", "2026-01-01")
    assert december["renewal_rate"].value == pytest.approx(0.6)
    assert fraction(december["renewal_rate"]) == (3, 5)
    assert fraction(december["refusal_rate"]) == (2, 5)
    assert fraction(december["renewal_gross"]) == (230, 450)
    assert fraction(december["renewal_net"]) == (250, 450)
    assert december["renewal_rate"].pending == 0
    assert december["renewal_rate"].matured
    assert names("renewal_rate", "denominator", "2025-12-01", "2026-01-01") == "ABCDF"
    assert names("renewal_rate", "numerator", "2025-12-01", "2026-01-01") == "ABF"
    assert names("refusal_rate", "numerator", "2025-12-01", "2026-01-01") == "CD"


@pytest.mark.usefixtures("clients")
def test_other_months_of_renewals_and_the_win_back() -> None:
    assert fraction(ask("2026-01-01", "2026-02-01")["renewal_rate"]) == (0, 1)
    assert fraction(ask("2025-11-01", "2025-12-01")["renewal_rate"]) == (0, 1)
    march = ask("2026-03-01", "2026-04-01")["renewal_rate"]
    assert (march.value, march.pending, march.matured, march.bounds) == (None, 1, False, (0.0, 1.0))
    february = ask("2026-02-01", "2026-03-01")["renewal_rate"]
    assert february.extras["winbacks"] == 1
    assert fraction(february) == (0, 0)


@pytest.mark.usefixtures("clients")
def test_retention_and_stops() -> None:
    january, february = ask("2026-01-01", "2026-02-01"), ask("2026-02-01", "2026-03-01")
    assert fraction(january["retention_rate"]) == (5, 7)
    assert fraction(january["churn_rate"]) == (2, 7)
    assert fraction(february["retention_rate"]) == (6, 6)
    assert fraction(january["stop_30d_rate"]) == (1, 2)
    assert names("retention_rate", "denominator", "2026-01-01", "2026-02-01") == "ABCDEFI"
    assert names("retention_rate", "numerator", "2026-01-01", "2026-02-01") == "ABEFI"
    assert names("stop_30d_rate", "denominator", "2026-01-01", "2026-02-01") == "GH"
    assert names("stop_30d_rate", "numerator", "2026-01-01", "2026-02-01") == "G"


@pytest.mark.usefixtures("clients")
def test_first_quarter_of_money() -> None:
    quarter = ask("2026-01-01", "2026-04-01")
    assert fraction(quarter["grr"]) == (930, 1150)
    assert fraction(quarter["nrr"]) == (950, 1150)
    assert quarter["nrr"].extras["reactivation"] == 100


@pytest.mark.usefixtures("clients")
def test_january_orders() -> None:
    january = ask("2026-01-01", "2026-02-01")
    assert january["average_check"].value == 1160
    assert fraction(january["average_check"]) == (5800, 5)
    assert january["median_check"].value == 1000
    assert january["revenue"].value == 5800
    assert fraction(january["repeat_client_rate"]) == (1, 3)
    assert names("repeat_client_rate", "numerator", "2026-01-01", "2026-02-01") == "A"
    assert fraction(january["repeat_order_share"]) == (2, 5)
    assert fraction(january["orders_per_client"]) == (5, 3)
    assert fraction(january["first_repeat_90d"]) == (1, 2)  # D was not watched for 90 days yet
    assert january["first_repeat_90d"].pending == 1


@pytest.mark.usefixtures("clients")
def test_refund_counts_from_its_own_date() -> None:
    assert fraction(ask("2026-01-01", "2026-02-01", date(2026, 2, 9))["average_check"]) == (6800, 5)


@pytest.mark.usefixtures("clients")
def test_nps_with_its_interval() -> None:
    nps = ask("2026-03-01", "2026-04-01")["nps"]
    assert nps.value == 20.0
    assert nps.extras["centre"] == pytest.approx(15.38, abs=0.005)
    assert nps.extras["half_width"] == pytest.approx(45.71, abs=0.005)


@pytest.mark.usefixtures("clients")
def test_active_clients_on_the_last_day() -> None:
    assert ask("2026-01-01", "2026-02-01")["active_clients"].value == 6  # A B E F H I
    assert names("active_clients", "numerator", "2026-01-01", "2026-02-01") == "ABEFHI"


def test_months_of_every_figure_are_there_without_any_rows() -> None:
    answer = ask("2026-01-01", "2026-02-01")
    assert list(answer) == list(FIGURES)
    assert {key for key, figure in answer.items() if figure.value is not None} == {"revenue", "active_clients"}


@pytest.mark.usefixtures("clients")
def test_many_periods_in_one_answer_are_the_same_as_one_by_one() -> None:
    starts = [date(2025, month, 1) for month in range(1, 13)] + [date(2026, month, 1) for month in range(1, 6)]
    months = [Period(*pair) for pair in pairwise(starts)]
    together = queries.figures(queries.question(*months, as_of=TODAY))
    alone = [queries.figures(queries.question(month, as_of=TODAY))[0] for month in months]
    assert together == alone


def test_holders_of_a_product_are_active_by_contract_or_by_order(clients: dict[str, Client]) -> None:
    product = Product.objects.create(code="ads", name="Реклама")
    clients["A"].contracts.get(starts_on=date(2026, 1, 1)).products.add(product)
    bought = moscow("2026-01-20 12:00")
    for letter in "K", "C":  # C had a contract, that is over
        order = Order.objects.create(
            client=clients[letter], ordered_at=bought, completed_at=bought, status=OrderStatus.COMPLETED, amount=100
        )
        order.products.add(product)
    asked = queries.question(
        Period(date(2026, 1, 1), date(2026, 2, 1)), as_of=TODAY, segment=Segment(product=product.pk)
    )
    [found] = queries.figures(asked, keys=["active_clients"])
    assert found["active_clients"].value == 2


@pytest.mark.usefixtures("clients")
def test_previous_page_of_who_is_in_the_same_order() -> None:
    period = Period(date(2025, 12, 1), date(2026, 1, 1))
    asked, side = queries.question(period, as_of=TODAY), FIGURES["renewal_rate"].denominator
    assert side is not None
    everybody = [row.client_id for row in queries.behind(asked, side).rows]
    page = queries.behind(asked, side, before=everybody[3], size=2)
    assert [row.client_id for row in page.rows] == everybody[1:3]
    assert (page.before, page.after) == (everybody[1], everybody[2])

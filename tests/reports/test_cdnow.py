from __future__ import annotations

from datetime import date

import pytest

from clients.models import Client, Order
from core.figures import Period
from reports import queries
from tests.reports import cdnow

pytestmark = pytest.mark.django_db

WHOLE = Period(date(1997, 1, 1), date(1998, 7, 1))
FIRST_COHORT = [777, 124, 95, 70, 65, 77, 65, 53, 52, 45, 62, 59, 45, 47, 63, 37, 37, 33]


def test_published_integers() -> None:
    cdnow.load()
    assert (Client.objects.count(), Order.objects.count()) == (2357, 6919)
    asked = queries.question(WHOLE)
    [answer] = queries.figures(asked)
    assert answer["average_check"].denominator == 6911
    assert answer["revenue"].value == pytest.approx(244091.94)
    assert answer["average_check"].value == pytest.approx(35.3193, abs=0.00005)
    assert (answer["repeat_client_rate"].numerator, answer["repeat_client_rate"].denominator) == (1139, 2349)
    assert (answer["repeat_order_share"].numerator, answer["repeat_order_share"].denominator) == (4562, 6911)
    first = queries.cohorts(asked, basis="orders")[0]
    assert (first.month, first.size, first.active) == (date(1997, 1, 1), 777, FIRST_COHORT)


def test_months_that_are_not_over_are_blank() -> None:
    cdnow.load()
    asked = queries.question(WHOLE, as_of=date(1998, 5, 30))
    first = queries.cohorts(asked, basis="orders")[0]
    assert first.active == [*FIRST_COHORT[:16], None, None]

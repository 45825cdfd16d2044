from __future__ import annotations

from datetime import date, datetime

import pytest
import time_machine

from retention.queries.renewals.forecast import renewal_forecast
from staff.enums import Role
from tests.factories import make_user
from tests.reports.worked_example import MOSCOW, build

pytestmark = pytest.mark.django_db


def test_forecast_reads_the_same_due_contracts_as_the_figures() -> None:
    now = datetime(2026, 4, 15, 12, tzinfo=MOSCOW)
    with time_machine.travel(now, tick=False):
        build()
        rows = renewal_forecast(user=make_user(Role.HEAD), months=[date(2025, 12, 1)], now=now)
    assert sum(row.count for row in rows) == 5
    assert sum(row.renewed for row in rows) == 3

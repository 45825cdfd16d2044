"""Happiness and money of one client: a page, and the panel of the card."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.utils.timezone import localdate, make_aware

from core.figures import add_months
from core.models import Company
from staff.enums import Role
from staff.models import HourlyCost, User
from tests.factories import make_client, make_order, make_user
from tests.reports.test_bands import say
from tests.reports.test_views import enter
from tests.reports.test_worth import buyer, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    user = make_user(Role.AM)
    HourlyCost.objects.create(user=user, from_on=date(2020, 1, 1), amount=600)
    return user


def test_a_client_s_happiness_and_money(owner: User) -> None:
    day = localdate() - timedelta(days=40)
    client = buyer(owner, day, amount=1000, cost=400)
    say(client, day, 10)
    talk(client, owner, day, 30)
    Company.objects.update(acquisition_cost=500)
    path = f"/reports/clients/{client.pk}/"
    head = enter(make_user(Role.HEAD)).get(path).context
    assert (head["happiness"], head["parts"]) == ("100", "оценки 100")
    assert [head[name].replace("\u00a0", " ") for name in ("brought", "margin", "cost")] == [
        "1 000 ₽",
        "600 ₽",
        "300 ₽",
    ]
    assert (head["minutes"], head["paid"]) == (30, 1)
    assert head["chart"].series[0].points[0].value == 0.6
    own = enter(owner).get(path)
    assert "cost" not in own.context
    assert "Стоимость обслуживания" not in own.content.decode()


def test_nothing_is_known_of_a_new_client(owner: User) -> None:
    client = make_client(owner)
    context = enter(make_user(Role.HEAD)).get(f"/reports/clients/{client.pk}/").context
    assert [context[name] for name in ("happiness", "parts", "brought", "margin", "cost")] == ["—", "", "—", "—", "—"]
    assert (context["chart"], context["price"], context["paid"]) == (None, None, None)


def test_the_card_asks_for_the_panel_and_stands_without_it(owner: User) -> None:
    client = make_client(owner)
    path = f"/reports/clients/{client.pk}/"
    assert f'hx-get="{path}"' in enter(owner).get(f"/clients/{client.pk}/").content.decode()
    panel = enter(owner).get(path, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in panel
    assert "Счастье" in panel
    assert enter(make_user(Role.SALES)).get(path).status_code == 403


def test_months_without_an_order_are_gaps_in_the_margin(owner: User) -> None:
    this_month = localdate().replace(day=1)
    client = buyer(owner, add_months(this_month, -30), amount=1000, cost=900)
    for months, cost in ((-4, 400), (-1, 700)):
        at = make_aware(datetime.combine(add_months(this_month, months), time(12)))
        make_order(client, at, amount=1000, cost=cost)
    chart = enter(make_user(Role.HEAD)).get(f"/reports/clients/{client.pk}/").context["chart"]
    values = [point.value for point in chart.series[0].points]
    assert (len(values), values[-4:]) == (24, [0.6, None, None, 0.3])
    assert [value for value in values if value is not None] == [0.6, 0.3]

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from clients.enums import OrderStatus
from clients.models import Contract, Order
from core.models import Company
from staff.enums import Role
from staff.models import User
from tests.browser.conftest import picture
from tests.factories import make_client, make_user
from tests.reports.worked_example import MOSCOW

LogIn = Callable[[User], None]
Check = Callable[..., None]


@transaction.atomic
def department() -> None:
    """Two years of contracts and orders of forty clients."""
    random, owner, today = Random(7), make_user(Role.AM), localdate()
    for _number in range(40):
        client = make_client(owner)
        first = today - timedelta(days=random.randrange(300, 700))
        while first < today and random.random() < 0.85:
            last = first + timedelta(days=random.choice([89, 179, 364]))
            amount = random.randrange(30, 400) * 1000
            Contract.objects.create(client=client, signed_on=first, starts_on=first, ends_on=last, amount=amount)
            first = last + timedelta(days=random.choice([1, 1, 10, 50]))
        for _order in range(random.randrange(6)):
            day = today - timedelta(days=random.randrange(400))
            at = datetime(day.year, day.month, day.day, 12, tzinfo=MOSCOW)
            amount = random.randrange(5, 90) * 1000
            Order.objects.create(
                client=client, ordered_at=at, completed_at=at, status=OrderStatus.COMPLETED, amount=amount
            )
    Company.objects.filter(pk=1).update(department_started_on=today - timedelta(days=150))


def test_figures_explain_themselves_and_open_who(
    site: str, page: Page, log_in: LogIn, assert_clean_in_every_look: Check
) -> None:
    department()
    log_in(make_user(Role.HEAD))
    page.goto(f"{site}/reports/kpi/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Показатели")
    assert_clean_in_every_look(page, "figures")
    tile = page.locator(".figure-tile").first
    tile.locator("summary").focus()
    expect(tile.locator(".figure-card")).to_be_visible()
    picture(page, "figures-hint")
    tile.get_by_role("link", name="Знаменатель: кто").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Доля отказов")
    assert_clean_in_every_look(page, "figures-who")
    page.goto(f"{site}/reports/cohorts/")
    assert_clean_in_every_look(page, "cohorts")


def test_empty_and_wrong_questions_are_polite(site: str, page: Page, log_in: LogIn, assert_clean: Check) -> None:
    log_in(make_user(Role.HEAD))
    page.goto(f"{site}/reports/kpi/")
    expect(page.get_by_text("По этому запросу показателей пока нет")).to_be_visible()
    picture(page, "figures-empty")
    assert_clean(page)
    first = date(2026, 2, 1)
    page.goto(f"{site}/reports/kpi/?from={first}&to=2026-01-01")
    expect(page.get_by_text("На этот запрос нельзя ответить")).to_be_visible()
    picture(page, "figures-wrong")
    assert_clean(page, expected="400")

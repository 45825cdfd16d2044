from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from django.utils.timezone import localdate, now
from playwright.sync_api import Page, expect

from clients.models import Client
from core.figures import add_months
from demo.bonuses import LINES
from reports import services
from reports.bonus.services import introduce_rules, work_out_month
from retention.models import Freeze
from staff.enums import Role
from staff.models import User
from tests.browser.conftest import picture
from tests.browser.test_figures import department
from tests.factories import make_user

LogIn = Callable[[User], None]
Check = Callable[..., None]


def test_head_reads_managers_and_signs_a_bonus(
    site: str, page: Page, log_in: LogIn, assert_clean_in_every_look: Check
) -> None:
    department()
    manager, head = User.objects.get(roles__contains=[Role.AM]), make_user(Role.HEAD)
    month = add_months(localdate(), -1)
    introduce_rules(from_month=month, base=LINES[0].weight * 30000, lines=LINES, note="", seen_version=0, actor=head)
    work_out_month(month=month, actor=head, now=now() - timedelta(minutes=1))
    log_in(head)
    for path, name in (
        ("managers/", "table"),
        (f"managers/{manager.username}/", "one"),
        (f"managers/{manager.username}/late/", "late"),
        ("bonus/", "bonus"),
        ("bonus/rules/", "rules"),
        (f"bonus/of/{manager.username}/", "bonus-of"),
        (f"bonus/of/{manager.username}/{month.year}/{month.month}/?again=1", "statement"),
    ):
        page.goto(f"{site}/reports/{path}")
        assert_clean_in_every_look(page, f"managers-{name}")
    page.get_by_role("button", name="Подписать").click()
    expect(page.get_by_text("Подписано.")).to_be_visible()
    assert_clean_in_every_look(page, "managers-signed")


def test_head_opens_what_stands_behind_a_proven_success(
    site: str, page: Page, log_in: LogIn, assert_clean_in_every_look: Check
) -> None:
    department()
    manager = User.objects.get(roles__contains=[Role.AM])
    month, client = add_months(localdate().replace(day=1), -1), Client.objects.filter(assignments__user=manager)[0]
    client.assignments.update(started_at=now() - timedelta(days=200))
    Freeze.objects.create(client=client, stopped_on=month, outcome="resumed", ended_on=month + timedelta(days=3))
    services.rebuild_facts(now=now())
    log_in(make_user(Role.HEAD))
    page.goto(f"{site}/reports/managers/")
    proven = page.get_by_role("table", name="Чей успех доказан").get_by_role("row", name=str(manager))
    proven.get_by_role("link", name="100,0 %").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Остановки спасены")
    assert_clean_in_every_look(page, "managers-cases")
    page.get_by_role("link", name=client.name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(client.name)
    page.goto(f"{site}/reports/managers/")
    page.locator("#managers tfoot a").nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Активные клиенты")


def test_wrong_rules_of_bonuses_are_told_and_kept(site: str, page: Page, log_in: LogIn, assert_clean: Check) -> None:
    log_in(make_user(Role.HEAD))
    page.goto(f"{site}/reports/bonus/rules/")
    page.get_by_label("База").fill("30000")
    page.get_by_label("Показатель").first.select_option(label="Доля продлений")
    page.get_by_label("Ступени").first.fill("пятьдесят")
    page.get_by_role("button", name="Ввести в действие").click()
    expect(page.get_by_role("alert")).to_contain_text("Проверьте отмеченные поля")
    expect(page.get_by_label("Ступени").first).to_have_value("пятьдесят")
    expect(page.get_by_label("Ступени").first).to_have_accessible_description(re.compile("Не удалось прочитать"))
    picture(page, "bonus-rules-wrong")
    assert_clean(page, expected="422")


def test_empty_pages_say_what_to_do(site: str, page: Page, log_in: LogIn, assert_clean: Check) -> None:
    log_in(make_user(Role.HEAD))
    for path in ("managers/", "bonus/", "bonus/rules/"):
        page.goto(f"{site}/reports/{path}")
        picture(page, f"managers-empty-{path.strip('/').replace('/', '-')}")
        assert_clean(page)

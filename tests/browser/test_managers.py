from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils.timezone import localdate, now
from playwright.sync_api import Page, expect

from core.figures import add_months
from demo.bonuses import LINES
from reports.bonus.services import introduce_rules, work_out_month
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


def test_empty_pages_say_what_to_do(site: str, page: Page, log_in: LogIn, assert_clean: Check) -> None:
    log_in(make_user(Role.HEAD))
    for path in ("managers/", "bonus/", "bonus/rules/"):
        page.goto(f"{site}/reports/{path}")
        picture(page, f"managers-empty-{path.strip('/').replace('/', '-')}")
        assert_clean(page)

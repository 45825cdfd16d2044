"""The head's walk: why is this month worse than the last, and who is behind it, in five clicks."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.timezone import localdate, now
from playwright.sync_api import Page, expect

from clients.models import Contract
from core.figures import add_months
from reports import services
from retention.enums import ReasonKind
from retention.models import Annotation, Refusal, RefusalReason
from staff.enums import Role
from staff.models import User
from tests.browser.conftest import PHONE, picture
from tests.browser.test_figures import department
from tests.factories import make_client, make_user

LogIn = Callable[[User], None]
Check = Callable[..., None]


def bad_month() -> str:
    """Two months ago everybody renewed; in the one after it eight of forty did, and Ilya's clients left."""
    month = localdate().replace(day=1)
    good, bad = add_months(month, -4), add_months(month, -3)
    reason = RefusalReason.objects.filter(kind=ReasonKind.SERVICE)[0]
    anna, ilya = make_user(Role.AM, name="Анна Ким"), make_user(Role.AM, name="Илья Носов")
    for due, owner, count, stays in ((good, anna, 40, 40), (bad, anna, 8, 8), (bad, ilya, 32, 0)):
        for number in range(count):
            client = make_client(owner, name=f"{owner.name} {due:%m} {number}")
            client.assignments.update(started_at="2020-01-01T00:00:00Z")
            start = add_months(due, -12)
            last = due.replace(day=10)
            contract = Contract.objects.create(
                client=client, signed_on=start, starts_on=start, ends_on=last, amount=120_000
            )
            if number >= stays:
                Refusal.objects.create(
                    client=client, contract=contract, refused_on=last, owner=owner, monthly_value=10_000,
                    stated_reason=reason, stated_words="Менеджер не отвечал неделю",
                )  # fmt: skip
            if number < stays:
                again = due.replace(day=11)
                end = add_months(due, 12)
                Contract.objects.create(client=client, signed_on=start, starts_on=again, ends_on=end, amount=120_000)
    Annotation.objects.create(day=bad.replace(day=2), kind="price", text="Новые цены")
    services.rebuild_facts(now=now())
    return f"?from={bad}&to={add_months(bad, 1)}"


#: Every click on the way, whatever page it happens on.
COUNT = "addEventListener('click', () => { sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1; }, true)"


def test_head_finds_out_why_the_month_is_worse_and_who_is_behind_it_in_five_clicks(
    site: str, page: Page, log_in: LogIn, assert_clean: Check
) -> None:
    question = bad_month()
    log_in(make_user(Role.HEAD))
    page.add_init_script(COUNT)
    page.goto(f"{site}/reports/department/{question}")
    tile = page.locator(".board-tile", has_text="Доля отказов")
    expect(tile).to_contain_text("80,0")
    tile.locator("a.stat-change").click()
    row = page.locator("#refusal_rate")
    expect(row).to_contain_text("+80,0 п.п.")
    expect(row).to_contain_text("не случайность")
    assert_clean(page)
    row.get_by_role("link", name="80,0 %").click()
    whose = page.get_by_role("table", name="Чьи клиенты")
    expect(whose.get_by_role("row").nth(1)).to_contain_text("Илья Носов")
    expect(whose.get_by_role("row").nth(1)).to_contain_text("100,0 %")
    assert_clean(page)
    whose.get_by_role("link", name="Илья Носов").click()
    page.get_by_role("table", name="Кто стоит за числом").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Илья Носов")
    page.locator(".client-tags").get_by_role("link", name="отказ").click()
    expect(page.get_by_text("Менеджер не отвечал неделю")).to_be_visible()
    assert page.evaluate("Number(sessionStorage.clicks)") == 5


def test_pages_are_clean_in_every_look(site: str, page: Page, log_in: LogIn, assert_clean_in_every_look: Check) -> None:
    department()
    Annotation.objects.create(day=localdate().replace(day=1), kind="price", text="Новые цены")
    services.rebuild_facts(now=now())
    log_in(make_user(Role.HEAD))
    for name in ("department/", "department/?view=wall", "compare/", "standards/", "standards/annotations/"):
        page.goto(f"{site}/reports/{name}")
        assert_clean_in_every_look(page, name.replace("/", "-").replace("?", ""))


def test_empty_pages_fit_a_phone_and_wrong_questions_are_polite(
    site: str, page: Page, log_in: LogIn, assert_clean: Check
) -> None:
    log_in(make_user(Role.HEAD))
    page.set_viewport_size(PHONE)
    for name in (
        "department/",
        "department/?view=wall",
        "compare/",
        "voice/",
        "money/",
        "standards/corridors/",
        "standards/rates/",
    ):
        page.goto(f"{site}/reports/{name}")
        picture(page, f"{name.replace('/', '-').replace('?', '')}phone-empty")
        assert_clean(page)
    page.goto(f"{site}/reports/compare/?before_from=2026-01-01")
    expect(page.get_by_text("На этот запрос нельзя ответить")).to_be_visible()
    picture(page, "compare-wrong")
    assert_clean(page, expected="400")


def test_the_wall_fills_the_whole_screen(site: str, page: Page, log_in: LogIn, assert_clean: Check) -> None:
    log_in(make_user(Role.HEAD))
    page.goto(f"{site}/reports/department/?view=wall")
    assert_clean(page)
    page.get_by_role("button", name="Во весь экран").click()
    page.wait_for_function("document.fullscreenElement === document.documentElement")
    expect(page.get_by_role("button", name="Во весь экран")).to_be_hidden()


def test_head_writes_down_what_happened_and_saves_a_view(
    site: str, page: Page, log_in: LogIn, assert_clean: Check
) -> None:
    department()
    services.rebuild_facts(now=now())
    log_in(make_user(Role.HEAD))
    page.goto(f"{site}/reports/department/")
    page.get_by_role("link", name="Записать, что произошло").click()
    page.get_by_label("День").fill(str(add_months(localdate().replace(day=1), -1)))
    page.locator("input[name=text]").fill("Сменили сценарий")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator(".board-events")).to_contain_text("Сменили сценарий")
    page.get_by_role("button", name="Сохранить вид").click()
    page.get_by_label("Название").fill("Утро")
    assert_clean(page)
    page.get_by_role("dialog").get_by_role("button", name="Сохранить").click()
    expect(page.get_by_role("navigation", name="Сохранённые виды")).to_contain_text("Утро")

"""The path everything stands on, once, in a browser: from the salesperson's form to the figure and back to the client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from io import StringIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings

from clients.models import Client
from staff.enums import Role
from staff.models import User
from tests.browser.conftest import PHONE, Check, LogIn
from tests.factories import make_user
from tests.gateways.sink import Sink, running_sink
from tests.handoff_factories import make_body

MOSCOW = ZoneInfo("Europe/Moscow")
SIGNED = "2026-11-09"
DAY_0 = datetime(2026, 11, 9, 10, 0, tzinfo=MOSCOW)  # a Monday
DAY_4 = datetime(2026, 11, 13, 12, 0, tzinfo=MOSCOW)
DAY_8 = datetime(2026, 11, 17, 12, 0, tzinfo=MOSCOW)
DAY_9 = datetime(2026, 11, 18, 9, 0, tzinfo=MOSCOW)


@pytest.fixture
def manager(site: str) -> User:
    return make_user(Role.AM, name="Анна Ким", phone="+74950000001", extension="12")


@pytest.fixture
def salesperson(site: str) -> User:
    return make_user(Role.SALES, name="Сергей Белов")


@pytest.fixture
def head(site: str) -> User:
    return make_user(Role.HEAD, name="Ольга Руднева")


@pytest.fixture
def sink(site: str, settings: Settings) -> Iterator[Sink]:
    with running_sink() as (sink, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.APP_URL = site
        yield sink


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=True):
        yield


def sweep(moment: datetime) -> None:
    call_command("sweep", "--at", moment.isoformat(), stdout=StringIO())


def letters_to(sink: Sink, address: str) -> list[EmailMessage]:
    return [letter for letter in sink.letters if letter["To"].addresses[0].addr_spec == address]


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way to {selector} with Tab")


def hand_off(page: Page, site: str, assert_clean: Check) -> None:
    page.goto(f"{site}/handoffs/new/")
    assert_clean(page)
    page.locator("[name=client-name]").fill("ООО «Север»")
    page.locator("[name=client-timezone]").select_option("Asia/Novosibirsk")
    page.locator("[name=contacts-0-name]").fill("Максим Орлов")
    page.locator("[name=contacts-0-email]").fill("max@client.test")
    page.locator("[name=contacts-0-phones]").fill("8 913 000-00-00")
    page.locator("[name=contacts-0-greeting]").fill("Привет, Макс!")
    page.locator("[name=contacts-0-address_form]").select_option("ty")
    page.locator("[name=contract-number]").fill("17/26")
    page.locator("[name=contract-amount]").fill("120 000,00")
    page.locator("[name=contract-signed_on]").fill(SIGNED)
    page.locator("[name=contract-starts_on]").fill(SIGNED)
    page.get_by_role("button", name="Передать", exact=True).click()
    expect(page.get_by_text("Проверьте отмеченные поля")).to_be_visible()  # nothing said about the promises yet
    assert_clean(page, expected="422")
    page.locator("[name=promises-goal]").fill("Больше заявок с портала")
    page.locator("[name=promises-promises]").fill("Отчёт каждую неделю")
    page.locator("[name=promises-terms]").fill("Оплата в рассрочку")
    page.locator("[name=promises-pains][value=deadline]").check()
    page.get_by_role("button", name="Передать", exact=True).click()
    expect(page.locator(".toast-good")).to_contain_text("Анна Ким")
    assert_clean(page)


def accept(page: Page, site: str, assert_clean: Check) -> None:
    page.goto(f"{site}/")
    assert_clean(page)
    page.goto(f"{site}/handoffs/")
    assert_clean(page)
    page.get_by_role("link", name="ООО «Север»").first.click()
    expect(page.get_by_text("Отчёт каждую неделю")).to_be_visible()
    assert_clean(page)
    page.get_by_role("button", name="Принять").click()
    expect(page.locator(".toast-good")).to_be_visible()
    assert_clean(page)


def call_by_keyboard(page: Page, site: str, assert_clean: Check) -> None:
    """Hands stay off the mouse from the queue to the outcome."""
    page.goto(f"{site}/calls/")
    assert_clean(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/calls/\d+/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("ООО «Север»")
    assert_clean(page)
    tab_to(page, "textarea[name^=q]")
    page.keyboard.type("Вас посоветовали партнёры")
    tab_to(page, "[name=note]")
    page.keyboard.type("Всё началось в срок")
    tab_to(page, "[name=no_next]")
    page.keyboard.press("Space")
    tab_to(page, "[name=outcome][value=reached]")
    page.keyboard.press("Digit1")
    expect(page.locator(".toast-good")).to_be_visible()
    assert_clean(page)


def answer_on_a_phone(page: Page, link: str, assert_clean: Check) -> None:
    page.goto(link)
    assert_clean(page)
    page.get_by_text("4", exact=True).click()
    page.locator("[name=comment]").fill("Отчёт не пришёл")
    page.get_by_role("button", name="Отправить").click()
    page.wait_for_url(re.compile("/thanks/"))
    expect(page.get_by_text("Анна Ким")).to_be_visible()
    assert_clean(page)


def resolve(page: Page, site: str, assert_clean: Check) -> None:
    page.goto(f"{site}/calls/")
    row = page.get_by_role("row").filter(has_text="ООО «Север»").filter(has_text="Отчёт не пришёл")
    expect(row).to_contain_text("срочный звонок")
    assert_clean(page)
    page.goto(f"{site}/complaints/")
    assert_clean(page)
    page.get_by_role("link", name="ООО «Север»").click()
    expect(page.get_by_text("Отчёт не пришёл").first).to_be_visible()
    assert_clean(page)
    page.get_by_role("button", name="Закрыть жалобу").click()
    assert_clean(page, expected="400")  # not without saying what was done
    page.locator("[name=resolution]").fill("Отчёт отправлен, срок продлён")
    page.get_by_role("button", name="Закрыть жалобу").click()
    expect(page.locator(".toast-good")).to_be_visible()
    expect(page.get_by_text("Отчёт отправлен, срок продлён").first).to_be_visible()
    assert_clean(page)


def look_behind_the_figure(page: Page, site: str, assert_clean: Check) -> None:
    page.goto(f"{site}/reports/kpi/?from=2026-11-01&to=2026-12-01")
    assert_clean(page)
    number = page.locator("a.figure-value[href*='/csat10/']")
    expect(number).to_have_text("4,0")
    number.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Удовлетворённость, 1–10")
    assert_clean(page)
    page.get_by_role("link", name="ООО «Север»").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ООО «Север»")
    expect(page.get_by_text("Анна Ким").first).to_be_visible()
    assert_clean(page)


@pytest.mark.timeout(300)
def test_client_goes_the_whole_path(  # three people, their browser, their post
    site: str,
    sink: Sink,
    salesperson: User,
    manager: User,
    head: User,
    log_in: LogIn,
    context: BrowserContext,
    page: Page,
    assert_clean: Check,
) -> None:
    with at(DAY_0):
        log_in(salesperson)
        hand_off(page, site, assert_clean)
        log_in(manager)
        accept(page, site, assert_clean)
        assert letters_to(sink, "max@client.test") == []
        sweep(DAY_0 + timedelta(hours=1))
    [welcome] = letters_to(sink, "max@client.test")
    assert text_of(welcome).startswith("Привет, Макс!")
    assert "Анна Ким" in text_of(welcome)
    assert "Привет, Макс!" in text_of(welcome, "html")
    assert welcome["Reply-To"].addresses[0].addr_spec == manager.email
    assert len(letters_to(sink, salesperson.email)) == 1

    with at(DAY_4):
        sweep(DAY_4)
        log_in(manager)  # nobody stays logged in for days
        call_by_keyboard(page, site, assert_clean)

    assert len(letters_to(sink, "max@client.test")) == 1
    with at(DAY_8):
        sweep(DAY_8)
        [_, survey] = letters_to(sink, "max@client.test")
        assert text_of(survey).startswith("Привет, Макс!")
        [link] = re.findall(rf"{site}/s/\S+", text_of(survey))
        context.clear_cookies()
        page.set_viewport_size(PHONE)
        answer_on_a_phone(page, link, assert_clean)
        page.set_viewport_size({"width": 1280, "height": 900})
        log_in(manager)
        resolve(page, site, assert_clean)

    with at(DAY_9):
        sweep(DAY_9)  # the facts turn to the new day
        log_in(head)
        look_behind_the_figure(page, site, assert_clean)


def test_program_hands_off_over_plain_http(site: str, salesperson: User, manager: User) -> None:
    """No browser, no library: the token that the command prints, and a body."""
    out = StringIO()
    call_command("api_token", salesperson.username, "--scopes", "handoffs:write", stdout=out, stderr=StringIO())
    token = out.getvalue().strip()

    def post(body: dict[str, object], bearer: str) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        request = Request(f"{site}/api/v1/handoffs", json.dumps(body).encode(), headers)  # noqa: S310
        try:
            with urlopen(request, timeout=20) as answer:  # noqa: S310  # our own server
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    body = make_body()
    status, answer = post(body, token)

    assert (status, answer["status"], answer["owner"]) == (
        201,
        "offered",
        {"username": manager.username, "name": "Анна Ким"},
    )
    assert post(body, token) == (200, answer)
    assert post({**body, "goal": "Другое"}, token)[1]["code"] == "idempotency_conflict"
    assert post(body, "wrong")[0] == 401
    assert Client.objects.count() == 1

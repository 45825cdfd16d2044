from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients.models import Client, Contact, ContactPhone
from feedback.models import CallAnswer
from feedback.queries.calls import call_screen
from feedback.queries.queue import QueueFilter, call_queue, queue_group
from scripts.models import Script
from scripts.queries import current_version
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_user
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import CallAttempt, Touch

pytestmark = pytest.mark.django_db

Open = Callable[..., Touch]


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def open_touch(owner: User, today: date) -> Open:
    def make(days: int = 0, client: Client | None = None, **values: Any) -> Touch:
        day = today + timedelta(days=days)
        chosen = client or make_client(owner)
        if client is None:
            contact = Contact.objects.create(client=chosen, name="Максим Орлов", is_primary=True, greeting="Макс!")
            ContactPhone.objects.create(contact=contact, number="+79130000000")
        defaults = {"kind": TouchKind.FOLLOW_UP, "assignee": owner, "due_from": day, "due_on": day}
        return Touch.objects.create(client=chosen, **{**defaults, **values})

    return make


def browser(user: User) -> Browser:
    page = Browser()
    page.force_login(user)
    return page


@pytest.mark.parametrize("rows", [1, 3])
def test_queue_asks_the_same_number_of_queries(
    rows: int, owner: User, open_touch: Open, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        open_touch(-1)
        open_touch(number)
    page = browser(owner)
    page.get("/calls/")
    with django_assert_num_queries(6):
        assert page.get("/calls/").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_screen_asks_the_same_number_of_queries(
    rows: int, owner: User, open_touch: Open, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    touch = open_touch()
    version = current_version(TouchKind.FOLLOW_UP)
    assert version is not None
    for number in range(rows):
        Contact.objects.create(client=touch.client, name=f"Анна {number}")
        attempt = CallAttempt.objects.create(touch=touch, user=owner, outcome=CallOutcome.NO_ANSWER)
        CallAnswer.objects.create(attempt=attempt, question=version.questions.all()[0], text="да")
    page = browser(owner)
    page.get("/calls/")
    with django_assert_num_queries(13):
        assert page.get(f"/calls/{touch.pk}/").status_code == 200


def test_person_to_call_stands_before_others(open_touch: Open) -> None:
    touch = open_touch()
    asked_for = Contact.objects.create(client=touch.client, name="Яна Белова")
    assert call_screen(touch, now=timezone.now()).contacts[0].name == "Максим Орлов"
    touch.contact = asked_for
    assert call_screen(touch, now=timezone.now()).contacts[0] == asked_for


def test_queue_groups_by_day_and_puts_urgent_first(owner: User, open_touch: Open, today: date) -> None:
    late, soon = open_touch(-2), open_touch(2)
    window = open_touch(-1, due_on=today + timedelta(days=1))
    waiting = open_touch(0, not_before=timezone.now() + timedelta(hours=1))
    plain, urgent = open_touch(), open_touch(is_urgent=True)
    done = open_touch(state=TouchState.DONE, outcome=CallOutcome.REACHED, closed_at=timezone.now(), closed_by=owner)
    groups = call_queue(owner, QueueFilter(assignee=owner.pk), now=timezone.now())
    found = {group.name: [row.id for row in group.rows] for group in groups}
    assert found == {
        "overdue": [late.pk],
        "due": [urgent.pk, plain.pk, window.pk, waiting.pk],
        "coming": [soon.pk],
        "done": [done.pk],
    }
    assert {group.name: group.count for group in groups} == {"overdue": 1, "due": 4, "coming": 1, "done": 1}


def test_queue_names_the_person_asked_for_else_the_main_contact_and_the_first_phone(
    owner: User, open_touch: Open
) -> None:
    usual = open_touch()
    asked_for = Contact.objects.create(client=usual.client, name="Яна Белова")
    ContactPhone.objects.create(contact=asked_for, number="+79130000002", position=2)
    ContactPhone.objects.create(contact=asked_for, number="+79130000001", position=1)
    special = open_touch(client=usual.client, contact=asked_for)
    Contact.objects.filter(client=(nobody := open_touch()).client).delete()

    due = call_queue(owner, QueueFilter(), now=timezone.now())[1]
    found = {row.id: (row.contact, row.phone) for row in due.rows}

    assert found[usual.pk][0] == "Максим Орлов"
    assert found[special.pk] == ("Яна Белова", "+79130000001")
    assert found[nobody.pk] == ("", "")


def test_a_salesperson_has_no_queue(open_touch: Open) -> None:
    open_touch()
    assert call_queue(make_user(Role.SALES), QueueFilter(), now=timezone.now()) == []


def test_queue_is_own_or_everybodys_and_of_one_kind(owner: User, open_touch: Open) -> None:
    colleague = make_user(Role.AM)
    mine, theirs = open_touch(), open_touch(assignee=colleague, kind=TouchKind.CHECK_IN)
    page = browser(owner)
    assert theirs.client.name not in page.get("/calls/").text
    assert theirs.client.name in page.get("/calls/?who=all").text
    only_theirs = page.get(f"/calls/?who={colleague.pk}&kind=check_in").text
    assert theirs.client.name in only_theirs
    assert mine.client.name not in only_theirs
    assert page.get("/calls/?who=abc&kind=nonsense&group=x").status_code == 200


@pytest.mark.parametrize("name", ["overdue", "due", "coming", "done"])
def test_group_alone_pages_through_every_row_once(
    name: str, owner: User, open_touch: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.queries.queue.LONG", 2)
    days = {"overdue": -1, "due": 0, "coming": 1, "done": 0}[name]
    client = make_client(owner)
    for number in range(5):
        values: dict[str, Any] = {"is_urgent": number % 2 == 0 and name != "coming"}
        if name == "done":
            at = timezone.now()
            values |= {"state": TouchState.DONE, "outcome": "reached", "closed_at": at, "closed_by": owner}
        open_touch(days, client=client, **values)
    seen: list[int] = []
    after = ""
    while True:
        group = queue_group(owner, QueueFilter(), name, after=after, now=timezone.now())
        seen += [row.id for row in group.rows]
        after = group.next_after
        if not after:
            break
    assert len(seen) == len(set(seen)) == 5
    assert browser(owner).get(f"/calls/?group={name}&after=nonsense_1").status_code == 200


def test_recorded_call_opens_the_next_one(owner: User, open_touch: Open) -> None:
    first, second = open_touch(), open_touch()
    data = {"version": 1, "outcome": "reached", "note": "Доволен", "no_next": "on"}
    answer = browser(owner).post(f"/calls/{first.pk}/?kind=follow_up", data)
    assert (answer.status_code, answer["Location"]) == (302, f"/calls/{second.pk}/?kind=follow_up")
    last = browser(owner).post(f"/calls/{second.pk}/", data)
    assert last["Location"] == "/calls/"


def test_wrong_input_loses_nothing(owner: User, open_touch: Open) -> None:
    touch = open_touch()
    answer = browser(owner).post(f"/calls/{touch.pk}/", {"version": 1, "outcome": "reached", "note": "длинный рассказ"})
    assert answer.status_code == 422
    assert "длинный рассказ" in answer.text
    touch.refresh_from_db()
    assert touch.state == TouchState.OPEN
    wrong = browser(owner).post(f"/calls/{touch.pk}/", {"version": 1, "outcome": "shouted", "note": "рассказ"})
    assert wrong.status_code == 422


def test_call_taken_by_a_colleague_meanwhile_keeps_the_text(owner: User, open_touch: Open) -> None:
    touch = open_touch()
    data = {"version": 1, "outcome": "reached", "note": "мой текст", "no_next": "on"}
    browser(make_user(Role.FEEDBACK)).post(f"/calls/{touch.pk}/", {**data, "note": "их текст"})
    answer = browser(owner).post(f"/calls/{touch.pk}/", data)
    assert answer.status_code == 409
    assert "мой текст" in answer.text


def test_attempt_recorded_meanwhile_can_be_followed_by_mine(owner: User, open_touch: Open) -> None:
    touch = open_touch()
    browser(owner).post(f"/calls/{touch.pk}/", {"version": 1, "outcome": "no_answer"})
    data = {"version": 1, "outcome": "reached", "note": "мой текст", "no_next": "on"}
    assert browser(owner).post(f"/calls/{touch.pk}/", data).status_code == 409
    assert browser(owner).post(f"/calls/{touch.pk}/", {**data, "version": 2}).status_code == 302


def test_call_back_is_by_the_clients_clock(owner: User, open_touch: Open, today: date) -> None:
    touch = open_touch(client=make_client(owner, timezone="Asia/Vladivostok"))
    at = f"{today + timedelta(days=3)}T15:00"
    browser(owner).post(f"/calls/{touch.pk}/", {"version": 1, "outcome": "call_back", "call_back_at": at})
    touch.refresh_from_db()
    assert touch.not_before == datetime.fromisoformat(f"{at}+10:00")


def test_done_screen_shows_what_came_of_it_and_third_miss_suggests_a_letter(owner: User, open_touch: Open) -> None:
    touch = open_touch()
    for number in range(3):
        browser(owner).post(f"/calls/{touch.pk}/", {"version": number + 1, "outcome": "no_answer"})
    assert 'class="callout callout-warn"' in browser(owner).get(f"/calls/{touch.pk}/").text
    data = {"version": 4, "outcome": "refused", "note": "Просил не звонить", "no_next": "on"}
    browser(owner).post(f"/calls/{touch.pk}/", data)
    assert "Просил не звонить" in browser(owner).get(f"/calls/{touch.pk}/").text


@pytest.mark.parametrize("rows", [1, 3])
def test_answers_are_gathered_by_question(
    rows: int, owner: User, open_touch: Open, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    version = current_version(TouchKind.FOLLOW_UP)
    assert version is not None
    for number in range(rows):
        touch = open_touch()
        attempt = CallAttempt.objects.create(touch=touch, user=owner, outcome=CallOutcome.REACHED)
        for question in version.questions.all():
            text = "yes" if question.answer_kind == "yes_no" else f"ответ {number}"
            CallAnswer.objects.create(attempt=attempt, question=question, text=text)
    page = browser(owner)
    url = f"/scripts/{version.script_id}/answers/"
    page.get(url)
    with django_assert_num_queries(5):
        shown = page.get(url).text
    assert shown.count("ответ 0") == 4
    assert "ответ 0" not in page.get(f"{url}?from_on=2020-01-01&until_on=2020-01-02").text
    assert page.get(f"{url}?from_on=2020-01-02&until_on=2020-01-01").status_code == 200


def test_script_never_published_has_no_answers(owner: User) -> None:
    script = Script.objects.create(code="check_in", title="Как дела")
    assert browser(owner).get(f"/scripts/{script.pk}/answers/").context["reports"] == []


def test_pages_of_calls_are_the_departments(open_touch: Open) -> None:
    touch = open_touch()
    salesperson = browser(make_user(Role.SALES))
    assert salesperson.get("/calls/").status_code == 403
    assert salesperson.get(f"/calls/{touch.pk}/").status_code == 404
    assert Browser().get("/calls/").status_code == 302
    assert browser(make_user(Role.TECHNICAL)).get(f"/calls/{touch.pk}/").status_code == 200

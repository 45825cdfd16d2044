"""Pages of refusals and freezes: what they cost, what they take, what they say when it is wrong."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils.timezone import localdate, now
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from feedback.queries.calls import call_screen
from retention.models import Freeze, Refusal, RefusalReason, Retro
from retention.services.attention import watch_attention
from retention.services.freezes import StopData, record_stop
from retention.services.leaving import keep_leaving
from retention.services.refusals import record_refusal
from retention.services.save_calls import plan_save_calls
from retention.services.unexplained import ask_unexplained
from scripts.models import Objection
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_user
from tests.forms import shown
from work.enums import TouchKind
from work.models import Touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD)


def as_(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def refuse(client: Client, actor: User) -> Refusal:
    return record_refusal(
        client=client, contract=None, refused_on=localdate(), stated_reason=RefusalReason.objects.order_by("pk")[0],
        stated_words="Долго", tried="", actor=actor, now=now(),
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/refusals/", 7),
        ("/refusals/reasons/", 7),
        ("/refusals/reasons/?since=2026-01-15&said=terms", 7),
        ("/refusals/interviews/", 4),
        ("/refusals/retros/", 4),
        ("/refusals/unexplained/", 6),
        ("/freezes/", 5),
        ("/freezes/figures/", 5),
        ("/scripts/objections/", 3),
    ],
)
def test_lists_cost_the_same(
    owner: User, head: User, path: str, queries: int, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(count):
        refusal = refuse(make_client(owner), owner)
        Retro.objects.create(refusal=refusal, written_by=head, responsible=owner, due_on=localdate())
        Freeze.objects.create(client=make_client(owner), stopped_on=localdate())
        Objection.objects.create(kind="terms", text=f"Долго {place}")
        old = localdate() - timedelta(days=40)
        make_contract(make_client(owner), old - timedelta(days=365), ends_on=old)
    if "unexplained" in path:
        watch_attention(now=now())
        keep_leaving(now=now())
    browser = as_(owner)
    with django_assert_num_queries(queries):
        assert browser.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/refusals/", "/refusals/reasons/", "/refusals/interviews/", "/refusals/retros/", "/refusals/unexplained/",
     "/freezes/", "/freezes/figures/", "/scripts/objections/"],
)  # fmt: skip
@pytest.mark.parametrize("query", ["", "?since=2026-13-99&manager=x&tier=Z&said=zzz&true=none&view=odd&kind=1&after=x",
                                   "?since=0001-01-01&until=9999-12-31"])  # fmt: skip
def test_empty_pages_open_whatever_the_address_says(owner: User, path: str, query: str) -> None:
    assert as_(owner).get(path + query).status_code == 200


def test_refusal_is_recorded_from_the_card_and_once_per_form(owner: User, head: User) -> None:
    client = make_client(owner)
    browser, url = as_(owner), f"/refusals/new/{client.pk}/"
    page = browser.get(url)
    assert str(page.context["form"]["refused_on"].value()) == localdate().isoformat()
    data = {
        "refused_on": localdate().isoformat(),
        "stated_reason": RefusalReason.objects.order_by("pk")[0].pk,
        "once": page.context["form"]["once"].value(),
    }

    first, again = browser.post(url, data), browser.post(url, data)

    assert (first.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert "refused" not in browser.get(f"/clients/{client.pk}/").content.decode()
    assert f"/refusals/{Refusal.objects.get().pk}/" in browser.get(f"/clients/{client.pk}/").content.decode()


def test_wrong_refusal_is_shown_again_with_what_was_typed(owner: User) -> None:
    client = make_client(owner)
    future = (localdate() + timedelta(days=2)).isoformat()
    answer = as_(owner).post(
        f"/refusals/new/{client.pk}/",
        {"refused_on": future, "stated_reason": RefusalReason.objects.all()[0].pk, "stated_words": "Слова клиента"},
    )
    assert answer.status_code == 422
    assert "Слова клиента" in answer.content.decode()


def original(**seen: object) -> dict[str, str]:
    """What a form without a page of its own carries along."""
    return {"original": json.dumps({name: str(value) for name, value in seen.items()})}


def test_whole_path_of_a_refusal(owner: User, head: User) -> None:
    refusal = refuse(make_client(owner), owner)
    browser, url = as_(head), f"/refusals/{refusal.pk}/"
    truth = RefusalReason.objects.order_by("-pk")[0]

    blank = shown(browser.get(f"{url}interview/"))
    assert browser.post(f"{url}interview/", blank).status_code == 400
    talk = {**blank, "established_reason": truth.pk, "turning_point": "Март"}
    assert browser.post(f"{url}interview/", talk).status_code == 302
    late = browser.post(f"{url}interview/", {**talk, "turning_point": "Апрель"})
    assert (late.status_code, [row["theirs"] for row in late.context["clashes"]]) == (409, ["Март"])
    lesson = {**shown(browser.get(f"{url}retro/")), "first_sign": "a", "could_have": "b", "will_change": "Меняем"}
    lesson["responsible"] = owner.pk
    assert browser.post(f"{url}retro/", lesson).status_code == 400
    lesson["due_on"] = localdate().isoformat()
    assert browser.post(f"{url}retro/", lesson).status_code == 302
    assert browser.post(f"{url}retro/done/", {"version": 1}).status_code == 302
    assert browser.post(f"{url}objection/", {"text": "Дорого нам", "kind": "terms"}).status_code == 302
    known = Objection.objects.get(text="Дорого нам")
    assert browser.post(f"{url}objection/", {"known": known.pk}).status_code == 302
    stated = shown(browser.get(f"{url}edit/"))
    assert browser.post(f"{url}edit/", {**stated, "stated_reason": truth.pk}).status_code == 302
    page = browser.get(url).content.decode()
    assert "Март" in page
    assert "Меняем" in page
    assert browser.post(f"{url}withdraw/", {"note": "", "version": 3}).status_code == 422
    late = browser.post(f"{url}withdraw/", {"note": "Остался", "version": 1})
    assert (late.status_code, shown(late)) == (409, {"note": "Остался", "version": 3})
    assert browser.post(f"{url}withdraw/", shown(late)).status_code == 302
    assert "Отозван" in browser.get(url).content.decode()


def test_interviewer_is_changed_on_the_page(owner: User, head: User) -> None:
    refusal, other = refuse(make_client(owner), owner), make_user(Role.FEEDBACK)
    as_(head).post(
        f"/refusals/{refusal.pk}/interviewer/",
        {**original(interviewer=refusal.interview.interviewer_id), "interviewer": other.pk},
    )
    refusal.interview.refresh_from_db()
    assert refusal.interview.interviewer == other


def test_refusal_without_an_interview_or_a_retro_has_no_such_pages(owner: User) -> None:
    refusal = refuse(make_client(owner), owner)
    assert as_(owner).get(f"/refusals/{refusal.pk}/interview/").status_code == 404
    assert as_(owner).post(f"/refusals/{refusal.pk}/retro/done/").status_code == 404
    assert as_(owner).get(f"/refusals/{refusal.pk}/").status_code == 200


def test_owner_sees_the_exit_call_but_cannot_record_it(owner: User, head: User) -> None:
    refuse(make_client(owner), owner)
    url = f"/calls/{Touch.objects.get().pk}/"
    browser = as_(owner)
    assert 'name="outcome"' not in browser.get(url).content.decode()
    assert browser.post(url, {"outcome": "reached", "note": "x", "no_next": "on", "version": 1}).status_code == 403
    answer = as_(head).post(url, {"outcome": "reached", "note": "x", "no_next": "on", "version": 1})
    assert answer.headers["Location"] == f"/refusals/{Refusal.objects.get().pk}/"


def test_save_call_shows_the_stop_and_answers_to_objections(owner: User) -> None:
    freeze = record_stop(
        client=make_client(owner), data=StopData(stopped_on=localdate()), actor=owner, now=now()
    ).freeze
    plan_save_calls(now=now())
    touch = Touch.objects.get()
    page = as_(owner).get(f"/calls/{touch.pk}/").content.decode()
    assert f"/freezes/{freeze.pk}/" in page
    assert "Нам предложили дешевле" in page
    assert call_screen(touch, now=now()).objections


def test_call_about_an_unexplained_end_leads_to_the_refusal(owner: User) -> None:
    old = localdate() - timedelta(days=31)
    contract = make_contract(make_client(owner), old - timedelta(days=365), ends_on=old)
    ask_unexplained(now=now())
    page = as_(owner).get(f"/calls/{Touch.objects.get().pk}/").content.decode()
    assert f"/refusals/new/{contract.client_id}/?contract={contract.pk}" in page


@pytest.mark.parametrize("rule", ["exit:refusal:999999", "save:freeze:999999", "unexplained:contract:999999"])
def test_call_whose_subject_is_gone_still_opens(owner: User, rule: str) -> None:
    client, today = make_client(owner), localdate()
    touch = Touch.objects.create(client=client, kind="save", assignee=owner, due_from=today, due_on=today, rule=rule)
    assert as_(owner).get(f"/calls/{touch.pk}/").status_code == 200


def test_page_of_a_stop_leads_to_its_calls_and_to_no_others(owner: User) -> None:
    client = make_client(owner)
    freeze = Freeze.objects.create(client=client, stopped_on=localdate())
    planned = {"client": client, "assignee": owner, "due_from": localdate(), "due_on": localdate()}
    mine = Touch.objects.create(kind=TouchKind.SAVE, rule=f"save:freeze:{freeze.pk}", **planned)
    again = Touch.objects.create(kind=TouchKind.SAVE, rule=f"save:return:20261201:{freeze.pk}", **planned)
    other = Touch.objects.create(kind=TouchKind.SAVE, rule=f"save:freeze:1{freeze.pk}", **planned)
    page = as_(owner).get(f"/freezes/{freeze.pk}/").content.decode()
    assert f"/calls/{mine.pk}/" in page
    assert f"/calls/{again.pk}/" in page
    assert f"/calls/{other.pk}/" not in page


def test_stop_by_hand_and_its_end(owner: User) -> None:
    client = make_client(owner)
    browser, today = as_(owner), localdate().isoformat()
    data = {"kind": "frozen", "stopped_on": today, "reason": "unknown"}
    assert browser.post(f"/freezes/new/{client.pk}/", {**data, "stopped_on": "2999-01-01"}).status_code == 422
    assert browser.post(f"/freezes/new/{client.pk}/", data).status_code == 302
    assert browser.post(f"/freezes/new/{client.pk}/", data).status_code == 409
    freeze = Freeze.objects.get()
    assert "frozen=1" in browser.get("/clients/?frozen=1").content.decode()
    assert client.name in browser.get("/clients/?frozen=1").content.decode()
    seen = shown(browser.get(f"/freezes/{freeze.pk}/"))
    assert browser.post(f"/freezes/{freeze.pk}/", {**seen, "reason": "budget", "words": "Нет"}).status_code == 302
    assert browser.get(f"/freezes/{freeze.pk}/").status_code == 200
    browser.post(f"/freezes/{freeze.pk}/resume/", {"resumed_on": today, "version": 1})
    assert Freeze.objects.get().outcome == ""
    browser.post(f"/freezes/{freeze.pk}/resume/", {"resumed_on": today, "version": 2})
    assert Freeze.objects.get().outcome == "resumed"
    assert client.name not in browser.get("/clients/?frozen=1").content.decode()


def test_head_edits_the_list_of_reasons(head: User) -> None:
    browser, url = as_(head), "/settings/refusal-reasons/"
    assert browser.post(url, {"kind": "terms", "name": "Отсрочка"}).status_code == 302
    assert browser.post(url, {"kind": "terms", "name": "отсрочка"}).status_code == 422
    added = RefusalReason.objects.get(name="Отсрочка")
    browser.post(f"{url}{added.pk}/", {**original(name="Отсрочка"), "name": "Нет отсрочки"})
    browser.post(f"{url}{added.pk}/retire/", {"retired": "on", "version": 2})
    added.refresh_from_db()
    assert (added.name, added.archived_at is None) == ("Нет отсрочки", False)
    assert "Нет отсрочки" in browser.get(url).content.decode()


def test_library_of_objections_is_kept_by_the_department(owner: User, head: User) -> None:
    browser, url = as_(owner), "/scripts/objections/"
    assert browser.post(f"{url}new/", {"kind": "terms", "text": "Долго"}).status_code == 302
    assert browser.post(f"{url}new/", {"kind": "terms", "text": "долго"}).status_code == 422
    row = Objection.objects.get(text="Долго")
    seen = shown(browser.get(f"{url}{row.pk}/"))
    assert browser.post(f"{url}{row.pk}/", {**seen, "text": "Очень долго"}).status_code == 302
    assert browser.post(f"{url}{row.pk}/", {**seen, "text": "Иначе"}).status_code == 409
    assert "Очень долго" in browser.get(f"{url}?q=очень&kind=terms").content.decode()
    boss = as_(head)
    boss.post(f"{url}{row.pk}/archive/", {"version": 2})
    boss.post(f"{url}{row.pk}/archive/", {"version": 2})
    assert "Очень долго" in boss.get(f"{url}?archived=on").content.decode()
    boss.post(f"{url}{row.pk}/archive/", {"version": 3})
    assert Objection.objects.get(pk=row.pk).archived_at is None


def test_link_to_the_figures_is_for_those_who_may_read_them(owner: User, head: User) -> None:
    client = make_client(owner)
    record_stop(client=client, data=StopData(stopped_on=localdate()), actor=owner, now=now())
    shown = [
        "/reports/kpi/" in as_(user).get("/freezes/figures/").content.decode().split("<main", 1)[1]
        for user in (head, owner, make_user(Role.FEEDBACK))
    ]
    assert shown == [True, True, False]


def test_shares_of_stops_are_shown_as_coefficients_too(owner: User, head: User) -> None:
    for _each in range(2):
        record_stop(client=make_client(owner), data=StopData(stopped_on=localdate()), actor=owner, now=now())
    page = as_(head).get("/freezes/figures/", {"show": "coefficient", "tier": make_client(owner).tier}).content.decode()
    assert "0,200" in page  # what the literature says
    assert "?show=percent&amp;tier=" in page
    assert "20,0\u00a0%" in as_(head).get("/freezes/figures/").content.decode()

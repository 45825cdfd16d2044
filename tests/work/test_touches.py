from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client, Contact
from clients.queries.search import pick
from core.concurrency import EditConflictError, snapshot
from core.errors import ConflictError, DomainError, ForbiddenError
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_user
from tests.forms import shown
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch, TouchPolicy
from work.queries import calls_due, open_touches_of, policies
from work.services import cancel_touch, change_policy, close_touch, move_touch, open_urgent_touch, plan_touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner, name="ООО «Ёлочка»", inn="7707083893")


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def plan(client: Client, actor: User, **values: Any) -> Touch:
    now = timezone.now()
    defaults = {"due_on": timezone.localdate(now), "subject": "Отчёт", "now": now, "actor": actor}
    return plan_touch(client=client, **{**defaults, **values})


def browser(user: User) -> Browser:
    page = Browser()
    page.force_login(user)
    return page


def test_urgent_touch_is_the_owners_today_and_opens_once(client_: Client, owner: User, today: date) -> None:
    first, second = (
        open_urgent_touch(client=client_, rule="urgent:complaint:1", subject="Оценка 3", now=timezone.now())
        for _ in range(2)
    )
    assert first == second
    assert (first.kind, first.assignee, first.due_on, first.is_urgent) == (TouchKind.URGENT, owner, today, True)


def test_touch_by_hand_is_the_owners_and_follows_him(client_: Client, owner: User) -> None:
    colleague = make_user(Role.FEEDBACK)
    mine, theirs = plan(client_, colleague), plan(client_, owner, assignee=colleague)
    assert (mine.assignee, mine.follows_owner) == (owner, True)
    assert (theirs.assignee, theirs.follows_owner) == (colleague, False)
    assert list(open_touches_of(client_, colleague)) == [mine, theirs]
    assert not open_touches_of(client_, make_user(Role.SALES))
    assert (calls_due(owner), calls_due(colleague)) == (1, 1)


def test_contact_is_closed_once(client_: Client, owner: User) -> None:
    touch = plan(client_, owner)
    close_touch(touch=touch, outcome=CallOutcome.REACHED, note="Договорились", actor=owner, now=timezone.now())
    with pytest.raises(DomainError) as refusal:
        close_touch(touch=touch, outcome=CallOutcome.REFUSED, note="Нет", actor=owner, now=timezone.now())
    touch.refresh_from_db()
    assert (refusal.value.code, touch.outcome, touch.note) == ("closed", "reached", "Договорились")


@pytest.mark.parametrize("field", ["due_on", "subject", "assignee"])
def test_touch_by_hand_is_checked(client_: Client, owner: User, today: date, field: str) -> None:
    wrong: dict[str, Any] = {
        "due_on": today - timedelta(days=1),
        "subject": " ",
        "assignee": make_user(Role.SALES),
    }
    with pytest.raises(DomainError) as refusal:
        plan(client_, owner, **{field: wrong[field]})
    assert set(refusal.value.fields) == {field}


def test_touch_is_moved_and_what_two_people_change_merges(client_: Client, owner: User, today: date) -> None:
    touch = plan(client_, owner, due_on=today + timedelta(days=5))
    colleague = make_user(Role.FEEDBACK)
    seen = snapshot(touch, ["due_on", "subject", "contact"]) | {"assignee": ""}
    moved = move_touch(
        touch=touch,
        original=seen,
        mine={"due_on": today + timedelta(days=1), "assignee": colleague},
        now=timezone.now(),
    )
    assert (moved.due_from, moved.due_on) == (today + timedelta(days=1), today + timedelta(days=1))
    assert (moved.assignee, moved.follows_owner, moved.version) == (colleague, False, 2)
    merged = move_touch(touch=touch, original=seen, mine={"subject": "Иначе", "assignee": None}, now=timezone.now())
    assert (merged.subject, merged.assignee, merged.due_on) == ("Иначе", colleague, moved.due_on)
    with pytest.raises(EditConflictError) as conflict:
        move_touch(touch=touch, original=seen, mine={"assignee": owner}, now=timezone.now())
    assert [(clash.field, clash.theirs) for clash in conflict.value.clashes] == [("assignee", str(colleague.pk))]
    stored = {**seen, "assignee": str(colleague.pk)}
    back = move_touch(touch=touch, original=stored, mine={"assignee": None}, now=timezone.now())
    assert (back.assignee, back.follows_owner, back.version) == (owner, True, 4)
    assert move_touch(touch=touch, original=stored, mine={"assignee": None}, now=timezone.now()).version == 4


def test_closed_touch_is_not_moved(client_: Client, owner: User) -> None:
    touch = plan(client_, owner)
    cancel_touch(touch=touch, reason="Не нужно", actor=owner, now=timezone.now())
    with pytest.raises(ConflictError):
        move_touch(touch=touch, original={"subject": touch.subject}, mine={"subject": "Ещё"}, now=timezone.now())


def test_cancelled_touch_keeps_its_reason(client_: Client, owner: User) -> None:
    touch = plan(client_, owner)
    with pytest.raises(DomainError):
        cancel_touch(touch=touch, reason=" ", actor=owner, now=timezone.now())
    cancel_touch(touch=touch, reason="Клиент сам приехал", actor=owner, now=timezone.now())
    assert (touch.state, touch.note) == (TouchState.CANCELLED, "Клиент сам приехал")
    with pytest.raises(DomainError):
        cancel_touch(touch=touch, reason="Ещё раз", actor=owner, now=timezone.now())


def test_client_is_found_by_name_and_inn(client_: Client) -> None:
    for text in ("елоч", "ЁЛОЧ", "770708"):
        assert pick(Client.objects.all(), text, limit=20) == [client_]
    assert pick(Client.objects.all(), "сосна", limit=20) == []
    assert pick(Client.objects.all(), " ", limit=20) == []


def test_touch_is_planned_on_the_page(client_: Client, owner: User, today: date) -> None:
    page = browser(owner)
    assert f"?client={client_.pk}" in page.get("/touches/new/?q=елочка").text
    assert page.get("/touches/new/?q=нет такого").status_code == 200
    url = f"/touches/new/?client={client_.pk}"
    assert page.get(url).status_code == 200
    assert page.post(url, {"due_on": today, "subject": "Отчёт"})["Location"] == "/calls/"
    past = page.post(url, {"due_on": today - timedelta(days=1), "subject": "Отчёт за год"})
    assert past.status_code == 422
    assert "Отчёт за год" in past.text
    assert page.post(url, {"subject": ""}).status_code == 422
    assert page.get("/touches/new/?client=999999").status_code == 404


def test_touch_is_moved_and_taken_off_on_the_page(client_: Client, owner: User, today: date) -> None:
    touch = plan(client_, owner)
    page = browser(owner)
    url = f"/touches/{touch.pk}/edit/"
    assert page.get(url).status_code == 200
    seen = shown(page.get(url))
    data = {**seen, "due_on": today + timedelta(days=2), "subject": "Позже"}
    assert page.post(url, data)["Location"] == f"/calls/{touch.pk}/"
    assert page.post(url, data)["Location"] == f"/calls/{touch.pk}/"
    conflict = page.post(url, {**data, "subject": "Раньше", "due_on": seen["due_on"]})
    assert conflict.status_code == 409
    (clash,) = conflict.context["clashes"]
    assert (clash["theirs"], clash["mine"]) == ("Позже", "Раньше")
    decided = {**shown(conflict), "started": conflict.context["started"], "keep-subject": "mine"}
    assert page.post(url, decided).status_code == 302
    touch.refresh_from_db()
    assert (touch.subject, touch.due_on) == ("Раньше", today + timedelta(days=2))
    assert page.post(url, {**shown(page.get(url)), "due_on": today - timedelta(days=2)}).status_code in {400, 422}
    assert page.post(url, {}).status_code == 422
    assert page.post(f"/touches/{touch.pk}/cancel/", {"reason": ""})["Location"] == f"/calls/{touch.pk}/"
    assert page.post(f"/touches/{touch.pk}/cancel/", {"reason": "Не нужно"})["Location"] == "/calls/"
    assert page.get(url)["Location"] == f"/calls/{touch.pk}/"
    late = page.post(url, {**decided, "subject": "Мой длинный текст"})
    assert (late.status_code, "Мой длинный текст" in late.text) == (409, True)


def test_touch_keeps_a_contact_that_has_left(client_: Client, owner: User) -> None:
    gone = make_contact(client_, name="Ушедший")
    touch = plan(client_, owner, contact=gone)
    Contact.objects.filter(pk=gone.pk).update(archived_at=timezone.now())
    page = browser(owner)
    page.post(f"/touches/{touch.pk}/edit/", {**shown(page.get(f"/touches/{touch.pk}/edit/")), "subject": "Новое"})
    touch.refresh_from_db()
    assert (touch.subject, touch.contact) == ("Новое", gone)


def test_touches_are_closed_to_sales(client_: Client, owner: User) -> None:
    touch = plan(client_, owner)
    page = browser(make_user(Role.SALES))
    assert page.get("/touches/new/").status_code == 403
    assert page.get(f"/touches/{touch.pk}/edit/").status_code == 404
    assert page.post(f"/touches/{touch.pk}/cancel/", {"reason": "!"}).status_code == 404


def policy_form(page: Browser, tier: str = "A", **values: Any) -> dict[str, Any]:
    fields = shown(page.get("/settings/policies/"), page.get("/settings/policies/").context["forms"][tier])
    return {"tier": tier} | fields | {f"{tier}-{name}": value for name, value in values.items()}


def test_head_changes_the_windows_of_a_tier() -> None:
    page = browser(make_user(Role.HEAD))
    assert page.get("/settings/policies/").status_code == 200
    seen = policy_form(page)
    assert page.post("/settings/policies/", {**seen, "A-call_from": 2}).status_code == 302
    assert (policies()["A"].call_from, policies()["A"].version, policies()["B"].call_from) == (2, 2, 3)
    assert page.post("/settings/policies/", {**seen, "A-call_until": 6}).status_code == 302
    assert (policies()["A"].call_from, policies()["A"].call_until) == (2, 6)
    conflict = page.post("/settings/policies/", {**seen, "A-call_from": 1})
    assert conflict.status_code == 409
    decided = {**shown(conflict, conflict.context["forms"]["A"]), "started": conflict.context["started"], "tier": "A"}
    assert page.post("/settings/policies/", {**decided, "keep-call_from": "mine"}).status_code == 302
    assert (policies()["A"].call_from, policies()["A"].call_until) == (1, 6)
    for wrong in ({"call_from": 9}, {"survey_until": 61}, {"call_until": ""}):
        assert page.post("/settings/policies/", policy_form(page, **wrong)).status_code == 422
    assert page.post("/settings/policies/", {"tier": "Z"}).status_code == 422


def test_windows_are_for_the_head_only(owner: User) -> None:
    assert browser(owner).get("/settings/policies/").status_code == 403
    with pytest.raises(ForbiddenError):
        change_policy(tier="A", original={}, mine={"call_from": 1}, actor=owner)


def test_missing_policy_has_defaults() -> None:
    TouchPolicy.objects.all().delete()
    assert policies()["C"].call_until == 5

"""What recording a refusal does, and what it refuses to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from clients.enums import AssignmentReason, EventKind
from clients.models import Client
from clients.services.assignments import assign_owner
from core.errors import DomainError
from retention.models import ExitInterview, Refusal, RefusalReason
from retention.queries.refusals import without_interview
from retention.rules.refusals import Interviewer, choose_interviewer
from retention.services.interviews import interview_rule, plan_interview, plan_interviews
from retention.services.refusals import record_refusal
from staff.enums import Role
from staff.models import Absence, User
from tests.factories import make_client, make_contract, make_user
from work.models import Touch

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
TODAY = date(2026, 11, 23)


@pytest.fixture
def owner(db: None) -> User:
    return make_user(Role.AM, name="Ольга Берг")


@pytest.fixture
def specialist(db: None) -> User:
    return make_user(Role.FEEDBACK, name="Фаина Новикова")


@pytest.fixture
def head(db: None) -> User:
    return make_user(Role.HEAD, name="Глеб Руднев")


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner)


def reason(name: str = "Долго отвечали") -> RefusalReason:
    return RefusalReason.objects.get(name=name)


def refuse(client: Client, actor: User, **values: object) -> Refusal:
    wanted = {
        "contract": None,
        "refused_on": TODAY,
        "stated_reason": reason("Нет бюджета"),
        "stated_words": " Денег нет. ",
        "tried": "",
        "now": NOW,
        **values,
    }
    return record_refusal(client=client, actor=actor, **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "chosen"),
    [
        ([], None),
        ([Interviewer(1)], None),
        ([Interviewer(1), Interviewer(2, 3), Interviewer(3, 1, is_specialist=False)], 3),
        ([Interviewer(2, 1, is_specialist=False), Interviewer(3, 1)], 3),
        ([Interviewer(3), Interviewer(2)], 2),
    ],
)
def test_interviewer_is_the_least_loaded_and_never_the_owner(people: list[Interviewer], chosen: int | None) -> None:
    assert choose_interviewer(people, owner_id=1) == chosen


def test_refusal_keeps_owner_and_value_of_its_day(client_: Client, owner: User, specialist: User) -> None:
    contract = make_contract(client_, date(2026, 1, 1), ends_on=date(2026, 12, 31), amount=120_000)
    later = make_user(Role.AM)
    assign_owner(client=client_, user=later, reason=AssignmentReason.TRANSFER, actor=None, now=NOW + timedelta(days=1))

    refusal = refuse(client_, owner, contract=contract, now=NOW + timedelta(days=2))

    assert (refusal.owner, refusal.monthly_value, refusal.stated_words) == (owner, Decimal("10000.00"), "Денег нет.")
    event = client_.timeline.get(kind=EventKind.REFUSED)
    assert (event.summary, event.actor) == ("внешняя: Нет бюджета", owner)


def test_refusal_of_a_day_before_the_first_owner_is_the_first_owners(client_: Client, owner: User) -> None:
    assert refuse(client_, owner, refused_on=date(2019, 1, 1)).owner == owner


def test_refusal_of_the_whole_client_counts_what_covers_him(client_: Client, owner: User) -> None:
    make_contract(client_, date(2026, 1, 1), ends_on=date(2026, 12, 31), amount=120_000)
    make_contract(client_, date(2025, 1, 1), ends_on=date(2025, 12, 31), amount=240_000)

    assert refuse(client_, owner).monthly_value == Decimal("10000.00")


def test_refusal_plans_an_interview_of_another_person(
    client_: Client, owner: User, specialist: User, head: User
) -> None:
    refusal = refuse(client_, owner)

    interview = ExitInterview.objects.get(refusal=refusal)
    assert (interview.interviewer, interview.owner, interview.due_on) == (specialist, owner, date(2026, 11, 30))
    touch = Touch.objects.get(rule=interview_rule(refusal.pk))
    assert (touch.assignee, touch.follows_owner, touch.kind) == (specialist, False, "exit_interview")


def test_refusal_interview_goes_round(client_: Client, owner: User, specialist: User, head: User) -> None:
    refuse(client_, owner)
    second = refuse(make_client(owner), owner)

    assert second.interview.interviewer == head


def test_refusal_waits_for_an_interviewer_while_only_the_owner_could(db: None) -> None:
    head = make_user(Role.HEAD)
    away = make_user(Role.FEEDBACK)
    Absence.objects.create(user=away, starts_on=TODAY, ends_on=TODAY)

    refusal = refuse(make_client(head), head)

    assert not ExitInterview.objects.filter(refusal=refusal).exists()
    assert not Touch.objects.exists()


def test_sweep_finds_an_interviewer_later_and_leaves_who_has_been_asked_meanwhile(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = make_user(Role.HEAD)
    refusals = [refuse(make_client(head), head) for _number in range(2)]
    assert plan_interviews(now=NOW) == {"planned": 0}
    specialist = make_user(Role.FEEDBACK)
    assert list(without_interview().order_by("pk")) == refusals
    plan_interview(refusal=refusals[0], now=NOW)  # by another process, after the first had read its list
    monkeypatch.setattr("retention.services.interviews.without_interview", Refusal.objects.all)
    assert plan_interviews(now=NOW) == {"planned": 1}
    assert set(ExitInterview.objects.values_list("refusal", "interviewer")) == {
        (refusal.pk, specialist.pk) for refusal in refusals
    }


def test_database_refuses_the_owner_as_interviewer(client_: Client, owner: User, specialist: User) -> None:
    interview = refuse(client_, owner).interview
    with pytest.raises(IntegrityError, match="interview_by_another_person"), transaction.atomic():
        ExitInterview.objects.filter(pk=interview.pk).update(interviewer=owner)


def test_refusal_of_the_future_is_not_recorded(client_: Client, owner: User) -> None:
    with pytest.raises(DomainError) as raised:
        refuse(client_, owner, refused_on=TODAY + timedelta(days=1))
    assert "refused_on" in raised.value.fields


def test_refusal_with_a_retired_reason_is_not_recorded(client_: Client, owner: User) -> None:
    RefusalReason.objects.filter(name="Сезон").update(archived_at=NOW)
    with pytest.raises(DomainError) as raised:
        refuse(client_, owner, stated_reason=reason("Сезон"))
    assert "stated_reason" in raised.value.fields


def test_refusal_of_another_clients_contract_is_not_recorded(client_: Client, owner: User) -> None:
    foreign = make_contract(make_client(owner), date(2026, 1, 1))
    with pytest.raises(DomainError) as raised:
        refuse(client_, owner, contract=foreign)
    assert "contract" in raised.value.fields


def test_refusal_is_recorded_once(client_: Client, owner: User) -> None:
    contract = make_contract(client_, date(2026, 1, 1))
    refuse(client_, owner, contract=contract)
    refuse(client_, owner)
    with pytest.raises(DomainError) as of_contract:
        refuse(client_, owner, contract=contract)
    with pytest.raises(DomainError) as of_client:
        refuse(client_, owner)
    assert ("contract" in of_contract.value.fields, "refused_on" in of_client.value.fields) == (True, True)
    assert Refusal.objects.count() == 2

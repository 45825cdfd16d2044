"""Exit interviews, retros, reasons and objections: who may, what is asked for, what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clients.enums import EventKind
from clients.models import Client
from core.concurrency import EditConflictError, plain, snapshot
from core.errors import ConflictError, DomainError, ForbiddenError
from core.figures import Period
from retention.enums import ReasonKind, RenewalOutcome
from retention.forms.refusals import InterviewForm
from retention.metrics.reasons import ServiceShare, count_reasons
from retention.models import ExitInterview, Refusal, RefusalReason, Renewal
from retention.queries.reason_tallies import pairs_of_reasons
from retention.queries.refusal_list import (
    RefusalFilter,
    interviews_to_hold,
    objections_of,
    refusals,
    refusals_of,
    retros_to_do,
    work_waiting,
)
from retention.queries.unexplained import unexplained_contracts
from retention.services.interviews import hold_interview, plan_interviews, reassign_interview
from retention.services.objections import add_objection_of, note_objection
from retention.services.reasons import add_reason, rename_reason, retire_reason
from retention.services.refusals import edit_refusal, withdraw_refusal
from retention.services.retros import finish_retro, write_retro
from retention.services.unexplained import ask_unexplained, question_rule
from scripts.enums import ObjectionKind
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_user
from tests.retention.test_refusal_services import NOW, TODAY, client_, head, owner, reason, refuse, specialist
from work.enums import TouchState
from work.models import Touch

__all__ = ["client_", "head", "owner", "specialist"]  # fixtures


def hold(refusal: Refusal, actor: User, seen: Mapping[str, Any] | None = None, **values: Any) -> None:
    """``seen`` is what the form showed; the present state unless said otherwise."""
    mine = {"established_reason": reason(), "turning_point": "Сменился менеджер", "declined": False, **values}
    if seen is None:
        seen = InterviewForm(interview=refusal.interview, refusal=refusal).initial
    hold_interview(
        interview=refusal.interview,
        original={name: plain(value) for name, value in seen.items()},
        mine=mine,
        actor=actor,
        now=NOW + timedelta(days=1),
    )


def test_interview_establishes_the_reason(client_: Client, owner: User, specialist: User) -> None:
    refusal = refuse(client_, owner)

    hold(refusal, specialist)

    refusal.refresh_from_db()
    assert (refusal.established_reason, refusal.established_by) == (reason(), specialist)
    assert client_.timeline.get(kind=EventKind.REFUSAL_ESTABLISHED).actor == specialist
    touch = Touch.objects.get()
    assert (touch.state, touch.outcome, touch.closed_by) == (TouchState.DONE, "reached", specialist)
    assert touch.external_id


def test_owner_does_not_hold_the_interview(client_: Client, owner: User, specialist: User) -> None:
    refusal = refuse(client_, owner)
    with pytest.raises(ForbiddenError):
        hold(refusal, owner)
    with pytest.raises(IntegrityError, match="refusal_established_by_another_person"), transaction.atomic():
        Refusal.objects.update(established_reason=reason(), established_at=NOW, established_by=owner)


def test_colleague_may_hold_it_and_correct_it(client_: Client, owner: User, specialist: User) -> None:
    refusal = refuse(client_, owner)
    colleague = make_user(Role.AM)
    hold(refusal, colleague)
    refusal = Refusal.objects.get()
    hold(refusal, specialist, established_reason=reason("Нет результата"))
    refusal.refresh_from_db()
    assert (refusal.established_reason, refusal.established_by) == (reason("Нет результата"), specialist)
    hold(refusal, colleague, established_reason=reason("Нет результата"), turning_point="Раньше, в январе")
    refusal = Refusal.objects.get()
    assert (refusal.established_by, refusal.interview.turning_point) == (specialist, "Раньше, в январе")


def test_client_who_would_not_talk_leaves_the_reason_unknown(client_: Client, owner: User, specialist: User) -> None:
    refusal = refuse(client_, owner)
    hold(refusal, specialist)
    refusal = Refusal.objects.get()

    hold(refusal, specialist, established_reason=None, declined=True, turning_point="")

    refusal.refresh_from_db()
    assert (refusal.established_reason, refusal.established_at, refusal.interview.declined) == (None, None, True)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"established_reason": None}, "established_reason"), ({"turning_point": " "}, "turning_point")],
)
def test_interview_without_an_answer_is_not_taken(
    client_: Client, owner: User, specialist: User, values: dict[str, Any], field: str
) -> None:
    refusal = refuse(client_, owner)
    with pytest.raises(DomainError) as raised:
        hold(refusal, specialist, **values)
    assert field in raised.value.fields


def test_interview_does_not_take_a_retired_reason(client_: Client, owner: User, specialist: User) -> None:
    refusal = refuse(client_, owner)
    RefusalReason.objects.filter(pk=reason().pk).update(archived_at=NOW)
    with pytest.raises(DomainError):
        hold(refusal, specialist)


def test_interview_is_passed_on_but_never_to_the_owner(
    client_: Client, owner: User, specialist: User, head: User
) -> None:
    interview = refuse(client_, owner).interview
    outsider = make_user(Role.AM)

    def pass_on(person: User, actor: User) -> None:
        seen = snapshot(interview, ["interviewer"])
        reassign_interview(interview=interview, original=seen, interviewer=person, actor=actor, now=NOW)

    with pytest.raises(ForbiddenError):
        pass_on(head, outsider)
    for wrong in (owner, make_user(Role.SALES)):
        with pytest.raises(DomainError) as raised:
            pass_on(wrong, specialist)
        assert "interviewer" in raised.value.fields
    pass_on(head, specialist)
    assert Touch.objects.get().assignee == head
    with pytest.raises(EditConflictError):  # whom he saw is not who has it
        pass_on(make_user(Role.FEEDBACK), head)
    ExitInterview.objects.update(held_at=NOW)
    with pytest.raises(ConflictError):
        pass_on(specialist, head)


def test_sweep_finds_an_interviewer_later(owner: User) -> None:
    refusal = refuse(make_client(owner), owner)
    assert plan_interviews(now=NOW) == {"planned": 0}
    specialist = make_user(Role.FEEDBACK)
    assert (plan_interviews(now=NOW), plan_interviews(now=NOW)) == ({"planned": 1}, {"planned": 0})
    assert Refusal.objects.get(pk=refusal.pk).interview.interviewer == specialist


def test_withdrawn_refusal_asks_nobody_and_opens_its_renewal(client_: Client, owner: User, specialist: User) -> None:
    contract = make_contract(client_, date(2026, 1, 1), ends_on=date(2026, 12, 31))
    refusal = refuse(client_, owner, contract=contract)
    renewal = Renewal.objects.create(
        client=client_, contract=contract, due_on=TODAY, monthly_value=1, outcome=RenewalOutcome.REFUSED,
        refusal=refusal, closed_at=NOW,
    )  # fmt: skip

    withdraw_refusal(refusal=refusal, note="Договорились", expected_version=1, actor=owner, now=NOW)

    renewal.refresh_from_db()
    assert (renewal.outcome, Touch.objects.get().state) == ("", TouchState.CANCELLED)
    for again in (
        lambda: withdraw_refusal(refusal=refusal, note="x", expected_version=2, actor=owner, now=NOW),
        lambda: hold(refusal, specialist),
    ):
        with pytest.raises(ConflictError):
            again()
    assert refuse(client_, owner, contract=contract).pk != refusal.pk


def test_withdrawal_says_why(client_: Client, owner: User) -> None:
    with pytest.raises(DomainError) as raised:
        withdraw_refusal(refusal=refuse(client_, owner), note=" ", expected_version=1, actor=owner, now=NOW)
    assert "note" in raised.value.fields


def test_stated_reason_is_corrected(client_: Client, owner: User) -> None:
    refusal = refuse(client_, owner)

    def edit(name: str, **more: str) -> Refusal:
        mine = {"stated_reason": reason(name), "stated_words": "Дорого", **more}
        return edit_refusal(refusal=refusal, original=snapshot(refusal, mine), mine=mine, actor=owner, now=NOW)

    edit("Высокая цена")
    edit("Высокая цена", tried="Скидка")  # ``refusal`` is what was seen before: the same words are no clash
    told = client_.timeline.filter(kind=EventKind.REFUSED).order_by("id").values_list("summary", flat=True)
    assert list(told)[1:] == [
        "Названная причина исправлена: Высокая цена. Слова клиента исправлены: Дорого",
        "Что пробовали, исправлено: Скидка",
    ]
    RefusalReason.objects.filter(name="Сезон").update(archived_at=NOW)
    with pytest.raises(DomainError):
        edit("Сезон")
    with pytest.raises(EditConflictError):
        edit("Высокая цена", stated_words="Не дорого")
    refusal.refresh_from_db()
    assert (refusal.stated_words, refusal.tried) == ("Дорого", "Скидка")
    refusal = Refusal.objects.get(pk=refusal.pk)
    edit("Высокая цена", tried="Скидка")  # as it stands already: nothing to tell
    assert client_.timeline.filter(kind=EventKind.REFUSED).count() == 3


def lesson(**values: object) -> dict[str, Any]:
    texts = {"first_sign": "Оценка 5", "could_have": "Позвонить", "will_change": "Звонить в тот же день"}
    return {**texts, "responsible": None, "due_on": None, **values}


def test_retro_stands_on_the_list_until_it_is_done(client_: Client, owner: User, head: User) -> None:
    refusal = refuse(client_, owner)
    mine = lesson(responsible=owner, due_on=TODAY)
    retro = write_retro(refusal=refusal, original={}, mine=mine, actor=head, now=NOW)

    assert list(retros_to_do(owner)) == [retro]
    assert work_waiting(owner, today=TODAY + timedelta(days=1)).retros_overdue == 1
    finish_retro(retro=retro, done=True, expected_version=1, actor=owner, now=NOW)
    assert list(retros_to_do(owner)) == []
    finish_retro(retro=retro, done=False, expected_version=2, actor=owner, now=NOW)
    assert list(retros_to_do(owner)) == [retro]
    late = NOW + timedelta(days=5)  # the day that has passed stays as it was promised
    write_retro(refusal=refusal, original=snapshot(retro, mine), mine=mine, actor=head, now=late)
    blank = dict.fromkeys(mine, "")  # nothing was written yet when this one was begun
    with pytest.raises(EditConflictError):
        write_retro(refusal=refusal, original=blank, mine={**mine, "could_have": "Ничего"}, actor=head, now=NOW)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"first_sign": " "}, "first_sign"),
        ({"due_on": TODAY}, "responsible"),
        ({"responsible": "owner"}, "due_on"),
        ({"responsible": "sales", "due_on": TODAY}, "responsible"),
        ({"responsible": "owner", "due_on": date(2026, 1, 1)}, "due_on"),
    ],
)
def test_retro_teaches_something(client_: Client, owner: User, values: dict[str, Any], field: str) -> None:
    people = {"owner": owner, "sales": make_user(Role.SALES)}
    mine = lesson(**{name: people.get(str(value), value) for name, value in values.items()})
    with pytest.raises(DomainError) as raised:
        write_retro(refusal=refuse(client_, owner), original={}, mine=mine, actor=owner, now=NOW)
    assert field in raised.value.fields


def test_reasons_are_the_heads_and_are_never_deleted(owner: User, head: User) -> None:
    with pytest.raises(ForbiddenError):
        add_reason(kind=ReasonKind.TERMS, name="Новая", actor=owner)
    added = add_reason(kind=ReasonKind.TERMS, name=" Новая ", actor=head)
    for name in ("", "новая"):
        with pytest.raises(DomainError):
            add_reason(kind=ReasonKind.TERMS, name=name, actor=head)
    added = rename_reason(reason=added, original={"name": "Новая"}, name="НОВАЯ", actor=head)
    with pytest.raises(EditConflictError):
        rename_reason(reason=added, original={"name": "Новая"}, name="Другая", actor=head)
    retire_reason(reason=added, retired=True, expected_version=2, actor=head, now=NOW)
    retire_reason(reason=added, retired=False, expected_version=3, actor=head, now=NOW)
    assert (added.name, added.archived_at) == ("НОВАЯ", None)
    RefusalReason.objects.filter(kind="terms").exclude(pk=added.pk).update(archived_at=NOW)
    with pytest.raises(DomainError):
        retire_reason(reason=added, retired=True, expected_version=4, actor=head, now=NOW)


def test_objection_of_a_refusal_counts_once(client_: Client, owner: User) -> None:
    refusal = refuse(client_, owner)
    added = add_objection_of(refusal=refusal, kind=ObjectionKind.TERMS, text="Долго", answer="", actor=owner, now=NOW)
    note_objection(refusal=refusal, objection=added, actor=owner, now=NOW)
    assert (added.times_met, objections_of(refusal)) == (1, [added])
    assert list(refusals(owner, RefusalFilter(objection_id=added.pk))) == [refusal]


def test_reasons_are_counted_as_said_and_as_true(owner: User, specialist: User) -> None:
    nobody = count_reasons(pairs_of_reasons(owner, RefusalFilter()))
    assert (nobody.by_truth.share, nobody.total) == (None, 0)
    for said, true in [("Высокая цена", "Долго отвечали"), ("Высокая цена", "Высокая цена"), ("Сезон", None)]:
        refusal = refuse(make_client(owner), owner, stated_reason=reason(said))
        Refusal.objects.filter(pk=refusal.pk).update(monthly_value=100)
        if true:
            hold(refusal, specialist, established_reason=reason(true))

    counted = count_reasons(pairs_of_reasons(owner, RefusalFilter()))

    assert [(row.reason.name, row.stated, row.established) for row in counted.rows] == [
        ("Высокая цена", 2, 1),
        ("Долго отвечали", 0, 1),
        ("Сезон", 1, 0),
    ]
    assert (counted.total, counted.established, counted.differing, counted.value) == (3, 2, 1, Decimal(300))
    assert [row.established_reached for row in counted.rows] == [0.5, 1.0, 1.0]
    assert (counted.by_truth.service, counted.by_truth.others, counted.by_truth.times) == (1, 1, 1.0)
    assert (counted.by_words.times, counted.by_words.external) == (0.0, 1)
    terms = next(line for line in counted.matrix if line[0] == ReasonKind.TERMS)
    assert ([cell.count for cell in terms[1]], terms[2]) == ([1, 0, 1, 0, 0], 2)
    assert [cell.is_same for cell in terms[1]] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("share", "times", "agrees", "few"),
    [
        (ServiceShare(4, 1, 0), 4.0, True, True),
        (ServiceShare(10, 90, 5), 10 / 90, False, False),
        (ServiceShare(3, 0, 0), None, True, True),
        (ServiceShare(0, 0, 7), None, None, True),
    ],
)
def test_service_share_is_told_with_its_doubt(
    *, share: ServiceShare, times: float | None, agrees: bool | None, few: bool
) -> None:
    assert (share.times, share.agrees, share.is_few) == (times, agrees, few)


def test_filters_find_who_is_behind_a_number(owner: User, specialist: User) -> None:
    client = make_client(owner, tier="A")
    client.segments.update(from_on=date(2026, 1, 1))
    one = refuse(client, owner, stated_reason=reason("Высокая цена"))
    hold(one, specialist)
    two = refuse(make_client(specialist), owner, stated_reason=reason("Сезон"), refused_on=date(2026, 1, 1))

    def found(**wanted: object) -> list[Refusal]:
        return list(refusals(owner, RefusalFilter(**wanted)).order_by("pk"))  # type: ignore[arg-type]

    assert found() == [one, two]
    assert found(tier="A") == found(manager_id=owner.pk) == found(said="terms") == found(differs=True) == [one]
    assert found(true=str(reason().pk)) == found(period=Period(TODAY, TODAY + timedelta(days=1))) == [one]
    assert found(true="none") == [two]
    assert found(view="withdrawn") == []
    assert list(interviews_to_hold(make_user(Role.SALES))) == []
    assert refusals_of(client, owner) == [one]


def ended(client: Client, end: date, **values: Any) -> int:
    return make_contract(client, date(2025, 1, 1), ends_on=end, **values).pk


def test_contract_that_nothing_followed_is_asked_about_once(client_: Client, owner: User) -> None:
    end = TODAY - timedelta(days=31)
    pk = ended(client_, end)
    ended(make_client(owner), TODAY - timedelta(days=30))  # its grace lasts
    ended(make_client(owner), TODAY - timedelta(days=200))  # history
    renewed = make_client(owner)
    ended(renewed, end)
    make_contract(renewed, end, end + timedelta(days=20), ends_on=date(2027, 12, 31))
    prolonged = make_client(owner)
    ended(prolonged, end, prolongation_months=12)

    assert (ask_unexplained(now=NOW), ask_unexplained(now=NOW)) == ({"planned": 1}, {"planned": 0})
    touch = Touch.objects.get()
    assert (touch.rule, touch.assignee) == (question_rule(pk), owner)
    assert unexplained_contracts(ended_since=date(2026, 1, 1), today=TODAY).count() == 2


def test_terminated_prolongation_and_nested_contract(client_: Client, owner: User) -> None:
    terminated = ended(client_, date(2025, 12, 31), prolongation_months=1, terminated_on=date(2026, 9, 30))
    whole = make_client(owner)
    ended(whole, date(2026, 9, 30))
    make_contract(whole, date(2024, 1, 1), ends_on=date(2027, 1, 1))

    found = unexplained_contracts(ended_since=date(2026, 1, 1), today=TODAY)
    assert [row.pk for row in found] == [terminated]


def test_recorded_refusal_explains_the_contract_and_drops_the_question(client_: Client, owner: User) -> None:
    pk = ended(client_, TODAY - timedelta(days=31))
    ask_unexplained(now=NOW)

    refuse(client_, owner, contract=client_.contracts.get(pk=pk))

    assert Touch.objects.get(rule=question_rule(pk)).state == TouchState.CANCELLED
    other = make_client(owner)
    ended(other, TODAY - timedelta(days=31))
    refuse(other, owner, refused_on=TODAY - timedelta(days=40))
    assert not unexplained_contracts(ended_since=date(2026, 1, 1), today=TODAY).exists()

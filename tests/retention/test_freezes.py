"""Stops: recorded once, called about the same day, ended by going on or by a refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clients.enums import AssignmentReason, EventKind, Source
from clients.models import Client
from clients.services.assignments import assign_owner
from core.concurrency import EditConflictError, snapshot
from core.errors import ConflictError, DomainError, IdempotencyConflictError
from core.figures import Period
from core.intervals import wilson
from core.workdays import WorkCalendar
from retention.enums import FreezeOutcome, StopKind, StopReason
from retention.metrics.freezes import stop_figures
from retention.models import Freeze
from retention.queries.freezes import FreezeFilter, counted_by_state, freezes
from retention.rules.freezes import save_call_day
from retention.services.freezes import StopData, edit_freeze, record_stop, resume_client, return_rule, save_rule
from retention.services.save_calls import plan_save_calls
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_user
from tests.retention.test_refusal_services import refuse
from work.enums import TouchKind, TouchState
from work.models import Touch

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)  # a Friday, noon in Moscow
TODAY = date(2026, 11, 20)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def owner(db: None) -> User:
    return make_user(Role.AM)


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner)


def stop(client: Client, actor: User | None = None, now: datetime = NOW, **values: Any) -> Freeze:
    data = StopData(**{"stopped_on": TODAY, **values})
    return record_stop(client=client, data=data, actor=actor, now=now).freeze


@pytest.mark.parametrize(
    ("told", "day"),
    [
        (datetime(2026, 11, 20, 12, tzinfo=MOSCOW), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 17, 59, tzinfo=MOSCOW), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 18, tzinfo=MOSCOW), date(2026, 11, 23)),
        (datetime(2026, 11, 19, 23, tzinfo=MOSCOW), date(2026, 11, 20)),
        (datetime(2026, 11, 21, 10, tzinfo=MOSCOW), date(2026, 11, 23)),
    ],
)
def test_save_call_is_due_the_same_day_while_people_work(told: datetime, day: date) -> None:
    assert save_call_day(told, WorkCalendar(zone=MOSCOW)) == day


@pytest.mark.parametrize(
    ("part", "whole", "bounds"),
    [(0, 0, None), (0, 1, (0.0, 0.79345)), (5, 10, (0.23659, 0.76341)), (1, 1, (0.20655, 1))],
)
def test_wilson_interval(part: int, whole: int, bounds: tuple[float, float] | None) -> None:
    found = wilson(part, whole)
    assert found == bounds if bounds is None else found == pytest.approx(bounds, abs=1e-4)


def test_stop_freezes_the_client_and_tells_the_timeline(client_: Client, owner: User) -> None:
    freeze = stop(client_, owner, reason=StopReason.BUDGET, words=" Урезали ")

    assert (freeze.words, freeze.recorded_by, freeze.source) == ("Урезали", owner, Source.MANUAL)
    assert Freeze.objects.get(client=client_, outcome="") == freeze
    assert client_.timeline.get(kind=EventKind.FROZEN).summary == "кампания остановлена: бюджет"


def test_stop_is_called_about_by_the_owner_the_same_day_and_once(client_: Client, owner: User) -> None:
    freeze = stop(client_, owner)

    assert (plan_save_calls(now=NOW), plan_save_calls(now=NOW)) == ({"planned": 1}, {"planned": 0})
    touch = Touch.objects.get(rule=save_rule(freeze.pk))
    assert (touch.assignee, touch.due_on, touch.is_urgent, touch.kind) == (owner, TODAY, True, TouchKind.SAVE)
    assert touch.follows_owner


def test_stop_of_an_archived_client_is_nobodys_call(client_: Client) -> None:
    stop(client_)
    Client.objects.update(archived_at=NOW)

    assert plan_save_calls(now=NOW) == {"planned": 0}


def test_imported_stop_is_called_about_only_while_its_day_lasts(owner: User) -> None:
    for days in (0, 3):
        Freeze.objects.create(
            client=make_client(owner),
            stopped_on=TODAY - timedelta(days=days),
            expected_end=TODAY - timedelta(days=1) if days else None,
            source=Source.IMPORT,
            told_at=NOW,
        )

    assert plan_save_calls(now=NOW) == {"planned": 1}
    assert Touch.objects.get().due_on == TODAY


def test_pause_that_is_over_is_asked_about_and_a_new_day_anew(client_: Client, owner: User) -> None:
    freeze = stop(client_, owner, expected_end=TODAY)
    plan_save_calls(now=NOW)
    later = NOW + timedelta(days=3)

    assert plan_save_calls(now=later) == {"planned": 1}
    assert Touch.objects.get(rule=return_rule(freeze.pk, TODAY)).due_on == date(2026, 11, 23)
    found_out(freeze, owner, reason=StopReason.SEASON, expected_end=date(2026, 11, 24))
    assert plan_save_calls(now=later + timedelta(days=2)) == {"planned": 1}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"stopped_on": TODAY + timedelta(days=1)}, "stopped_on"),
        ({"expected_end": TODAY - timedelta(days=1)}, "expected_end"),
    ],
)
def test_stop_with_wrong_days_is_not_recorded(client_: Client, values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as raised:
        stop(client_, **values)
    assert field in raised.value.fields


def test_stop_with_another_clients_contract_is_not_recorded(client_: Client, owner: User) -> None:
    with pytest.raises(DomainError) as raised:
        stop(client_, contract=make_contract(make_client(owner), date(2026, 1, 1)))
    assert "contract" in raised.value.fields


def test_frozen_client_is_not_frozen_again(client_: Client) -> None:
    stop(client_)
    with pytest.raises(ConflictError):
        stop(client_)


def test_archived_client_is_not_frozen(client_: Client) -> None:
    client_.archived_at = NOW
    with pytest.raises(ConflictError):
        stop(client_)


def test_stop_sent_twice_is_one_and_another_body_is_a_conflict(client_: Client) -> None:
    data = StopData(stopped_on=TODAY, external_id="s-1")
    first = record_stop(client=client_, data=data, actor=None, now=NOW, digest="a")
    again = record_stop(client=client_, data=data, actor=None, now=NOW, digest="a")

    assert (first.freeze, first.created, again.freeze, again.created) == (again.freeze, True, first.freeze, False)
    for digest in ("b", ""):
        with pytest.raises(IdempotencyConflictError):
            record_stop(client=client_, data=data, actor=None, now=NOW, digest=digest)


def test_client_resumes_once_and_the_call_is_not_needed(client_: Client, owner: User) -> None:
    freeze = stop(client_, owner)
    plan_save_calls(now=NOW)

    ended = resume_client(freeze=freeze, resumed_on=TODAY, actor=owner, now=NOW)
    again = resume_client(freeze=freeze, resumed_on=TODAY, actor=owner, now=NOW)

    assert (ended.outcome, ended.ended_on, again.version) == (FreezeOutcome.RESUMED, TODAY, 2)
    assert Touch.objects.get().state == TouchState.CANCELLED
    assert client_.timeline.filter(kind=EventKind.FREEZE_ENDED).count() == 1
    stop(client_)


@pytest.mark.parametrize("days", [-1, 1])
def test_client_resumes_between_the_stop_and_today(client_: Client, owner: User, days: int) -> None:
    freeze = stop(client_, owner)
    with pytest.raises(DomainError) as raised:
        resume_client(freeze=freeze, resumed_on=TODAY + timedelta(days=days), actor=owner, now=NOW)
    assert "resumed_on" in raised.value.fields


def found_out(freeze: Freeze, actor: User, **mine: Any) -> Freeze:
    return edit_freeze(freeze=freeze, original=snapshot(freeze, mine), mine=mine, actor=actor, now=NOW)


def test_what_two_people_find_out_is_merged_or_asked_about(client_: Client, owner: User) -> None:
    freeze = stop(client_, owner)
    found_out(freeze, owner, reason=StopReason.SEASON)  # ``freeze`` is what the second one still sees
    merged = found_out(freeze, owner, words="До весны")
    assert (merged.reason, merged.words) == (StopReason.SEASON, "До весны")
    with pytest.raises(EditConflictError) as raised:
        found_out(freeze, owner, reason=StopReason.BUDGET)
    assert [(clash.field, clash.theirs, clash.mine) for clash in raised.value.clashes] == [
        ("reason", "season", "budget")
    ]


def test_two_people_who_end_a_stop_do_not_both_win(client_: Client, owner: User) -> None:
    freeze = stop(client_, owner)
    found_out(freeze, owner, reason=StopReason.SEASON)
    with pytest.raises(ConflictError):
        resume_client(freeze=freeze, resumed_on=TODAY, actor=owner, now=NOW, expected_version=1)


def test_ended_stop_is_not_edited(client_: Client, owner: User) -> None:
    freeze = resume_client(freeze=stop(client_), resumed_on=TODAY, actor=owner, now=NOW)
    with pytest.raises(ConflictError):
        found_out(freeze, owner, words="x")


def test_edit_keeps_the_order_of_days_and_tells_only_changes(client_: Client, owner: User) -> None:
    freeze = stop(client_, owner)
    with pytest.raises(DomainError):
        found_out(freeze, owner, expected_end=date(2026, 1, 1))
    found_out(freeze, owner, reason=freeze.reason)
    assert client_.timeline.filter(kind=EventKind.FROZEN).count() == 1


def test_refusal_of_a_frozen_client_means_that_he_left(client_: Client, owner: User) -> None:
    freeze = stop(client_, owner)
    refuse(client_, owner, refused_on=TODAY - timedelta(days=1), now=NOW)

    freeze.refresh_from_db()
    assert (freeze.outcome, freeze.ended_on) == (FreezeOutcome.LEFT, TODAY)
    with pytest.raises(ConflictError):
        resume_client(freeze=freeze, resumed_on=TODAY, actor=owner, now=NOW)


def test_refusal_of_another_contract_leaves_the_stop_open(client_: Client, owner: User) -> None:
    one, other = make_contract(client_, date(2026, 1, 1)), make_contract(client_, date(2026, 2, 1))
    freeze = stop(client_, owner, contract=one)
    refuse(client_, owner, contract=other, refused_on=TODAY, now=NOW)

    freeze.refresh_from_db()
    assert freeze.outcome == ""


def test_figures_count_only_what_is_decided(owner: User) -> None:
    assert stop_figures(Freeze.objects.all()).save_rate.value is None
    for reason, outcome in [
        ("season", "resumed"),
        ("season", "resumed"),
        ("season", "left"),
        ("budget", ""),
        ("budget", "resumed"),
    ]:
        Freeze.objects.create(
            client=make_client(owner),
            stopped_on=TODAY,
            reason=reason,
            outcome=outcome,
            ended_on=TODAY if outcome else None,
        )

    counted = stop_figures(Freeze.objects.all())

    assert [(row.reason, row.total, row.resumed, row.left, row.waiting) for row in counted.reasons] == [
        (StopReason.SEASON, 3, 2, 1, 0),
        (StopReason.BUDGET, 2, 1, 0, 1),
    ]
    assert (counted.save_rate.value, counted.leave_rate.value, counted.save_rate.pending) == (0.75, 0.25, 1)
    assert (counted.total, counted.is_few) == (5, True)


def test_filters_go_by_the_day_of_the_stop(owner: User) -> None:
    client, later = make_client(owner, tier="A"), make_user(Role.AM)
    mine = Freeze.objects.create(client=client, stopped_on=TODAY, kind=StopKind.FROZEN, expected_end=TODAY)
    assign_owner(
        client=client, user=later, reason=AssignmentReason.TRANSFER, actor=None, now=datetime(2027, 1, 1, tzinfo=UTC)
    )
    Freeze.objects.create(
        client=make_client(owner, tier="B"), stopped_on=date(2026, 1, 1), outcome="left", ended_on=TODAY
    )
    client.assignments.filter(user=owner).update(started_at=datetime(2026, 1, 1, tzinfo=UTC))
    client.segments.update(from_on=date(2026, 1, 1))

    def found(**wanted: object) -> list[Freeze]:
        return list(freezes(owner, FreezeFilter(**wanted)))  # type: ignore[arg-type]

    assert found(view="open") == [mine]
    assert found(manager_id=owner.pk, tier="A") == [mine]
    assert found(manager_id=later.pk) == []
    assert found(period=Period(TODAY, TODAY + timedelta(days=1)), kind=StopKind.FROZEN) == [mine]
    assert len(found(view="ended")) == 1
    assert counted_by_state(owner, today=TODAY + timedelta(days=1)) == {"open": 1, "overdue": 1}

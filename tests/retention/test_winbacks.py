"""Win-back: who stands in which segment, how an attempt goes, campaigns, and who has come back by the dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils.timezone import localdate, now
from pytest_django import DjangoAssertNumQueries

from clients.enums import EventKind
from clients.models import Client, TimelineEvent
from core.errors import ConflictError, DomainError, ForbiddenError
from core.models import Company
from feedback.models import Complaint, SurveyResponse
from retention.enums import AttentionKind, Lifecycle, WinBackOutcome, WinBackSegment, WinBackStage
from retention.models import Attention, LeavingWatch, Refusal, RefusalReason, TrustCampaign, WinBack
from retention.queries.marks import with_keeping
from retention.queries.winbacks.listing import WinBackFilter, progress, win_backs
from retention.queries.winbacks.page import call_subject, win_backs_waiting
from retention.queries.winbacks.returns import Since, mismatches, months, returns, with_attempts
from retention.queries.winbacks.segments import SegmentFilter, candidates, freshest, segment_counts
from retention.rules.lifecycle import lifecycle, steps
from retention.rules.stages import Asks
from retention.rules.winbacks import spread
from retention.services import winbacks as services
from retention.services.attention import watch_attention
from retention.services.leaving import keep_leaving
from retention.services.stages import StageAsksError
from retention.services.winbacks.winning import close_won
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_order, make_user
from work.enums import TouchState
from work.models import Touch

NOW = datetime(2026, 11, 16, 12, tzinfo=ZoneInfo("Europe/Moscow"))
TODAY = NOW.date()

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Ольга")


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD, name="Анна")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def churned(owner: User, days: int = 100) -> Client:
    client = make_client(owner)
    make_contract(client, ago(days + 365), ends_on=ago(days))
    return client


def scored(owner: User, score: int, days: int = 10, scale: str = "csat10") -> Client:
    client = make_client(owner)
    answered = NOW - timedelta(days=days)
    SurveyResponse.objects.create(client=client, scale=scale, score=score, answered_at=answered)
    return client


def complains(client: Client, **values: Any) -> Complaint:
    opened = NOW - timedelta(days=20)
    defaults = {"what_happened": "!", "responsible": make_user(), "opened_at": opened, "deadline": NOW}
    return Complaint.objects.create(client=client, **{**defaults, **values})


def silent(owner: User) -> Client:
    client = make_client(owner)
    rule = f"silence:client:{client.pk}:1"
    Attention.objects.create(client=client, kind=AttentionKind.SILENCE, rule=rule, since=ago(50), owner=owner)
    return client


def attempt(owner: User, **values: Any) -> WinBack:
    defaults = {"segment": "silent", "assignee": owner, "opened_on": TODAY}
    return WinBack.objects.create(client=make_client(owner), **{**defaults, **values})


def reason() -> RefusalReason:
    return RefusalReason.objects.filter(archived_at__isnull=True)[0]


def segments_of(user: User) -> dict[int, str]:
    keep()
    return {row.client_id: str(row.segment) for row in candidates(user, SegmentFilter()).rows}


def keep(now: datetime = NOW) -> None:
    """As if the sweep of early signs had passed everybody on, without looking at what is silent."""
    LeavingWatch.objects.bulk_create(
        LeavingWatch(client_id=pk, look_on=TODAY) for pk in Client.objects.values_list("pk", flat=True)
    )
    keep_leaving(now=now)


# --- rules --------------------------------------------------------------------------------------------------------


def test_calls_are_spread() -> None:
    assert [spread(place, a_day=2) for place in range(5)] == [0, 0, 1, 1, 2]
    assert spread(3, a_day=0) == 3


@pytest.mark.parametrize(("orders", "word"), [(0, "new"), (1, "new"), (2, "active"), (3, "regular"), (9, "regular")])
def test_lifecycle(orders: int, word: str) -> None:
    assert lifecycle(orders, regular_from=3) == Lifecycle(word)


def test_every_step_of_a_client_has_the_moment_of_its_order() -> None:
    moments = [NOW - timedelta(days=days) for days in (30, 20, 10, 5)]
    assert steps(moments, regular_from=3) == [("new", moments[0]), ("active", moments[1]), ("regular", moments[2])]
    assert steps(moments, regular_from=1) == [("regular", moments[0])]
    assert steps([], regular_from=3) == []


# --- segments -----------------------------------------------------------------------------------------------------


def test_each_client_stands_in_one_segment(owner: User) -> None:
    gone, low, quiet, angry = churned(owner), scored(owner, 6), silent(owner), make_client(owner)
    complains(angry)
    both = scored(owner, 2)
    complains(both)
    assert segments_of(owner) == {
        gone.pk: "refused", low.pk: "low_score", quiet.pk: "silent", angry.pk: "complaint", both.pk: "complaint",
    }  # fmt: skip
    assert {str(key): count for key, count in segment_counts(SegmentFilter()).items()} == {
        "refused": 1, "complaint": 2, "low_score": 1, "silent": 1,
    }  # fmt: skip


def test_within_the_grace_nobody_has_left(owner: User) -> None:
    churned(owner, 30)
    assert segments_of(owner) == {}
    gone = churned(owner, 31)
    assert segments_of(owner) == {gone.pk: "refused"}


def test_contract_lapsed_and_still_buying_is_no_refusal(owner: User) -> None:
    make_order(churned(owner), NOW - timedelta(days=5))
    assert segments_of(owner) == {}


def test_whom_a_contract_covers_by_prolonging_itself_has_not_left(owner: User) -> None:
    runs, given_up = make_client(owner), make_client(owner)
    make_contract(runs, ago(500), ends_on=ago(135), prolongation_months=12)
    make_contract(given_up, ago(500), ends_on=ago(470), prolongation_months=1, terminated_on=ago(40))
    Refusal.objects.create(client=runs, refused_on=ago(3), owner=owner, stated_reason=reason())
    assert segments_of(owner) == {given_up.pk: "refused"}


def test_recorded_refusal_counts_once_the_contract_is_over(owner: User) -> None:
    client = make_client(owner)
    Refusal.objects.create(client=client, refused_on=ago(3), owner=owner, stated_reason=reason())
    covered = make_client(owner)
    make_contract(covered, ago(100), ends_on=TODAY)
    Refusal.objects.create(client=covered, refused_on=ago(3), owner=owner, stated_reason=reason())
    assert segments_of(owner) == {client.pk: "refused"}


def test_last_score_speaks_for_ninety_days(owner: User) -> None:
    better = scored(owner, 3, days=20)
    SurveyResponse.objects.create(client=better, scale="csat10", score=9, answered_at=NOW)
    scored(owner, 3, days=91)
    scored(owner, 7)
    five = scored(owner, 3, scale="csat5")
    assert segments_of(owner) == {five.pk: "low_score"}


def test_solved_complaint_counts_when_the_client_is_still_not_satisfied(owner: User) -> None:
    solved = {"state": "resolved", "resolution": "Извинились", "resolved_at": NOW - timedelta(days=15)}
    pleased, angry = scored(owner, 9), scored(owner, 4)
    for client in (pleased, angry, make_client(owner)):
        complains(client, **solved)
    assert segments_of(owner) == {angry.pk: "complaint"}


def test_open_and_answered_signals_leave_the_list(owner: User) -> None:
    client = scored(owner, 2)
    row = WinBack.objects.create(client=client, segment="low_score", assignee=owner, opened_on=TODAY)
    assert segments_of(owner) == {}
    services.lose(win_back=row, reason=reason(), note="", expected_version=1, actor=owner, now=NOW)
    assert segments_of(owner) == {}
    SurveyResponse.objects.create(client=client, scale="csat10", score=1, answered_at=NOW + timedelta(days=2))
    keep(NOW + timedelta(days=3))
    assert [row.client_id for row in candidates(owner, SegmentFilter()).rows] == [client.pk]
    assert freshest(SegmentFilter(), now=NOW, limit=5) == []
    assert freshest(SegmentFilter(), now=NOW + timedelta(days=3), limit=5) == [client.pk]


def test_pages_of_candidates_and_marks_that_make_no_sense(owner: User) -> None:
    clients = [churned(owner, 40 + number) for number in range(52)]
    keep()
    first = candidates(owner, SegmentFilter())
    second = candidates(owner, SegmentFilter(), after=first.next_cursor)
    assert (len(first.rows), len(second.rows), second.next_cursor) == (50, 2, "")
    assert [row.client_id for row in first.rows + second.rows] == [client.pk for client in clients]
    assert len(candidates(owner, SegmentFilter(), after="2026-13-45_x").rows) == 50
    assert len(candidates(owner, SegmentFilter(segments=(WinBackSegment.REFUSED,))).rows) == 50
    assert candidates(owner, SegmentFilter(segments=(WinBackSegment.SILENT,))).rows == []


# --- taking -------------------------------------------------------------------------------------------------------


def test_manager_takes_his_own_alone_and_never_twice(owner: User) -> None:
    mine, foreign = churned(owner), churned(make_user(Role.AM))
    wanted = SegmentFilter(clients=(mine.pk, foreign.pk))
    assert services.take_into_win_back(wanted=wanted, actor=owner, now=NOW) == 1
    assert services.take_into_win_back(wanted=wanted, actor=owner, now=NOW) == 0
    row = WinBack.objects.get()
    assert (row.client, row.segment, row.assignee, row.next_step_on) == (mine, "refused", owner, date(2026, 11, 18))
    touch = Touch.objects.get()
    assert (touch.kind, touch.rule, touch.assignee) == ("win_back", f"winback:{row.pk}:2026-11-18", owner)
    assert TimelineEvent.objects.get(kind=EventKind.WIN_BACK_OPENED).actor == owner
    card = vars(with_keeping(Client.objects.filter(pk=mine.pk)).get())
    assert (card["win_back_id"], card["win_back_stage"], card["win_back_by"]) == (row.pk, "new", owner.name)


def test_stranger_takes_nobody(owner: User, head: User) -> None:
    with pytest.raises(ForbiddenError):
        services.take_into_win_back(wanted=SegmentFilter(), actor=make_user(Role.SALES), now=NOW)
    with pytest.raises(ForbiddenError):
        services.take_into_win_back(wanted=SegmentFilter(), people=[head], actor=owner, now=NOW)
    with pytest.raises(DomainError):
        services.take_into_win_back(wanted=SegmentFilter(), people=[make_user()], actor=head, now=NOW)


def campaign(head: User, **values: Any) -> TrustCampaign:
    defaults = {"name": "Вернуть доверие", "segments": ["refused"], "starts_on": TODAY, "ends_on": TODAY, "goal": 4}
    return services.create_campaign(data=services.CampaignData(**{**defaults, **values}), actor=head)


def test_campaign_takes_each_once_spreads_the_calls_and_tells_its_progress(owner: User, head: User) -> None:
    Company.objects.update_or_create(pk=1, defaults={"attention_per_day": 2})
    one, other = make_user(Role.AM), make_user(Role.AM)
    for _number in range(6):
        churned(owner)
    silent(owner)
    row = campaign(head, offer="Пробный месяц")
    fill: dict[str, Any] = {"campaign": row, "wanted": SegmentFilter(), "actor": head, "now": NOW}
    assert services.fill_campaign(people=[one, other], **fill) == 6
    assert services.fill_campaign(people=[], **fill) == 0
    assert sorted(WinBack.objects.values_list("assignee", flat=True)) == sorted([one.pk, other.pk] * 3)
    starts = Touch.objects.filter(assignee=one).order_by("due_from").values_list("due_from", flat=True)
    assert list(starts) == [TODAY, TODAY, TODAY + timedelta(days=1)]
    first, second, third = WinBack.objects.order_by("pk")[:3]
    services.move_stage(win_back=first, stage=WinBackStage.TALKING, seen="new", actor=head, now=NOW)
    services.make_offer(win_back=second, offer="Скидка", expected_version=1, actor=head, now=NOW)
    services.lose(win_back=third, reason=reason(), note="", expected_version=1, actor=head, now=NOW)
    told = progress(TrustCampaign.objects.all())[0]
    assert (told.total, told.contacted, told.offered, told.won, told.lost, told.of_goal) == (6, 3, 1, 0, 1, 0)
    assert told.shares["contacted"] == 0.5
    assert [(part.query, part.count) for part in told.parts] == [
        ("stage=new", 3), ("stage=talking", 1), ("stage=offered", 1), ("stage=trying", 0), ("state=won", 0),
        ("state=lost", 1),
    ]  # fmt: skip
    assert told.parts[0].share == 0.5
    assert WinBack.objects.filter(offer="Пробный месяц").count() == 5


def test_campaign_of_one_segment_has_nothing_to_take_of_another(owner: User, head: User) -> None:
    silent(owner)
    wanted = SegmentFilter(segments=("silent",))
    row = campaign(head)
    assert services.fill_campaign(campaign=row, people=[], wanted=wanted, actor=head, now=NOW) == 0


def test_only_the_head_runs_campaigns_and_a_closed_one_takes_nobody(owner: User, head: User) -> None:
    with pytest.raises(ForbiddenError):
        campaign(owner)
    with pytest.raises(DomainError):
        campaign(head, ends_on=ago(1))
    with pytest.raises(DomainError):
        campaign(head, segments=[])
    row = campaign(head, goal=None)
    empty = progress(TrustCampaign.objects.all())[0]
    assert (empty.of_goal, empty.parts[0].share) == (None, None)
    services.close_campaign(campaign=row, expected_version=1, actor=head, now=NOW)
    with pytest.raises(ConflictError):
        services.close_campaign(campaign=row, expected_version=2, actor=head, now=NOW)
    with pytest.raises(ConflictError):
        services.fill_campaign(campaign=row, people=[], wanted=SegmentFilter(), actor=head, now=NOW)


# --- the attempt --------------------------------------------------------------------------------------------------


def test_of_two_who_move_it_the_second_is_told(owner: User) -> None:
    row = attempt(owner)
    services.move_stage(win_back=row, stage=WinBackStage.TALKING, seen="new", actor=owner, now=NOW)
    services.move_stage(win_back=row, stage=WinBackStage.TALKING, seen="new", actor=owner, now=NOW)
    with pytest.raises(ConflictError):
        services.move_stage(win_back=row, stage=WinBackStage.OFFERED, seen="new", actor=owner, now=NOW)


def test_stage_with_an_offer_needs_one_and_the_way_back_a_reason(owner: User) -> None:
    row = attempt(owner)

    def move(stage: WinBackStage, note: str = "") -> WinBack:
        seen = WinBack.objects.get().stage
        return services.move_stage(win_back=row, stage=stage, seen=seen, note=note, actor=owner, now=NOW)

    with pytest.raises(StageAsksError) as offered:
        move(WinBackStage.TRYING, "  ")
    assert offered.value.asks == Asks.OFFER
    assert move(WinBackStage.OFFERED, "Месяц без оплаты").offer == "Месяц без оплаты"
    move(WinBackStage.TRYING)
    with pytest.raises(StageAsksError) as back:
        move(WinBackStage.TALKING, " ")
    assert back.value.asks == Asks.WHY_BACK
    assert move(WinBackStage.TALKING, "Передумал").offer == "Месяц без оплаты"
    with pytest.raises(StageAsksError) as skipped:
        move(WinBackStage.TRYING)
    assert skipped.value.asks == Asks.WHAT_HAPPENED
    move(WinBackStage.TRYING, "Пришёл сам")
    told = TimelineEvent.objects.filter(kind=EventKind.WIN_BACK_CHANGED).order_by("id")
    assert [event.summary for event in told] == [
        "предложение сделано. Месяц без оплаты", "пробует снова", "переговоры. Передумал",
        "пробует снова. Пришёл сам",
    ]  # fmt: skip


def test_board_with_nobody_on_it_says_where_they_are_taken_from(client: Browser, head: User, owner: User) -> None:
    client.force_login(head)
    shown = client.get("/winback/board/").content.decode()
    assert "Берите клиентов в возврат из списка" in shown
    assert 'href="/winback/">Кого вернуть' in " ".join(shown.split()).replace(" >", ">")
    assert "data-column" not in shown
    attempt(owner)
    assert "data-column" in client.get("/winback/board/").content.decode()


def test_board_asks_for_what_a_move_needs(client: Browser, owner: User) -> None:
    row = attempt(owner)
    client.force_login(owner)
    url, moved = reverse("winbacks:stage", args=[row.pk]), {"stage": "offered", "seen": "new"}
    board = client.post(f"{url}?tier=B", moved, headers={"HX-Request": "true"})
    assert (board.status_code, board.context["question"].label) == (422, "предложение сделано")
    assert f'action="{url}?tier=B"' in board.content.decode()
    page = client.post(url, moved | {"back": "page"})
    assert (page.status_code, "stage-question" in page.content.decode()) == (422, True)
    assert page.context["question"].leave_url == reverse("winbacks:page", args=[row.pk])
    client.post(url, moved | {"note": "Скидка на год"})
    assert WinBack.objects.get().offer == "Скидка на год"


def test_colleague_sees_and_does_not_work(owner: User) -> None:
    with pytest.raises(ForbiddenError):
        services.move_stage(
            win_back=attempt(owner), stage=WinBackStage.TALKING, seen="new", actor=make_user(Role.AM), now=NOW
        )


def test_next_step_is_one_call(owner: User) -> None:
    row = attempt(owner)
    for version, days in ((1, 3), (2, 5), (3, 3)):
        on = TODAY + timedelta(days=days)
        services.plan_step(win_back=row, on=on, note="Показать план", expected_version=version, actor=owner, now=NOW)
    touch = Touch.objects.get(state=TouchState.OPEN)
    assert (touch.due_on, touch.subject, Touch.objects.count()) == (TODAY + timedelta(days=3), "Показать план", 2)
    with pytest.raises(DomainError):
        services.plan_step(win_back=row, on=ago(1), note="", expected_version=4, actor=owner, now=NOW)
    with pytest.raises(ConflictError):
        services.plan_step(win_back=row, on=TODAY, note="", expected_version=1, actor=owner, now=NOW)
    subject = call_subject(touch, owner)
    assert subject is not None
    assert subject.url == reverse("winbacks:page", args=[row.pk])


@pytest.mark.parametrize("rule", [None, "winback:x:1", "winback:999999:1"])
def test_call_about_nothing_known_has_no_subject(owner: User, rule: str | None) -> None:
    assert call_subject(Touch(rule=rule), owner) is None


def test_empty_offer_and_foreign_people_are_refused(owner: User, head: User) -> None:
    row = attempt(owner)
    with pytest.raises(DomainError):
        services.make_offer(win_back=row, offer=" ", expected_version=1, actor=owner, now=NOW)
    with pytest.raises(ForbiddenError):
        services.pass_on(win_back=row, assignee=head, expected_version=1, actor=owner, now=NOW)
    with pytest.raises(DomainError):
        services.pass_on(win_back=row, assignee=make_user(), expected_version=1, actor=head, now=NOW)
    passed = services.pass_on(win_back=row, assignee=head, expected_version=1, actor=head, now=NOW)
    assert passed.assignee == head
    row.refresh_from_db()
    WinBack.objects.filter(pk=row.pk).update(stage="trying")
    assert services.make_offer(win_back=row, offer="Год", expected_version=2, actor=head, now=NOW).stage == "trying"


@pytest.mark.parametrize(
    ("segment", "days", "won"), [("silent", 0, 1), ("silent", 1, 0), ("complaint", 0, 0), ("complaint", 1, 1)]
)
def test_whoever_goes_on_buying_is_won_by_the_day_after_alone(owner: User, segment: str, days: int, won: int) -> None:
    """What a client who only complains bought on the first day he had in hand already; a contract of before wins nobody."""
    since = ago(days) if segment == "complaint" else TODAY
    row = attempt(owner, segment=segment, opened_on=since)
    make_contract(row.client, ago(days) if segment == "silent" else TODAY)
    assert close_won(client_ids=[row.client_id], now=NOW) == won


def test_won_by_what_was_signed_or_bought_since(owner: User, head: User) -> None:
    row = attempt(owner)
    old = make_contract(row.client, ago(30))
    new = make_contract(row.client, TODAY)
    undone = make_order(row.client, None)
    win: Callable[..., WinBack] = services.win
    values = {"win_back": row, "note": "", "expected_version": 1, "actor": owner, "now": NOW}
    for contract, order in ((None, None), (old, None), (None, undone)):
        with pytest.raises(DomainError):
            win(contract=contract, order=order, **values)
    won = win(contract=new, order=None, **values)
    assert (won.outcome, won.closed_by) == (WinBackOutcome.WON, owner)
    with pytest.raises(ConflictError):
        win(contract=new, order=None, **values)
    with pytest.raises(ForbiddenError):
        services.reopen(win_back=row, note="Ошибка", expected_version=2, actor=owner, now=NOW)
    with pytest.raises(DomainError):
        services.reopen(win_back=row, note=" ", expected_version=2, actor=head, now=NOW)
    assert services.reopen(win_back=row, note="Ошибка", expected_version=2, actor=head, now=NOW).outcome == ""
    with pytest.raises(ConflictError):
        services.reopen(win_back=row, note="Ошибка", expected_version=3, actor=head, now=NOW)


def test_lost_for_a_reason_in_use_and_opened_again_only_while_no_other_is(owner: User, head: User) -> None:
    row, old = attempt(owner), reason()
    RefusalReason.objects.filter(pk=old.pk).update(archived_at=NOW)
    old.refresh_from_db()
    with pytest.raises(DomainError):
        services.lose(win_back=row, reason=old, note="", expected_version=1, actor=owner, now=NOW)
    services.lose(win_back=row, reason=reason(), note="", expected_version=1, actor=owner, now=NOW)
    attempt(owner)
    WinBack.objects.create(client=row.client, segment="silent", assignee=owner, opened_on=TODAY)
    with pytest.raises(ConflictError):
        services.reopen(win_back=row, note="Ещё раз", expected_version=2, actor=head, now=NOW)


def test_filters_of_the_list_narrow(owner: User) -> None:
    due, later = attempt(owner, next_step_on=TODAY), attempt(owner, next_step_on=TODAY + timedelta(days=1))
    forgotten = attempt(owner, stage="talking")
    lost = attempt(owner, outcome="lost", lost_reason=reason(), closed_at=NOW)
    won = attempt(owner, outcome="won", closed_at=NOW)

    def found(**wanted: Any) -> set[WinBack]:
        return set(win_backs(owner, WinBackFilter(**wanted), today=TODAY))

    assert found() == {due, later, forgotten}
    assert (found(mark="due"), found(mark="forgotten")) == ({due}, {forgotten})
    assert (found(state="closed"), found(state="won"), found(state="lost")) == ({lost, won}, {won}, {lost})
    assert (found(stage="talking"), found(manager=owner.pk + 1)) == ({forgotten}, set())


def test_nobody_to_look_at_wins_nobody_back(owner: User) -> None:
    row = attempt(owner)
    make_order(row.client, NOW)
    assert (close_won(client_ids=[], now=NOW), close_won(client_ids=[row.client_id], now=NOW)) == (0, 1)


def test_menu_counts_steps_that_have_come(owner: User) -> None:
    attempt(owner)
    attempt(owner, next_step_on=date(2100, 1, 1))
    assert win_backs_waiting(owner) == 1


# --- who has come back --------------------------------------------------------------------------------------------


def test_dates_and_records_stand_side_by_side(owner: User) -> None:
    back, unseen, renewed = churned(owner, 100), churned(owner, 90), churned(owner, 80)
    contract = make_contract(back, ago(20), ends_on=ago(-300))
    make_contract(unseen, ago(10), ends_on=ago(-300))
    late = make_contract(renewed, ago(70), ends_on=ago(-300))
    values = {"assignee": owner, "segment": "refused", "outcome": "won", "closed_at": NOW}
    agreed = WinBack.objects.create(client=back, opened_on=ago(40), contract=contract, **values)
    wrong = WinBack.objects.create(client=renewed, opened_on=ago(75), contract=late, **values)
    order = make_order(make_client(owner), NOW, refunded_amount=1000)
    undone = WinBack.objects.create(client=order.client, opened_on=ago(5), order=order, **values)
    empty = WinBack.objects.create(client=make_client(owner), opened_on=ago(5), **values)
    keep()
    since = Since.of(NOW)
    assert came_back(owner) == [(unseen.pk, None), (back.pk, agreed.pk)]
    texts = {row.win_back: str(row.text) for row in mismatches(owner, since)}
    assert set(texts) == {wrong.pk, undone.pk, empty.pk}
    assert len(set(texts.values())) == 3
    last = months(owner, since)[-1]
    assert (last.by_dates, last.recorded) == (1, 4)
    seller = make_user(Role.SALES)
    assert [months(seller, since)[-1].by_dates, came_back(seller), mismatches(seller, since)] == [0, [], []]


def test_return_is_nobodys_when_the_attempt_was_another_time(owner: User) -> None:
    """The contract is another one, and the attempt began after the client was back."""
    back = churned(owner, 100)
    make_contract(back, ago(20), ends_on=ago(-300))
    later = make_contract(back, ago(5), ends_on=ago(-600))
    values = {"assignee": owner, "segment": "refused", "outcome": "won", "closed_at": NOW}
    attempt_ = WinBack.objects.create(client=back, opened_on=ago(10), contract=later, **values)
    keep()
    assert came_back(owner) == [(back.pk, None)]
    assert [row.win_back for row in mismatches(owner, Since.of(NOW))] == [attempt_.pk]


def came_back(user: User) -> list[tuple[int, int | None]]:
    since = Since.of(NOW)
    rows = list(returns(user, since).order_by("-back_on"))
    return [(found.client_id, found.win_back) for found in with_attempts(rows)]


# --- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"), [("segments", 7), ("board", 6), ("list", 6), ("returns", 7), ("campaigns", 4)]
)
def test_pages_ask_the_same_number_of_questions(
    client: Browser, head: User, django_assert_num_queries: DjangoAssertNumQueries, count: int, name: str, queries: int
) -> None:
    owner = make_user(Role.AM)
    for _number in range(count):
        churned(owner)
        attempt(owner)
        campaign(head)
    watch_attention(now=now())
    keep_leaving(now=now())
    client.force_login(head)
    with django_assert_num_queries(queries):
        assert client.get(reverse(f"winbacks:{name}")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_page_of_a_campaign_asks_the_same_number_of_questions(
    client: Browser, head: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    row = campaign(head)
    for _number in range(count):
        attempt(make_user(Role.AM))
    WinBack.objects.update(campaign=row)
    client.force_login(head)
    with django_assert_num_queries(7):
        assert client.get(reverse("winbacks:campaign", args=[row.pk])).status_code == 200


def test_whole_path_by_pages(client: Browser, owner: User, head: User) -> None:
    gone = churned(owner)
    client.force_login(owner)
    page = client.get(reverse("winbacks:segments"))
    assert gone.name in page.content.decode()
    for data in ({}, {"clients": "x"}, {"clients": [gone.pk]}, {"clients": [gone.pk]}):
        assert client.post(reverse("winbacks:take"), data).status_code == 302
    row = WinBack.objects.get()
    url = reverse("winbacks:page", args=[row.pk])
    assert client.get(url).status_code == 200

    def post(name: str, **data: Any) -> int:
        return client.post(reverse(f"winbacks:{name}", args=[row.pk]), data).status_code

    assert post("stage", stage="nowhere", seen="new") == 422
    assert post("stage", stage="talking", seen="trying") == 409
    assert post("stage", stage="talking", seen="new", back="page") == 302
    assert post("stage", stage="offered", seen="talking", note="Скидка на год") == 302
    version = WinBack.objects.get().version
    assert post("offer", offer="Месяц", version=version - 1) == 409
    assert post("offer", offer="Месяц", version=version) == 302
    assert post("win", version=version + 1) == 422
    assert post("lose", lost_reason=reason().pk, version=version + 1) == 302
    client.force_login(head)
    assert client.get(url).status_code == 200
    assert post("reopen", note="Передумал", version=version + 2) == 302
    assert post("pass_on", assignee=head.pk, version=version + 3) == 302
    assert client.get(reverse("clients:card", args=[gone.pk])).status_code == 200


def test_head_makes_fills_and_closes_a_campaign(client: Browser, owner: User, head: User) -> None:
    churned(owner)
    client.force_login(head)
    new = reverse("winbacks:campaign_new")
    assert client.get(new).status_code == 200
    data = {"name": "Весна", "segments": ["refused"], "starts_on": "2026-11-16", "ends_on": "2026-11-15"}
    assert client.post(new, data).status_code == 422
    assert client.post(new, {**data, "ends_on": "2030-12-31", "goal": 1}).status_code == 302
    row = TrustCampaign.objects.get()
    url = reverse("winbacks:campaign", args=[row.pk])
    assert client.get(url).status_code == 200
    assert client.post(reverse("winbacks:campaign_fill", args=[row.pk]), {"people": "x"}).status_code == 302
    assert client.post(reverse("winbacks:campaign_fill", args=[row.pk])).status_code == 302
    assert WinBack.objects.get().campaign == row
    for _time in range(2):
        assert client.post(reverse("winbacks:campaign_close", args=[row.pk])).status_code == 302
    assert client.post(reverse("winbacks:campaign_fill", args=[row.pk])).status_code == 302
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_attention_page_asks_the_same_number_of_questions(
    client: Browser, head: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    owner = make_user(Role.AM)
    for _number in range(count):
        silent(owner)
    client.force_login(head)
    with django_assert_num_queries(6):
        page = client.get(f"{reverse('attention:list')}?kind=silence&manager={owner.pk}&tier=B&call=none")
    assert page.context["found"] == count
    assert client.get(reverse("attention:list"), {"late": "red", "sort": "since"}).context["found"] == 0


def test_cards_of_a_campaign_are_moved_on_its_own_page(client: Browser, owner: User, head: User) -> None:
    row = campaign(head)
    mine = attempt(owner)
    WinBack.objects.filter(pk=mine.pk).update(campaign=row)
    alone = attempt(owner)
    client.force_login(owner)
    url, stage = reverse("winbacks:campaign", args=[row.pk]), reverse("winbacks:stage", args=[mine.pk])
    assert "1,000" in client.get(f"{url}?show=coefficient").content.decode()
    page = client.get(url).content.decode()
    assert "data-board" in page
    assert f'data-root="/winback/" data-kept="campaign={row.pk}"' in page
    assert 'name="back" value="campaign"' in page

    moved = {"stage": "talking", "seen": "new", "back": "campaign"}
    assert client.post(stage, moved).headers["location"] == url
    assert client.post(reverse("winbacks:stage", args=[alone.pk]), moved).headers["location"].endswith(f"/{alone.pk}/")

    board = client.post(f"{stage}?campaign={row.pk}", moved | {"stage": "trying"}, headers={"HX-Request": "true"})
    assert board.status_code == 409
    assert mine.client.name in board.content.decode()
    assert alone.client.name not in board.content.decode()
    client.force_login(make_user(Role.AM))
    assert "data-card" not in client.get(url).content.decode().split('id="board"')[1]


def test_card_that_somebody_else_works_on_is_not_moved(client: Browser, owner: User) -> None:
    row = attempt(owner)
    client.force_login(make_user(Role.AM))

    assert client.post(reverse("winbacks:stage", args=[row.pk]), {"stage": "talking", "seen": "new"}).status_code == 403
    row.refresh_from_db()
    assert row.stage == "new"


def test_card_and_list_tell_how_far_a_client_has_come(client: Browser, owner: User) -> None:
    regular, fresh, nobody = (make_client(owner, name=name) for name in ("Постоянный", "Недавний", "Никакой"))
    for days in (40, 30, 20, 10):
        make_order(regular, NOW - timedelta(days=days))
    make_order(fresh, NOW - timedelta(days=9))
    make_order(fresh, NOW - timedelta(days=8), refunded_amount=1000)  # does not stand
    make_order(nobody, None)
    client.force_login(owner)

    def card(row: Client) -> list[tuple[str, str]]:
        return [(str(stage), f"{day}") for stage, day in client.get(f"/clients/{row.pk}/").context["lifecycle"]]

    first, second, third = (f"{localdate(NOW - timedelta(days=days))}" for days in (40, 30, 20))
    assert card(regular) == [("new", first), ("active", second), ("regular", third)]
    assert [stage for stage, _day in card(fresh)] == ["new"]
    assert card(nobody) == []
    rows = {row.name: row.under for row in client.get("/clients/").context["rows"]}
    assert (rows["Постоянный"], rows["Недавний"], rows["Никакой"]) == ("постоянный", "новый", "")

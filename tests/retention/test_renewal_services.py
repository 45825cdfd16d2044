from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clients.enums import AssignmentReason, EventKind
from clients.models import Contract, Product, TimelineEvent
from clients.services import assign_owner
from clients.services.contracts import ContractData
from core.concurrency import EditConflictError, snapshot
from core.errors import ConflictError, DomainError, ForbiddenError
from feedback.models import Complaint, SurveyResponse
from gateways.models import OutboxMessage
from retention.enums import Likelihood, OfferState, RenewalOutcome, RenewalStage
from retention.models import DiscountLimit, Freeze, Refusal, RefusalReason, Renewal, RenewalWatch
from retention.queries.renewals.facts import first_day, next_contracts, notice_deadline
from retention.queries.renewals.forecast import by_month, renewal_forecast
from retention.queries.renewals.page import call_subject, renewals_waiting
from retention.queries.renewals.policies import discount_authority
from retention.queries.renewals.records import Divergent, divergences
from retention.services import renewals as services
from retention.services.leaving import keep_leaving
from retention.services.refusals import record_refusal
from retention.services.renewals.signals import refresh_signals_of
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_order, make_user
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch

NOW = datetime(2026, 11, 16, 12, tzinfo=ZoneInfo("Europe/Moscow"))
TODAY = NOW.date()

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Олег")


@pytest.fixture
def head() -> User:
    return make_user(Role.HEAD, name="Анна")


def make_renewal(owner: User, left: int = 60, **values: Any) -> Renewal:
    due_on = TODAY + timedelta(days=left)
    after = due_on + timedelta(days=1)
    contract = make_contract(make_client(owner), after.replace(year=after.year - 1), ends_on=due_on, **values)
    services.open_renewals(now=NOW)
    return Renewal.objects.select_related("client", "contract").get(contract=contract)


@pytest.fixture
def renewal(owner: User) -> Renewal:
    return make_renewal(owner)


def opine(renewal: Renewal, opinion: Likelihood, actor: User, seen: Mapping[str, str] | None = None) -> Renewal:
    seen = seen or {"opinion": renewal.opinion, "opinion_note": renewal.opinion_note}
    return services.set_opinion(renewal=renewal, opinion=opinion, note="Так сказал", seen=seen, actor=actor, now=NOW)


def close(renewal: Renewal) -> None:
    Renewal.objects.filter(pk=renewal.pk).update(outcome="void", closed_at=NOW)


# --- stage --------------------------------------------------------------------------------------------------------


def test_colleague_may_help_and_the_timeline_says_who(renewal: Renewal) -> None:
    colleague = make_user(Role.AM)
    moved = services.move_stage(
        renewal=renewal, stage=RenewalStage.AGREED, seen="planned", note="Согласен", actor=colleague, now=NOW
    )
    assert moved.stage == RenewalStage.AGREED
    told = TimelineEvent.objects.get(kind=EventKind.RENEWAL_CHANGED)
    assert (told.actor, told.summary.endswith(". Согласен")) == (colleague, True)
    moved.refresh_from_db()
    assert "agreed" in moved.signs


def test_second_of_two_who_move_is_told_where_it_stands(renewal: Renewal, owner: User) -> None:
    services.move_stage(renewal=renewal, stage=RenewalStage.TALKING, seen="planned", actor=owner, now=NOW)
    with pytest.raises(ConflictError, match="ведём|перегов|talk"):
        services.move_stage(renewal=renewal, stage=RenewalStage.AGREED, seen="planned", actor=owner, now=NOW)
    services.move_stage(renewal=renewal, stage=RenewalStage.TALKING, seen="planned", actor=owner, now=NOW)
    assert Renewal.objects.get().stage == RenewalStage.TALKING


def test_closed_renewal_does_not_move(renewal: Renewal, owner: User) -> None:
    close(renewal)
    with pytest.raises(ConflictError):
        services.move_stage(renewal=renewal, stage=RenewalStage.TALKING, seen="planned", actor=owner, now=NOW)


# --- opinion, dispute, verdict --------------------------------------------------------------------------------------


def test_opinion_needs_a_why(renewal: Renewal, owner: User) -> None:
    with pytest.raises(DomainError) as caught:
        services.set_opinion(renewal=renewal, opinion=Likelihood.LIKELY, note=" ", seen={}, actor=owner, now=NOW)
    assert list(caught.value.fields) == ["opinion_note"]


@pytest.mark.parametrize(("left", "refused"), [(31, False), (30, True), (29, True)])
def test_wait_and_see_is_refused_near_the_end(owner: User, left: int, *, refused: bool) -> None:
    renewal = make_renewal(owner, left)
    if not refused:
        assert opine(renewal, Likelihood.UNSURE, owner).opinion == "unsure"
        return
    with pytest.raises(DomainError) as caught:
        opine(renewal, Likelihood.UNSURE, owner)
    assert caught.value.code == "must_decide"
    assert renewals_waiting(owner) == 1 or date.today() != TODAY


def test_two_opinions_at_once_ask_and_lose_nothing(renewal: Renewal, owner: User) -> None:
    opine(renewal, Likelihood.LIKELY, owner)
    with pytest.raises(ConflictError):
        services.set_opinion(
            renewal=renewal,
            opinion=Likelihood.UNLIKELY,
            note="Уходят",
            seen={"opinion": "", "opinion_note": ""},
            actor=owner,
            now=NOW,
        )
    assert Renewal.objects.get().opinion == "likely"


def test_other_words_for_the_same_opinion_keep_the_verdict(renewal: Renewal, owner: User, head: User) -> None:
    SurveyResponse.objects.create(client=renewal.client, scale="csat10", score=2, answered_at=NOW)
    disputed = opine(renewal, Likelihood.LIKELY, owner)
    services.give_verdict(
        renewal=disputed, verdict=Likelihood.LIKELY, note="Верю", expected_version=disputed.version, actor=head, now=NOW
    )
    said = {"opinion": "likely", "opinion_note": "Так сказал"}
    again = services.set_opinion(
        renewal=renewal, opinion=Likelihood.LIKELY, note="Подпишут в среду", seen=said, actor=owner, now=NOW
    )
    assert (again.opinion_note, again.verdict, again.verdict_by) == ("Подпишут в среду", "likely", head)
    assert opine(again, Likelihood.UNLIKELY, owner).verdict == ""


def test_opposite_of_the_signal_goes_to_the_head_who_decides(renewal: Renewal, owner: User, head: User) -> None:
    SurveyResponse.objects.create(client=renewal.client, scale="csat10", score=2, answered_at=NOW)
    disputed = opine(renewal, Likelihood.LIKELY, owner)
    assert disputed.signal == "unlikely"
    assert disputed.disputed_at == NOW
    assert OutboxMessage.objects.filter(to_address=head.email).count() == 1
    assert renewals_waiting(head) == 1
    refresh_signals_of([renewal.pk], now=NOW + timedelta(hours=5))
    assert OutboxMessage.objects.filter(to_address=head.email).count() == 1  # told once
    with pytest.raises(ForbiddenError):
        services.give_verdict(
            renewal=disputed,
            verdict=Likelihood.LIKELY,
            note="",
            expected_version=disputed.version,
            actor=owner,
            now=NOW,
        )
    settled = services.give_verdict(
        renewal=disputed,
        verdict=Likelihood.UNLIKELY,
        note="Еду сама",
        expected_version=disputed.version,
        actor=head,
        now=NOW,
    )
    assert (settled.verdict, settled.disputed_at, settled.verdict_by) == ("unlikely", None, head)
    told = OutboxMessage.objects.get(to_address=owner.email)
    assert "уйдёт" in told.subject
    assert "Еду сама" in told.text
    assert f"/renewals/{renewal.pk}/" in told.text
    refresh_signals_of([renewal.pk], now=NOW)
    settled.refresh_from_db()
    assert settled.disputed_at is None
    changed = opine(settled, Likelihood.UNLIKELY, owner)
    assert (changed.verdict, changed.disputed_at) == ("", None)


@pytest.mark.parametrize("who", ["head", "left"])
def test_nobody_is_told_of_a_verdict_of_his_own_or_after_he_left(
    renewal: Renewal, owner: User, head: User, who: str
) -> None:
    SurveyResponse.objects.create(client=renewal.client, scale="csat10", score=2, answered_at=NOW)
    disputed = opine(renewal, Likelihood.LIKELY, head if who == "head" else owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    before = OutboxMessage.objects.count()
    services.give_verdict(
        renewal=disputed, verdict=Likelihood.LIKELY, note="", expected_version=disputed.version, actor=head, now=NOW
    )
    assert OutboxMessage.objects.count() == before


def test_signal_knows_the_facts(owner: User) -> None:
    renewal = make_renewal(owner)
    client = renewal.client
    make_contract(client, TODAY - timedelta(days=700), ends_on=renewal.contract.starts_on - timedelta(days=10))
    Complaint.objects.create(client=client, what_happened="!", responsible=owner, opened_at=NOW, deadline=NOW)
    Freeze.objects.create(client=client, stopped_on=TODAY)
    make_order(client, NOW - timedelta(days=200))
    Touch.objects.create(
        client=client, kind=TouchKind.PLANNED, assignee=owner, due_from=TODAY, due_on=TODAY, state=TouchState.DONE,
        outcome=CallOutcome.REFUSED, closed_at=NOW,
    )  # fmt: skip
    assign_owner(client=client, user=make_user(Role.AM), reason=AssignmentReason.TRANSFER, actor=None, now=NOW)
    assert services.refresh_signals(now=NOW) == {"refreshed": 1, "disputed": 0}
    renewal.refresh_from_db()
    assert set(renewal.signs) == {
        "complaint", "frozen", "silent", "orders_fall", "refuses_calls", "owner_changed", "late_before", "loyal",
    }  # fmt: skip


def test_score_on_five_counts_double(renewal: Renewal) -> None:
    SurveyResponse.objects.create(client=renewal.client, scale="csat5", score=5, answered_at=NOW)
    refresh_signals_of([renewal.pk], now=NOW)
    renewal.refresh_from_db()
    assert "high_score" in renewal.signs


# --- postponing ---------------------------------------------------------------------------------------------------


def test_postponed_sleeps_until_its_day_with_a_call(renewal: Renewal, owner: User) -> None:
    until = TODAY + timedelta(days=20)
    services.postpone(
        renewal=renewal, until=until, note="Бюджет в декабре", expected_version=renewal.version, actor=owner, now=NOW
    )
    stored = Renewal.objects.get()
    assert (stored.outcome, stored.postponed_until, stored.note) == ("", until, "Бюджет в декабре")
    open_ = Touch.objects.filter(state=TouchState.OPEN).order_by("due_on")
    assert next(touch.due_from for touch in open_) == until


@pytest.mark.parametrize(("days", "note", "field"), [(0, "x", "until"), (366, "x", "until"), (5, " ", "note")])
def test_postponing_needs_a_day_to_come_and_a_reason(
    renewal: Renewal, owner: User, days: int, note: str, field: str
) -> None:
    with pytest.raises(DomainError) as caught:
        services.postpone(
            renewal=renewal,
            until=TODAY + timedelta(days=days),
            note=note,
            expected_version=renewal.version,
            actor=owner,
            now=NOW,
        )
    assert list(caught.value.fields) == [field]


# --- offers ---------------------------------------------------------------------------------------------------------


def offer(renewal: Renewal, discount: str, actor: User, months: int = 12) -> Any:
    data = services.OfferData(amount=Decimal(100_000), months=months, discount=Decimal(discount), words="Год")
    return services.offer_terms(renewal=renewal, data=data, actor=actor, now=NOW)


def test_authority_is_the_highest_of_the_roles(head: User) -> None:
    DiscountLimit.objects.filter(role="am").update(percent=5)
    DiscountLimit.objects.filter(role="growth").update(percent=10)
    assert discount_authority(make_user(Role.AM)) == 5
    assert discount_authority(make_user(Role.AM, Role.GROWTH)) == 10
    assert discount_authority(make_user(Role.TECHNICAL)) == 0
    assert discount_authority(head) is None


def test_discount_within_authority_holds_at_once(renewal: Renewal, owner: User, head: User) -> None:
    made = offer(renewal, "5", owner)
    assert (made.state, made.decided_by) == (OfferState.APPROVED, owner)
    assert Renewal.objects.get().stage == RenewalStage.OFFERED
    assert offer(renewal, "90", head).state == OfferState.APPROVED
    assert not OutboxMessage.objects.exists()


def test_discount_beyond_authority_waits_and_the_manager_is_told(renewal: Renewal, owner: User, head: User) -> None:
    made = offer(renewal, "5.01", owner)
    assert made.state == OfferState.WAITING
    assert Renewal.objects.get().stage == RenewalStage.PLANNED
    assert OutboxMessage.objects.get().to_address == head.email
    with pytest.raises(ForbiddenError):
        services.decide_offer(offer=made, approve=True, note="", actor=owner, now=NOW)
    with pytest.raises(DomainError):
        services.decide_offer(offer=made, approve=False, note=" ", actor=head, now=NOW)
    decided = services.decide_offer(offer=made, approve=True, note="", actor=head, now=NOW)
    assert (decided.state, Renewal.objects.get().stage) == (OfferState.APPROVED, RenewalStage.OFFERED)
    assert OutboxMessage.objects.filter(to_address=owner.email).count() == 1
    with pytest.raises(ConflictError):
        services.decide_offer(offer=made, approve=False, note="Нет", actor=head, now=NOW)


def test_half_the_price_without_a_discount_waits_for_the_head_who_reads_what_it_is(
    renewal: Renewal, owner: User, head: User
) -> None:
    data = services.OfferData(amount=renewal.monthly_value * 6, months=12)
    made = services.offer_terms(renewal=renewal, data=data, actor=owner, now=NOW)
    assert (made.state, Renewal.objects.get().stage) == (OfferState.WAITING, RenewalStage.PLANNED)
    assert "−50,0\xa0% к нынешнему договору" in OutboxMessage.objects.get(to_address=head.email).text
    dearer = services.OfferData(amount=renewal.monthly_value * 13, months=12)
    assert services.offer_terms(renewal=renewal, data=dearer, actor=owner, now=NOW).state == OfferState.APPROVED


def test_declined_offer_keeps_its_reason(renewal: Renewal, owner: User, head: User) -> None:
    declined = services.decide_offer(
        offer=offer(renewal, "50", owner), approve=False, note="Дорого", actor=head, now=NOW
    )
    assert (declined.state, declined.decision_note) == (OfferState.DECLINED, "Дорого")
    renewal.refresh_from_db()
    assert "offer" not in renewal.signs


def test_own_waiting_offer_is_decided_without_a_letter_to_oneself(renewal: Renewal, owner: User) -> None:
    made = offer(renewal, "50", owner)
    User.objects.filter(pk=owner.pk).update(roles=["am", "head"])
    owner.refresh_from_db()
    services.decide_offer(offer=made, approve=True, note="", actor=owner, now=NOW)
    assert not OutboxMessage.objects.filter(key__startswith="offer:", key__contains="decided").exists()


def test_offer_is_for_a_month_at_least(renewal: Renewal, owner: User) -> None:
    with pytest.raises(DomainError):
        offer(renewal, "0", owner, months=0)


# --- outcomes -------------------------------------------------------------------------------------------------------


def next_data(renewal: Renewal, **values: Any) -> ContractData:
    start = renewal.due_on + timedelta(days=1)
    defaults = {
        "signed_on": TODAY,
        "starts_on": start,
        "ends_on": start + timedelta(days=364),
        "amount": Decimal(24000),
    }
    return ContractData(**{**defaults, **values})


def renew(renewal: Renewal, actor: User, version: int | None = None, **values: Any) -> Renewal:
    return services.renew_by_new_contract(
        renewal=renewal,
        data=next_data(renewal, **values),
        note="",
        expected_version=version or renewal.version,
        actor=actor,
        now=NOW,
    )


def test_next_contract_written_down_closes_and_stops_the_calls(renewal: Renewal, owner: User) -> None:
    renewed = renew(renewal, owner, number="Д-2")
    assert (renewed.outcome, renewed.closed_by, renewed.next_contract) == (
        RenewalOutcome.RENEWED, owner, Contract.objects.get(number="Д-2"),
    )  # fmt: skip
    assert not Touch.objects.filter(state=TouchState.OPEN, kind=TouchKind.RENEWAL).exists()
    services.open_renewals(now=NOW)
    assert Renewal.objects.get(pk=renewal.pk).outcome == RenewalOutcome.RENEWED


def test_contract_that_does_not_continue_is_not_kept(renewal: Renewal, owner: User) -> None:
    with pytest.raises(DomainError) as caught:
        renew(renewal, owner, starts_on=TODAY, ends_on=TODAY + timedelta(days=1))
    assert caught.value.code == "not_next"
    assert Contract.objects.count() == 1


def test_stale_version_writes_neither_contract_nor_refusal(renewal: Renewal, owner: User) -> None:
    with pytest.raises(ConflictError):
        renew(renewal, owner, version=renewal.version + 1)
    with pytest.raises(ConflictError):
        refuse(renewal, owner, version=renewal.version + 1)
    assert (Contract.objects.count(), Refusal.objects.count()) == (1, 0)


def test_price_change_in_mid_term_replaces(owner: User) -> None:
    renewal = make_renewal(owner, 110)
    replaced = renew(renewal, owner, starts_on=TODAY, ends_on=TODAY + timedelta(days=400))
    assert replaced.outcome == RenewalOutcome.REPLACED


def test_signed_contract_in_line_is_linked_and_a_foreign_one_refused(renewal: Renewal, owner: User) -> None:
    foreign = make_contract(make_client(owner), TODAY, renewal.due_on + timedelta(days=1))
    ads, crm = (Product.objects.create(code=code, name=code) for code in ("ads", "crm"))
    renewal.contract.products.add(ads)
    other = make_contract(renewal.client, TODAY, renewal.due_on + timedelta(days=1))
    other.products.add(crm)
    following = make_contract(renewal.client, TODAY, renewal.due_on + timedelta(days=5))
    assert list(next_contracts(renewal)) == [following]
    for wrong in (foreign, other, renewal.contract):
        with pytest.raises(DomainError):
            link(renewal, wrong, owner)
    assert link(renewal, following, owner).next_contract == following


def link(renewal: Renewal, contract: Contract, actor: User) -> Renewal:
    return services.renew_by_contract(
        renewal=renewal, contract_id=contract.pk, note="", expected_version=renewal.version, actor=actor, now=NOW
    )


def refuse(renewal: Renewal, actor: User, version: int | None = None) -> Renewal:
    return services.refuse(
        renewal=renewal,
        refused_on=TODAY,
        stated_reason=RefusalReason.objects.filter(archived_at=None)[0],
        stated_words="Дорого",
        tried="Скидка",
        expected_version=version or renewal.version,
        actor=actor,
        now=NOW,
    )


def test_refusal_has_its_reason_and_the_head_takes_it_back(renewal: Renewal, owner: User, head: User) -> None:
    refused = refuse(renewal, owner)
    assert refused.refusal is not None
    assert (refused.outcome, refused.refusal.stated_words) == (RenewalOutcome.REFUSED, "Дорого")
    with pytest.raises(ForbiddenError):
        reopen(refused, owner)
    with pytest.raises(DomainError):
        reopen(refused, head, note=" ")
    with pytest.raises(ConflictError):
        reopen(refused, head, version=refused.version + 1)
    again = reopen(refused, head)
    assert (again.outcome, again.refusal, again.closed_at) == ("", None, None)
    assert Refusal.objects.get().withdrawn_at == NOW
    with pytest.raises(ConflictError):
        reopen(again, head)


def test_renewed_is_opened_again_without_its_link(renewal: Renewal, owner: User, head: User) -> None:
    assert reopen(renew(renewal, owner), head).next_contract is None


def reopen(renewal: Renewal, actor: User, note: str = "Ошибка", version: int | None = None) -> Renewal:
    return services.reopen(
        renewal=renewal, note=note, expected_version=version or renewal.version, actor=actor, now=NOW
    )


def test_refusal_recorded_elsewhere_closes_the_renewal(renewal: Renewal, owner: User) -> None:
    refusal = record_refusal(
        client=renewal.client,
        contract=renewal.contract,
        refused_on=TODAY,
        stated_reason=RefusalReason.objects.all()[0],
        stated_words="",
        tried="",
        actor=owner,
        now=NOW,
    )
    assert services.open_renewals(now=NOW)["closed"] == 1
    stored = Renewal.objects.get()
    assert (stored.outcome, stored.refusal) == (RenewalOutcome.REFUSED, refusal)


# --- policies -------------------------------------------------------------------------------------------------------


def test_new_terms_are_the_heads_and_are_applied_at_once(owner: User, head: User) -> None:
    make_renewal(owner, 10)
    contract = make_contract(make_client(owner), TODAY, ends_on=TODAY + timedelta(days=150))
    services.open_renewals(now=NOW)
    seen, mine = {"open_days": "120", "touch_days": "90, 60, 30"}, {"open_days": 160, "touch_days": [90, 60, 30]}
    with pytest.raises(ForbiddenError):
        services.change_keeping_policy(tier="B", original=seen, mine=mine, actor=owner)
    assert services.change_keeping_policy(tier="B", original=seen, mine=mine, actor=head).version == 2
    assert services.change_keeping_policy(tier="B", original=seen, mine=mine, actor=head).version == 2
    assert RenewalWatch.objects.get(contract=contract).look_on == date(2000, 1, 1)
    assert services.open_renewals(now=NOW)["opened"] == 1
    merged = services.change_keeping_policy(tier="B", original=seen, mine={**mine, "touch_days": [45]}, actor=head)
    assert (merged.open_days, merged.touch_days) == (160, [45])
    with pytest.raises(EditConflictError):
        services.change_keeping_policy(tier="B", original=seen, mine={**mine, "open_days": 90}, actor=head)


def test_limit_of_a_role_is_the_heads(owner: User, head: User) -> None:
    with pytest.raises(ForbiddenError):
        services.change_limit(role="am", original={}, percent=Decimal(50), actor=owner)
    seen = snapshot(DiscountLimit.objects.get(role="am"), ["percent"])
    assert services.change_limit(role="am", original=seen, percent=Decimal(7), actor=head).percent == 7
    with pytest.raises(EditConflictError):
        services.change_limit(role="am", original=seen, percent=Decimal(8), actor=head)
    none = {"percent": "0.00"}
    assert services.change_limit(role="documents", original=none, percent=Decimal(1), actor=head).version == 2


# --- reads ----------------------------------------------------------------------------------------------------------


def test_turn_of_a_prolonging_contract_has_its_own_first_day_and_deadline(owner: User) -> None:
    contract = make_contract(
        make_client(owner), date(2020, 1, 1), ends_on=date(2020, 12, 31), prolongation_months=12, notice_days=30
    )
    services.open_renewals(now=NOW)
    renewal = Renewal.objects.select_related("contract").get()
    assert (first_day(renewal), notice_deadline(renewal)) == (date(2026, 1, 1), date(2026, 12, 1))
    Contract.objects.filter(pk=contract.pk).update(notice_days=None)
    renewal.contract.refresh_from_db()
    assert notice_deadline(renewal) is None


def test_forecast_weighs_what_is_pending_and_counts_what_has_come(owner: User, head: User) -> None:
    other = make_user(Role.AM)
    pending = make_renewal(owner, 40, amount=12000)
    Renewal.objects.filter(pk=pending.pk).update(opinion="likely", signal="unlikely")
    leaving = make_renewal(other, 40, amount=12000)
    refuse(leaving, other)
    done = make_renewal(owner, 41, amount=12000)
    renew(done, owner, amount=Decimal(24000))
    month = pending.due_on.replace(day=1)
    rows = renewal_forecast(user=head, months=[month], now=NOW)
    mine = next(row for row in rows if row.manager_id == owner.pk)
    assert (mine.count, mine.pending, mine.renewed) == (2, 1, 1)
    assert mine.due == 2000
    assert (mine.fact, mine.weighted, mine.unweighted) == (Decimal(2000), Decimal(2900), Decimal(3000))
    theirs = next(row for row in rows if row.manager_id == other.pk)
    assert (theirs.due, theirs.weighted, theirs.unweighted) == (Decimal(1000), Decimal(0), Decimal(0))
    assert [row.manager_id for row in renewal_forecast(user=owner, months=[month], now=NOW)] == [owner.pk]
    assert renewal_forecast(user=head, months=[], now=NOW) == []
    total, empty = by_month(rows, [month, date(2030, 1, 1)])
    assert (total.due, total.weighted, empty.count, empty.due) == (Decimal(3000), Decimal(2900), 0, Decimal(0))


def test_records_that_the_dates_do_not_bear_out_are_listed(owner: User, head: User) -> None:
    late = make_renewal(owner, 0)
    linked = make_renewal(owner, 10)
    renew(linked, owner)
    Contract.objects.filter(client=linked.client, starts_on__gt=TODAY).update(starts_on=TODAY + timedelta(days=300))
    refused = make_renewal(owner, 20)
    refuse(refused, owner)
    renew_contract = next_data(refused)
    make_contract(refused.client, TODAY, renew_contract.starts_on, ends_on=renew_contract.ends_on)
    another = make_renewal(owner, 25)
    renew(another, owner)
    make_contract(another.client, TODAY, another.due_on, ends_on=another.due_on + timedelta(days=900))
    fine = make_renewal(owner, 30)
    renew(fine, owner)
    later = NOW + timedelta(days=45)
    keep_leaving(now=later)
    rows = divergences(head, today=later.date())
    found = {row[0]: Divergent(*row) for row in rows}
    assert set(found) == {late.pk, linked.pk, refused.pk, another.pk}
    assert (found[late.pk].said, found[refused.pk].said) == ("refused", "renewed")
    assert len({row.text for row in found.values()}) == 3
    assert found[another.pk].found_from == another.due_on
    assert not divergences(make_user(Role.SALES), today=later.date())


def test_call_leads_to_its_renewal(renewal: Renewal, owner: User) -> None:
    touch = Touch.objects.filter(kind=TouchKind.RENEWAL)[0]
    subject = call_subject(touch, owner)
    assert subject is not None
    assert subject.url == f"/renewals/{renewal.pk}/"
    assert call_subject(touch, make_user(Role.SALES)) is None
    for rule in ("renewal:x:90", "renewal", None):
        assert call_subject(Touch(rule=rule), owner) is None

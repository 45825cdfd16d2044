"""Signals follow what happens within minutes, whoever writes it, and change by themselves when their time has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.models import Assignment, Client
from core.models import Company
from feedback.models import Complaint, SurveyResponse
from retention.enums import FreezeOutcome, OfferState, RenewalStage
from retention.models import Freeze, Renewal, RenewalOffer, SignalWatch
from retention.rules.renewals import signal
from retention.services.attention import watch_attention
from retention.services.renewals import open_renewals, refresh_signals
from retention.services.renewals.signals import facts_of
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_order, make_user
from work.models import Touch

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


@pytest.fixture
def renewal(owner: User) -> Renewal:
    make_contract(make_client(owner), TODAY - timedelta(days=300), ends_on=TODAY + timedelta(days=60))
    open_renewals(now=NOW)
    assert refresh(NOW) == 1
    return Renewal.objects.select_related("client").get()


def refresh(now: datetime) -> int:
    watch_attention(now=now)
    return refresh_signals(now=now)["refreshed"]


def owner_of(client: Client) -> User:
    return Assignment.objects.select_related("user").get(client=client, ended_at=None).user


def signs(renewal: Renewal) -> set[str]:
    return set(Renewal.objects.get(pk=renewal.pk).signs)


def call(client: Client, at: datetime, outcome: str = "reached") -> None:
    Touch.objects.create(
        client=client, kind="planned", assignee=owner_of(client), due_from=at.date(), due_on=at.date(), state="done",
        outcome=outcome, closed_at=at,
    )  # fmt: skip


def offer(renewal: Renewal) -> None:
    maker = owner_of(renewal.client)
    RenewalOffer.objects.create(renewal=renewal, amount=1, months=12, state=OfferState.APPROVED, made_by=maker)


HAPPENS: dict[str, Callable[[Renewal], object]] = {
    "high_score": lambda row: SurveyResponse.objects.create(
        client=row.client, scale="csat10", score=10, answered_at=NOW
    ),
    "complaint": lambda row: Complaint.objects.create(
        client=row.client, what_happened="!", responsible=owner_of(row.client), opened_at=NOW, deadline=NOW
    ),
    "frozen": lambda row: Freeze.objects.create(client=row.client, stopped_on=TODAY),
    "offer": offer,
    "agreed": lambda row: Renewal.objects.filter(pk=row.pk).update(stage=RenewalStage.AGREED),
    "in_touch": lambda row: call(row.client, NOW),
    "orders_fall": lambda row: make_order(row.client, NOW - timedelta(days=200)),
    "late_before": lambda row: make_contract(
        row.client, TODAY - timedelta(days=700), ends_on=TODAY - timedelta(days=320)
    ),
    "owner_changed": lambda row: (
        Assignment.objects.filter(client=row.client).update(ended_at=NOW, started_at=NOW - timedelta(days=9)),
        Assignment.objects.create(client=row.client, user=make_user(Role.AM), reason="transfer", started_at=NOW),
    ),
}


@pytest.mark.parametrize("sign", HAPPENS)
def test_signal_follows_what_happens(renewal: Renewal, sign: str) -> None:
    assert sign not in signs(renewal)

    HAPPENS[sign](renewal)

    assert refresh(LATER) == 1
    assert sign in signs(renewal)


ENDS: dict[str, Callable[[Renewal], Any]] = {
    "high_score": lambda row: row.client.survey_responses.all().delete(),
    "complaint": lambda row: Complaint.objects.update(state="resolved", resolved_at=NOW, resolution="!"),
    "frozen": lambda row: Freeze.objects.update(outcome=FreezeOutcome.RESUMED, ended_on=TODAY),
    "agreed": lambda row: Renewal.objects.update(stage=RenewalStage.TALKING),
}


@pytest.mark.parametrize("sign", ENDS)
def test_signal_follows_what_ends(renewal: Renewal, sign: str) -> None:
    HAPPENS[sign](renewal)
    refresh(LATER)

    ENDS[sign](renewal)
    refresh(LATER)

    assert sign not in signs(renewal)


def test_deleted_freeze_and_other_bounds_of_a_score_are_followed(renewal: Renewal) -> None:
    freeze = Freeze.objects.create(client=renewal.client, stopped_on=TODAY)
    SurveyResponse.objects.create(client=renewal.client, scale="csat10", score=7, answered_at=NOW)
    refresh(LATER)
    assert "frozen" in signs(renewal)

    freeze.delete()
    Company.objects.update(high_score=7)
    refresh(LATER)

    assert "frozen" not in signs(renewal)
    assert "high_score" in signs(renewal)


def test_renewal_opened_again_is_computed_anew(renewal: Renewal) -> None:
    Renewal.objects.update(outcome="void", closed_at=NOW)
    Renewal.objects.update(outcome="", closed_at=None, signal_at=None)

    assert refresh(LATER) == 1
    assert Renewal.objects.get().signal_at == LATER


def test_nothing_is_written_while_nothing_changes(renewal: Renewal, owner: User) -> None:
    make_order(make_client(owner), NOW)  # somebody without a renewal

    assert refresh(LATER) == 0
    call(renewal.client, NOW, "refused")
    refresh(LATER)
    call(renewal.client, NOW, "refused")  # known already: he does not want to talk

    assert refresh(LATER + timedelta(minutes=2)) == 1
    assert Renewal.objects.get().signal_at == LATER


def test_time_alone_changes_signs_on_the_very_day(renewal: Renewal) -> None:
    client = renewal.client
    make_order(client, NOW - timedelta(days=170))
    make_order(client, NOW - timedelta(days=100), amount=500)
    call(client, NOW - timedelta(days=10))
    call(client, NOW - timedelta(days=80), "refused")
    SurveyResponse.objects.create(client=client, scale="csat10", score=10, answered_at=NOW - timedelta(days=355))
    HAPPENS["owner_changed"](renewal)
    looked, seen = 0, set()

    for day in range(130):
        moment = NOW + timedelta(days=day, hours=1)
        looked += refresh_signals(now=moment)["refreshed"] if day else refresh(moment)
        row = facts_of([renewal.pk], now=moment)[0]
        assert signs(renewal) == set(signal(row.facts, low=6, high=9).signs), day
        seen.add(frozenset(signs(renewal)))

    assert looked < 12
    assert len(seen) > 4


def test_mark_of_a_client_without_open_renewals_is_forgotten() -> None:
    SignalWatch.objects.create(client_id=1, look_at=NOW)

    assert refresh_signals(now=NOW) == {"refreshed": 0, "disputed": 0}
    assert not SignalWatch.objects.exists()

"""Kept lists of those who left: whatever happens and however days pass, they say what the dates say."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Count
from django.utils.timezone import localtime

from clients.models import Client, Contract, Order, Product
from core.models import Company
from feedback.models import Complaint, SurveyResponse
from retention.models import (
    Attention,
    Candidate,
    Divergence,
    LeavingWatch,
    Mismatch,
    Refusal,
    RefusalReason,
    Renewal,
    Return,
    Tally,
    Unexplained,
    WinBack,
)
from retention.queries.unexplained import kept_unexplained, unexplained_contracts
from retention.queries.winbacks.segments import SegmentFilter, freshest
from retention.services import leaving
from retention.services.attention import watch_attention
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contract, make_order, make_user

NOW = datetime(2026, 11, 16, 12, tzinfo=ZoneInfo("Europe/Moscow"))
TODAY = NOW.date()

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM)


def sweep(now: datetime) -> None:
    watch_attention(now=now)
    leaving.keep_leaving(now=now)


def kept() -> dict[str, Any]:
    return {
        "candidates": sorted(Candidate.objects.values_list("client", "segment", "since", "owner_id", "tier")),
        "returns": sorted(Return.objects.values_list("contract", "turn", "client", "left_on", "back_on")),
        "mismatches": sorted(Mismatch.objects.values_list("win_back", "client", "closed_at", "won_with")),
        "divergences": sorted(Divergence.objects.values_list("renewal", "client", "due_on", "said", "found")),
        "unexplained": sorted(Unexplained.objects.values_list("contract", "client", "ended_on")),
        "tallies": sorted(Tally.objects.exclude(number=0).values_list("of", "label", "owner_id", "tier", "number")),
    }


def derived_anew(now: datetime) -> dict[str, Any]:
    for model in (Candidate, Return, Mismatch, Divergence, Unexplained):
        model._default_manager.all().delete()
    assert not Tally.objects.exclude(number=0).exclude(of__in=["attention", "won"]).exists()
    LeavingWatch.objects.bulk_create(
        LeavingWatch(client_id=pk, look_on=TODAY) for pk in Client.objects.values_list("pk", flat=True)
    )
    leaving.keep_leaving(now=now)
    return kept()


def test_days_alone_bring_somebody_onto_the_lists_and_off_them(owner: User) -> None:
    client = make_client(owner)
    contract = make_contract(client, date(2025, 11, 1), ends_on=TODAY - timedelta(days=25))
    sweep(NOW)
    assert not Candidate.objects.exists()
    assert listed(owner, NOW) == []
    sweep(NOW + timedelta(days=6))
    assert Candidate.objects.get().segment == "refused"
    assert listed(owner, NOW + timedelta(days=6)) == [contract.pk]
    start = TODAY + timedelta(days=20)
    make_contract(client, TODAY + timedelta(days=7), start, ends_on=date(2027, 12, 31))
    sweep(NOW + timedelta(days=8))
    assert not Candidate.objects.exists()
    assert not Return.objects.exists()
    sweep(NOW + timedelta(days=20))
    assert (Return.objects.get().left_on, Return.objects.get().back_on) == (contract.ends_on, start)
    assert leaving.keep_leaving(now=NOW + timedelta(days=20)) == {"looked": 0}


def listed(user: User, now: datetime) -> list[int]:
    return [row.contract_id for row in kept_unexplained(user, ended_since=date(2026, 1, 1), today=now.date())]


@pytest.mark.parametrize("seed", range(3))
def test_lists_follow_whatever_changes(owner: User, seed: int) -> None:
    random, other = Random(seed), make_user(Role.AM)
    clients = [make_client(random.choice([owner, other]), tier=random.choice("ABC")) for _ in range(8)]
    now = NOW
    for _step in range(8):
        for _change in range(5):
            change_something(random, random.choice(clients), owner, now)
        now += timedelta(days=random.choice([0, 1, 10, 40, 100]))
        sweep(now)
        found = kept()
        today = now.date()
        assert {row[0] for row in found["candidates"]} == set(freshest(SegmentFilter(), now=now, limit=50))
        by_dates = unexplained_contracts(ended_since=date(2020, 1, 1), today=today)
        rows = kept_unexplained(owner, ended_since=date(2020, 1, 1), today=today)
        assert [row.contract_id for row in rows] == [row.pk for row in by_dates]
        for_each = Candidate.objects.values_list("segment", "owner_id", "tier").annotate(Count("pk"))
        assert sorted(row[1:] for row in found["tallies"] if row[0] == "candidate") == sorted(for_each)
        won = WinBack.objects.filter(outcome="won").values_list("closed_at", flat=True)
        months = Counter(f"{localtime(moment):%Y-%m}" for moment in won)
        assert {row[1]: row[4] for row in found["tallies"] if row[0] == "won"} == months
        signs = Attention.objects.values_list("kind", "owner_id").annotate(Count("pk")).order_by()
        counted = [
            (label, owner_id, number) for of, label, owner_id, _tier, number in found["tallies"] if of == "attention"
        ]
        assert sorted(counted) == sorted(signs)
        assert derived_anew(now) == found


def change_something(random: Random, client: Client, owner: User, now: datetime) -> None:
    day = now.date() - timedelta(days=random.randrange(-30, 300))
    act = random.choice(
        [_contract, _contract, _end, _order, _undo, _say, _complain, _refuse, _try, _try, _reopen, _open, _settle]
    )
    act(random, client, owner, day, now)


def _contract(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    made = make_contract(
        client,
        min(day, now.date() + timedelta(days=random.randrange(3))),
        day,
        ends_on=random.choice([None, day + timedelta(days=random.randrange(20, 200))]),
        prolongation_months=random.choice([None, None, 3]),
    )
    if random.random() < 0.3:
        made.products.add(Product.objects.get_or_create(code=random.choice("xy"), defaults={"name": "x"})[0])


def _end(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    Contract.objects.filter(client=client, starts_on__lt=day).update(terminated_on=day)


def _order(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    make_order(client, now - timedelta(days=random.randrange(100)))


def _say(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    if not SurveyResponse.objects.filter(client=client, score__lt=5).update(score=9):
        SurveyResponse.objects.create(client=client, scale="csat10", score=random.choice([2, 9]), answered_at=now)


def _complain(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    solved = {"state": "resolved", "resolution": "x", "resolved_at": now}
    if not Complaint.objects.filter(client=client, state="open").update(**solved):
        Complaint.objects.create(client=client, what_happened="x", responsible=owner, opened_at=now, deadline=now)


def _refuse(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    if not Refusal.objects.filter(client=client, withdrawn_at__isnull=True).update(withdrawn_at=now):
        contract = client.contracts.first() if random.random() < 0.5 else None
        reason = RefusalReason.objects.all()[0]
        Refusal.objects.create(client=client, contract=contract, refused_on=day, owner=owner, stated_reason=reason)


def _try(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    with_what = {"contract": client.contracts.order_by("pk").last(), "order": client.orders.order_by("pk").last()}
    won = {name: random.choice([None, one]) for name, one in with_what.items()}
    open_ones = WinBack.objects.filter(client=client, outcome="")
    if not open_ones.update(outcome="won", closed_at=now, **won):
        segment = random.choice(["silent", "refused"])
        WinBack.objects.create(client=client, segment=segment, assignee=owner, opened_on=now.date())


def _undo(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    Order.objects.filter(client=client).update(status=random.choice(["cancelled", "completed"]))


def _reopen(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    for won in WinBack.objects.filter(client=client, outcome="won").exclude(client__win_backs__outcome="")[:1]:
        WinBack.objects.filter(pk=won.pk).update(outcome="", closed_at=None, contract=None, order=None)


def _open(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    for contract in client.contracts.filter(ends__isnull=False):
        Renewal.objects.get_or_create(
            contract=contract, turn=0, defaults={"client": client, "due_on": contract.ends or day, "monthly_value": 100}
        )


def _settle(random: Random, client: Client, owner: User, day: date, now: datetime) -> None:
    contracts, refusal = (
        list(client.contracts.order_by("pk")),
        Refusal.objects.filter(client=client, renewal=None).first(),
    )
    for renewal in Renewal.objects.filter(client=client):
        outcome = random.choice(["", "renewed", "replaced", "prolonged", "void"])
        outcome = "refused" if refusal and random.random() < 0.3 else outcome
        Renewal.objects.filter(pk=renewal.pk).update(
            outcome=outcome,
            closed_at=now if outcome else None,
            next_contract=random.choice(contracts) if outcome in {"renewed", "replaced"} else None,
            refusal=refusal if outcome == "refused" else None,
        )
        refusal = None if outcome == "refused" else refusal


def test_norms_of_the_company_move_the_lists(owner: User) -> None:
    make_contract(make_client(owner), date(2025, 11, 1), ends_on=TODAY - timedelta(days=25))
    sweep(NOW)
    Company.objects.update(grace_days=20)
    sweep(NOW)
    assert Candidate.objects.count() == 1


def test_a_page_does_not_wait_for_a_sweep_at_work(owner: User) -> None:
    make_contract(make_client(owner), date(2025, 11, 1), ends_on=TODAY - timedelta(days=90))

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [leaving._LOCK])

    def let_go() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")  # the server takes its time over a closed connection
        connection.close()  # of this thread

    with ThreadPoolExecutor(1) as sweep_at_work:
        sweep_at_work.submit(hold).result()
        leaving.catch_up(now=NOW)
        sweep_at_work.submit(let_go).result()
    assert not Candidate.objects.exists()
    leaving.catch_up(now=NOW)
    assert Candidate.objects.count() == 1
    leaving.keep_leaving(now=NOW)

"""Kept counts of refusals and of attempts against counting the rows, after any sequence of changes."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from core.figures import Period
from retention.enums import WinBackOutcome, WinBackStage
from retention.forms.base import period_of
from retention.models import CampaignTally, MetObjection, ReasonTally, Refusal, RefusalReason, TrustCampaign, WinBack
from retention.queries.reason_tallies import Pair, pairs_of_reasons
from retention.queries.refusal_list import RefusalFilter, refusals
from retention.queries.winbacks.listing import progress
from retention.services.tallies import add_up_leaving
from scripts.models import Objection
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_user
from tests.reports.worked_example import MOSCOW

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 4, 15, 12, tzinfo=MOSCOW)
FIRST = date(2025, 12, 1)
#: The last day of a month and the first of the next are drawn often.
days = st.one_of(st.integers(0, 100), st.sampled_from([0, 30, 31, 61, 62, 89, 90])).map(
    lambda number: FIRST + timedelta(days=number)
)
which, few = st.integers(0, 40), st.integers(1, 3)
PERIODS = (
    Period(date(2026, 1, 1), date(2026, 2, 1)),  # kept months alone
    Period(date(2025, 12, 15), date(2026, 3, 2)),  # with days on both sides
    Period(date(2025, 12, 1), date(2026, 1, 31)),
    Period(date(2025, 12, 31), date(2026, 1, 1)),
    Period(date(2026, 1, 5), date(2026, 1, 25)),
    Period(date(2026, 1, 31), date(2026, 2, 28)),
    period_of(date(2026, 1, 1), None),
    period_of(None, date(2026, 2, 14)),
)


def added_up(pairs: Iterable[Pair]) -> dict[tuple[int, int | None], tuple[int, Decimal]]:
    found: dict[tuple[int, int | None], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for pair in pairs:
        number, value = found[pair.stated, pair.established]
        found[pair.stated, pair.established] = (number + pair.number, value + pair.monthly_value)
    return dict(found)


def of_rows(user: User, wanted: RefusalFilter) -> dict[tuple[int, int | None], tuple[int, Decimal]]:
    rows = refusals(user, wanted)
    return added_up(Pair(one.stated_reason_id, one.established_reason_id, 1, one.monthly_value) for one in rows)


def reasons_agree(head: User, manager: User, reasons: list[RefusalReason], objection: Objection) -> None:
    said, true = str(reasons[0].pk), str(reasons[1].pk)
    month, ragged, around = PERIODS[:3]
    asked = [
        RefusalFilter(),
        RefusalFilter(manager_id=manager.pk),
        RefusalFilter(view="withdrawn", manager_id=manager.pk, period=month),
        RefusalFilter(said=said, period=ragged),
        RefusalFilter(said=reasons[1].kind, true=true),
        RefusalFilter(true="none", period=around),
        RefusalFilter(differs=True, true=reasons[0].kind),
        RefusalFilter(differs=True, manager_id=manager.pk, period=ragged),
        RefusalFilter(tier="A", period=month),
        RefusalFilter(objection_id=objection.pk),
        *(RefusalFilter(period=period) for period in PERIODS),
    ]
    for wanted in asked:
        assert added_up(pairs_of_reasons(head, wanted)) == of_rows(head, wanted), wanted


def campaigns_agree() -> None:
    for told in progress(TrustCampaign.objects.all()):
        rows = list(WinBack.objects.filter(campaign=told.campaign))
        ends = Counter(row.outcome for row in rows)
        assert (told.total, told.won, told.lost) == (len(rows), ends["won"], ends["lost"])
        assert told.contacted == sum(row.outcome != "" or row.stage != "new" for row in rows)
        assert told.offered == sum(row.outcome == "won" or row.stage in {"offered", "trying"} for row in rows)
        assert +Counter(told.at) == Counter(row.stage for row in rows if not row.outcome)


def stored() -> list[Any]:
    cell = ("owner_id", "month", "stated_reason", "established_reason", "withdrawn", "number", "monthly_value")
    reasons = ReasonTally.objects.order_by(*cell).values_list(*cell)
    return [*reasons, *sorted(CampaignTally.objects.values_list("campaign_id", "stage", "outcome", "number"))]


def make_campaign(name: str) -> TrustCampaign:
    return TrustCampaign.objects.create(name=name, segments=["refused"], starts_on=FIRST, ends_on=FIRST)


def attempt(client: Client, campaign: TrustCampaign | None, user: User) -> None:
    if not WinBack.objects.filter(client=client, outcome="").exists():
        WinBack.objects.create(client=client, campaign=campaign, assignee=user, segment="refused", opened_on=FIRST)


class Leaving(RuleBasedStateMachine):
    """Rows are written as anybody may write them, several at once; the counts are told of it by the triggers alone."""

    def __init__(self) -> None:
        super().__init__()
        self.within = transaction.atomic()
        self.within.__enter__()
        self.head = make_user(Role.HEAD)
        self.managers = [make_user(Role.AM) for _ in range(2)]
        self.clients = [make_client(self.managers[number % 2], tier="AB"[number % 2]) for number in range(3)]
        for client in self.clients:
            client.segments.update(from_on=FIRST)
        self.reasons = list(RefusalReason.objects.order_by("pk")[:3])
        self.objection = Objection.objects.create(kind="terms", text="Долго")
        self.campaigns = [make_campaign(name) for name in ("Весна", "Лето")]
        add_up_leaving(now=NOW)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.within.__exit__(None, None, None)

    def some(self, model: type[Refusal | WinBack], start: int, number: int) -> Any:
        """So many rows after some other."""
        keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
        start = start % len(keys) if keys else 0
        return model._default_manager.filter(pk__in=keys[start : start + number])

    # --- refusals

    @rule(day=days, number=few, client=which, reason=which, value=st.sampled_from([0, 100, 250]))
    def refuse(self, day: date, number: int, client: int, reason: int, value: int) -> None:
        whose = self.clients[client % 3]
        Refusal.objects.bulk_create(
            Refusal(
                client=whose,
                owner=self.managers[client % 2],
                refused_on=day,
                stated_reason=self.reasons[(reason + place) % 3],
                monthly_value=value,
            )
            for place in range(number)
        )

    @rule(start=which, number=few, reason=st.none() | which)
    def establish(self, start: int, number: int, reason: int | None) -> None:
        true = None if reason is None else self.reasons[reason % 3]
        self.some(Refusal, start, number).update(established_reason=true, established_at=true and NOW)

    @rule(start=which, number=few, back=st.booleans())
    def withdraw(self, start: int, number: int, *, back: bool) -> None:
        self.some(Refusal, start, number).update(withdrawn_at=None if back else NOW)

    @rule(start=which, number=few, reason=which, day=days, owner=which, value=st.sampled_from([0, 100, Decimal("0.5")]))
    def correct(self, start: int, number: int, reason: int, day: date, owner: int, value: Decimal) -> None:
        rows = self.some(Refusal, start, number)
        match owner % 4:
            case 0:
                rows.update(owner=self.managers[reason % 2])
            case 1:
                rows.update(refused_on=day)
            case 2:
                rows.update(stated_reason=self.reasons[reason % 3], stated_words="Дорого")
            case _:
                rows.update(monthly_value=value)

    @rule(start=which, number=few)
    def object(self, start: int, number: int) -> None:
        for row in self.some(Refusal, start, number):
            MetObjection.objects.get_or_create(objection=self.objection, refusal=row)

    @rule(start=which, number=few)
    def delete_refusals(self, start: int, number: int) -> None:
        rows = self.some(Refusal, start, number)
        MetObjection.objects.filter(refusal__in=rows).delete()
        rows._raw_delete(rows.db)

    # --- attempts

    @rule(client=which, campaign=which)
    def approach(self, client: int, campaign: int) -> None:
        attempt(self.clients[client % 3], [*self.campaigns, None][campaign % 3], self.managers[0])

    @rule(start=which, number=few, stage=st.sampled_from(WinBackStage.values))
    def move(self, start: int, number: int, stage: str) -> None:
        self.some(WinBack, start, number).update(stage=stage, offer="Скидка")

    @rule(start=which, number=few, outcome=st.sampled_from(WinBackOutcome.values))
    def close(self, start: int, number: int, outcome: str) -> None:
        self.some(WinBack, start, number).update(outcome=outcome, closed_at=NOW, lost_reason=self.reasons[0])

    @rule(start=which, number=few, campaign=which)
    def pass_to_a_campaign(self, start: int, number: int, campaign: int) -> None:
        self.some(WinBack, start, number).update(campaign=[*self.campaigns, None][campaign % 3])

    @rule(start=which, number=few)
    def delete_attempts(self, start: int, number: int) -> None:
        rows = self.some(WinBack, start, number)
        rows._raw_delete(rows.db)

    # --- looks

    @rule(everything=st.booleans())
    def add_up(self, *, everything: bool) -> None:
        add_up_leaving(now=NOW)
        assert not ReasonTally.objects.filter(fresh=True).exists()
        assert not CampaignTally.objects.filter(fresh=True).exists()
        if everything:
            summed = stored()
            add_up_leaving(now=NOW, everything=True)
            assert stored() == summed

    @invariant()
    def kept_is_counted(self) -> None:
        reasons_agree(self.head, self.managers[0], self.reasons, self.objection)
        campaigns_agree()


def test_kept_counts_say_what_the_rows_say_after_any_sequence(db: None) -> None:
    fast = settings(
        max_examples=6,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    run_state_machine_as_test(Leaving, settings=fast)


def a_refusal(owner: User) -> Refusal:
    reason = RefusalReason.objects.all()[0]
    return Refusal.objects.create(client=make_client(owner), owner=owner, refused_on=FIRST, stated_reason=reason)


def test_only_what_moves_a_count_is_written() -> None:
    owner = make_user(Role.AM)
    refusal = a_refusal(owner)
    attempt(refusal.client, make_campaign("Весна"), owner)
    assert add_up_leaving(now=NOW) == {"changed": 2}
    Refusal.objects.update(stated_words="Дорого", refused_on=FIRST)
    WinBack.objects.update(next_step_on=FIRST, assignee=owner)
    assert add_up_leaving(now=NOW) == {"changed": 0}
    Refusal.objects.update(refused_on=FIRST + timedelta(days=1))
    assert add_up_leaving(now=NOW) == {"changed": 0}
    WinBack.objects.update(stage="talking")
    assert add_up_leaving(now=NOW) == {"changed": 1}
    assert [row.stage for row in CampaignTally.objects.all()] == ["talking"]


def test_nobody_outside_of_the_department_is_told_a_count() -> None:
    a_refusal(make_user(Role.AM))
    stranger = make_user(Role.SALES)
    for period in (None, Period(FIRST, date(2026, 1, 20))):
        assert pairs_of_reasons(stranger, RefusalFilter(period=period)) == []


def test_a_filter_by_months_and_one_by_days_ask_one_question(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    a_refusal(make_user(Role.AM))
    head = make_user(Role.HEAD)
    for period in (None, *PERIODS):
        with django_assert_num_queries(1):
            pairs_of_reasons(head, RefusalFilter(period=period))


def _refuse(owner: User, client: Client, campaign: TrustCampaign, random: Random) -> None:
    reason = random.choice(list(RefusalReason.objects.all()[:2]))
    Refusal.objects.create(client=client, owner=owner, refused_on=FIRST, stated_reason=reason, monthly_value=10)
    Refusal.objects.filter(pk__in=list(Refusal.objects.values_list("pk", flat=True)[:1])).update(monthly_value=20)


def _approach(owner: User, client: Client, campaign: TrustCampaign, random: Random) -> None:
    attempt(client, campaign, owner)
    ended = {"outcome": "won", "closed_at": NOW} if random.random() < 0.5 else {"stage": "talking"}
    WinBack.objects.filter(client=client, outcome="").update(**ended)


def _add_up(owner: User, client: Client, campaign: TrustCampaign, random: Random) -> None:
    add_up_leaving(now=NOW, everything=random.random() < 0.2)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_several_write_while_the_sweep_is_at_work() -> None:
    owner, campaign = make_user(Role.AM), make_campaign("Весна")
    clients = [make_client(owner) for _ in range(2)]
    acts: tuple[Callable[[User, Client, TrustCampaign, Random], None], ...] = (_refuse, _approach, _approach, _add_up)
    together = threading.Barrier(len(acts))

    def run(place: int) -> None:
        random = Random(place)
        together.wait()
        try:
            for _time in range(20):
                with transaction.atomic():
                    acts[place](owner, clients[place % 2], campaign, random)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(run, place) for place in range(len(acts))]
    for future in running:
        future.result()
    assert added_up(pairs_of_reasons(owner, RefusalFilter())) == of_rows(owner, RefusalFilter())
    campaigns_agree()
    add_up_leaving(now=NOW)
    summed = stored()
    add_up_leaving(now=NOW, everything=True)
    assert stored() == summed

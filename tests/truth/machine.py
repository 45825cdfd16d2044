"""A department to which anything may happen in any order; after each look its facts are those derived anew."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clients.enums import AssignmentReason, OrderStatus
from clients.models import Assignment, Contract, Order, Product
from feedback.enums import About, Scale
from feedback.models import SurveyResponse
from reports import services
from retention.enums import StopKind
from retention.models import Freeze
from tests.reports.test_facts import department, stored
from tests.reports.worked_example import MOSCOW
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch

FIRST = date(2025, 1, 1)
CLIENTS = 3
who = st.integers(0, CLIENTS - 1)
#: The last second of a month and the first of the next are drawn often: abroad that is another month.
days = st.one_of(st.integers(0, 500), st.sampled_from([31, 59, 120, 212, 334, 365])).map(
    lambda number: FIRST + timedelta(days=number)
)
moments = st.builds(
    lambda day, clock: datetime.combine(day, clock, MOSCOW),
    days,
    st.sampled_from([time(0, 0), time(12, 0), time(23, 59, 59)]),
)


class Facts(RuleBasedStateMachine):
    """What happens is written where it is kept; the facts are told of it by the triggers alone."""

    def __init__(self) -> None:
        super().__init__()
        self.day = datetime(2025, 11, 20, 12, tzinfo=MOSCOW)
        self.clock = time_machine.travel(self.day, tick=False)
        self.traveller = self.clock.start()
        self.within = transaction.atomic()
        self.within.__enter__()
        self.clients, self.managers = department(CLIENTS)
        self.product = Product.objects.create(code="ads", name="Реклама")
        services.rebuild_facts(now=self.day)
        self.taken_in = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.within.__exit__(None, None, None)
        self.clock.stop()

    # --- orders

    @rule(client=who, at=moments, amount=st.sampled_from([0, 100, 250, 400]), done=st.booleans())
    def order(self, client: int, at: datetime, amount: int, *, done: bool) -> None:
        status, completed = (OrderStatus.COMPLETED, at) if done else (OrderStatus.NEW, None)
        Order.objects.create(
            client=self.clients[client], ordered_at=at, completed_at=completed, status=status, amount=amount
        )

    @rule(client=who, on=st.none() | days, whole=st.booleans())
    def give_back(self, client: int, on: date | None, *, whole: bool) -> None:
        for row in self.clients[client].orders.filter(status=OrderStatus.COMPLETED, amount__gt=0)[:2]:
            row.refunded_amount, row.refunded_on = (row.amount if whole else Decimal(50)), on
            row.save()

    @rule(client=who, kept=st.booleans())
    def cancel_or_delete_an_order(self, client: int, *, kept: bool) -> None:
        row = self.clients[client].orders.first()
        if row is not None and kept:
            Order.objects.filter(pk=row.pk).update(status=OrderStatus.CANCELLED)
        elif row is not None:
            row.delete()

    # --- contracts

    @rule(
        client=who,
        start=days,
        term=st.none() | st.sampled_from([10, 30, 365, 730]),
        step=st.sampled_from([None, 1, 12]),
        signed=st.integers(-20, 20),
        of_product=st.booleans(),
    )
    def sign(
        self, client: int, start: date, term: int | None, step: int | None, signed: int, *, of_product: bool
    ) -> None:
        row = Contract.objects.create(
            client=self.clients[client],
            signed_on=start + timedelta(days=signed),
            starts_on=start,
            ends_on=None if term is None else start + timedelta(days=term - 1),
            amount=Decimal(1200),
            prolongation_months=step,
        )
        if of_product:
            row.products.add(self.product)

    @rule(client=who, on=days)
    def terminate(self, client: int, on: date) -> None:
        Contract.objects.filter(client=self.clients[client], starts_on__lte=on).update(terminated_on=on)

    @rule(client=who, amount=st.sampled_from([600, 2400]), days_later=st.integers(0, 60))
    def change_of_terms(self, client: int, amount: int, days_later: int) -> None:
        for row in Contract.objects.filter(client=self.clients[client], ends_on__isnull=False)[:1]:
            row.amount, row.ends_on = Decimal(amount), (row.ends_on or FIRST) + timedelta(days=days_later)
            row.save()

    # --- people, and what they say

    @rule(client=who, manager=st.integers(0, 1), at=moments)
    def pass_on(self, client: int, manager: int, at: datetime) -> None:
        current = Assignment.objects.get(client=self.clients[client], ended_at=None)
        moment = max(current.started_at, at)
        Assignment.objects.filter(pk=current.pk).update(ended_at=moment)
        Assignment.objects.create(
            client=self.clients[client],
            user=self.managers[manager],
            reason=AssignmentReason.TRANSFER,
            started_at=moment,
        )

    @rule(client=who, tier=st.sampled_from("ABC"), on=days)
    def rate_anew(self, client: int, tier: str, on: date) -> None:
        if self.clients[client].segments.filter(until_on=None, from_on__lt=on).update(until_on=on):
            self.clients[client].segments.create(tier=tier, from_on=on)

    @rule(client=who, at=moments, score=st.integers(1, 5), scale=st.sampled_from(Scale), about=st.sampled_from(About))
    def answer(self, client: int, at: datetime, score: int, scale: Scale, about: About) -> None:
        SurveyResponse.objects.create(
            client=self.clients[client], scale=scale, about=about, score=score, answered_at=at
        )

    @rule(client=who, later=st.integers(0, 40))
    def stop(self, client: int, later: int) -> None:
        """Within the first 30 days of the first contract, or just after them."""
        first = self.clients[client].contracts.order_by("starts_on").first()
        on = (first.starts_on if first else FIRST) + timedelta(days=later)
        if not Freeze.objects.filter(client=self.clients[client], outcome="").exists():
            Freeze.objects.create(client=self.clients[client], kind=StopKind.CAMPAIGN_STOPPED, stopped_on=on)

    @rule(client=who, at=moments, note=st.sampled_from(["", "Всё в порядке"]))
    def call(self, client: int, at: datetime, note: str) -> None:
        Touch.objects.create(
            client=self.clients[client],
            assignee=self.managers[0],
            closed_by=self.managers[0],
            kind=TouchKind.PLANNED,
            state=TouchState.DONE,
            outcome=CallOutcome.REACHED,
            due_from=at.date(),
            due_on=at.date(),
            closed_at=at,
            note=note,
        )

    # --- time, and looks

    @rule(number=st.sampled_from([1, 14, 31]))
    def days_pass(self, number: int) -> None:
        self.day += timedelta(days=number)
        self.traveller.move_to(self.day)

    @rule()
    def take_in(self) -> None:
        self._take_in()

    @rule()  # another of the same: every fifth step or so is a look
    def take_in_again(self) -> None:
        self._take_in()

    def _take_in(self) -> None:
        services.refresh_facts(now=self.day)
        self.taken_in = True

    @precondition(lambda self: self.taken_in)
    @invariant()
    def taken_in_is_rebuilt(self) -> None:
        """What was taken in goes on being changed: the rebuilt tables are thrown away after the look."""
        self.taken_in = False
        incremental = stored()
        with transaction.atomic():
            services.rebuild_facts(now=self.day)
            rebuilt = stored()
            transaction.set_rollback(True)
        for name, rows in rebuilt.items():
            assert incremental[name] == rows, name

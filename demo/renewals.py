"""Talks about the next contracts, as they would stand today. Made through the product's own services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.utils.timezone import localdate

from clients.queries import owners_of
from feedback.rules.calls import CallRecord
from feedback.services.calls import record_call
from retention.enums import Likelihood, RenewalStage
from retention.models import Renewal
from retention.services import renewals as services
from staff.models import User
from work.enums import CallOutcome, TouchKind, TouchState
from work.models import Touch

WHY = {
    Likelihood.LIKELY: ("Доволен заявками, спрашивал про следующий год", "Согласовали план, ждёт договор"),
    Likelihood.UNSURE: ("Ждёт решения директора", "Считает бюджет, вернёмся через две недели"),
    Likelihood.UNLIKELY: ("Сокращает рекламу, ищет дешевле", "Сменился директор, к нам вопросов много"),
}
STAGES = (RenewalStage.TALKING, RenewalStage.TALKING, RenewalStage.OFFERED, RenewalStage.AGREED)
MOST = 150  # renewals that somebody has worked on; the rest waits


def make_renewals(*, users: Mapping[str, User], seed: int, now: datetime) -> None:
    """The sweep looked three weeks ago and looks today; managers have called, thought and offered meanwhile."""
    random = Random(seed + 7)  # noqa: S311 - invented data, not secrets
    services.open_renewals(now=now - timedelta(days=21))
    _call(random, now)
    services.open_renewals(now=now)
    services.refresh_signals(now=now)
    rows = list(Renewal.objects.filter(outcome="").select_related("client", "contract").order_by("due_on", "pk")[:MOST])
    owners = owners_of([row.client_id for row in rows])
    for place, renewal in enumerate(rows):
        if random.random() < 0.75:
            _think(random, renewal, owners[renewal.client_id], now)
        if random.random() < 0.4:
            _offer(random, renewal, owners[renewal.client_id], now, beyond=place % 9 == 0)
        if place % 17 == 5:
            services.postpone(
                renewal=renewal,
                until=localdate(now) + timedelta(days=9 + place % 5),
                note="Бюджет утвердят после совета директоров",
                expected_version=Renewal.objects.get(pk=renewal.pk).version,
                actor=owners[renewal.client_id],
                now=now,
            )
    _settle(users["olga"], now)


def _call(random: Random, now: datetime) -> None:
    due = Touch.objects.filter(state=TouchState.OPEN, kind=TouchKind.RENEWAL, due_on__lt=localdate(now))
    for touch in due.select_related("assignee").order_by("id")[:MOST]:
        if random.random() < 0.9:
            record = CallRecord(CallOutcome.REACHED, note="Обсудили итоги года, ждёт предложение.", no_next=True)
            record_call(touch=touch, actor=touch.assignee, record=record, now=now - timedelta(days=2))


def _think(random: Random, renewal: Renewal, owner: User, now: datetime) -> None:
    near = renewal.due_on - timedelta(days=30) <= localdate(now)
    words = [word for word in Likelihood if not (near and word == Likelihood.UNSURE)]
    weights = {Likelihood.LIKELY: 6, Likelihood.UNSURE: 3, Likelihood.UNLIKELY: 1}
    word = random.choices(words, [weights[one] for one in words])[0]
    seen = {"opinion": "", "opinion_note": ""}
    services.set_opinion(renewal=renewal, opinion=word, note=random.choice(WHY[word]), seen=seen, actor=owner, now=now)
    stage = random.choice(STAGES)
    if stage == RenewalStage.OFFERED:
        _offer(random, renewal, owner, now, beyond=False)
        return
    note = "Договорились в том же разговоре." if stage == RenewalStage.AGREED else ""
    services.move_stage(renewal=renewal, stage=stage, seen=renewal.stage, note=note, actor=owner, now=now)


def _offer(random: Random, renewal: Renewal, owner: User, now: datetime, *, beyond: bool) -> None:
    discount = Decimal(20 if beyond else random.choice((0, 3, 5)))
    amount = (renewal.contract.amount * (100 - discount) / 100).quantize(Decimal(1))
    data = services.OfferData(amount=amount, months=12, discount=discount, words="Год на прежних условиях.")
    services.offer_terms(renewal=renewal, data=data, actor=owner, now=now)


def _settle(head: User, now: datetime) -> None:
    """The head has looked at every other disagreement already."""
    for renewal in Renewal.objects.filter(disputed_at__isnull=False, outcome="").order_by("pk")[::2]:
        services.give_verdict(
            renewal=renewal,
            verdict=Likelihood(renewal.signal),
            note="",
            expected_version=renewal.version,
            actor=head,
            now=now,
        )

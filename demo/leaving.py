"""Why clients of the story left, and whose projects stood still. Written down by the product's own services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils.timezone import localdate, make_aware

from clients.models import Contract
from demo.words_of_leaving import CHANGES, OBJECTIONS, SHARES, SHARES_SINCE, STOPS, STORIES, TRIED, WORDS
from retention.enums import StopKind, StopReason
from retention.models import Refusal, RefusalReason
from retention.queries.unexplained import unexplained_contracts
from retention.services.freezes import StopData, record_stop, resume_client
from retention.services.interviews import hold_interview
from retention.services.objections import note_objection
from retention.services.refusals import record_refusal
from retention.services.retros import finish_retro, write_retro
from retention.services.save_calls import plan_save_calls
from scripts.models import Objection
from staff.models import User

FIRST_DAY = date(2018, 1, 1)
#: So many refusals of a past year are told in full; of the last year all but a few that nobody has asked about yet.
TOLD_A_YEAR = 20
NOT_ASKED = 3
STOPPED = 24


def make_leaving(*, users: Mapping[str, User], seed: int, now: datetime) -> None:
    random = Random(seed + 5)  # noqa: S311 - invented data, not secrets
    reasons: dict[str, list[RefusalReason]] = defaultdict(list)
    for reason in RefusalReason.objects.order_by("kind", "name"):
        reasons[reason.kind].append(reason)
    for contract, day in _chosen(localdate(now)):
        _leave(random, contract, day, reasons, users, now)
    _make_stops(random, users, now)


def _chosen(today: date) -> Iterable[tuple[Contract, date]]:
    """Contracts that ended for good, evenly from each year, oldest first."""
    recent = today - timedelta(days=365)
    by_year: dict[int, list[tuple[Contract, date]]] = defaultdict(list)
    last: list[tuple[Contract, date]] = []
    contracts = unexplained_contracts(ended_since=FIRST_DAY, today=today).select_related("client")
    for contract in contracts.order_by("end", "external_id"):
        end: date = contract.end  # type: ignore[attr-defined]
        (last if end >= recent else by_year[end.year]).append((contract, end))
    for rows in by_year.values():
        yield from rows[:: max(1, len(rows) // TOLD_A_YEAR)][:TOLD_A_YEAR]
    yield from last[: max(0, len(last) - NOT_ASKED)]


def _at(day: date, hour: int) -> datetime:
    return make_aware(datetime.combine(day, time(hour)))


def _leave(
    random: Random,
    contract: Contract,
    end: date,
    reasons: Mapping[str, Sequence[RefusalReason]],
    users: Mapping[str, User],
    now: datetime,
) -> None:
    """What is said is politer than what is true: price and budget stand in for the service."""
    said_shares, true_shares = SHARES.get(end.year, SHARES_SINCE)
    kinds = ("service", "product", "terms", "external")
    said, true = (random.choices(kinds, shares)[0] for shares in (said_shares, true_shares))
    moment = min(_at(end - timedelta(days=random.randrange(5, 40)), 12), now)
    refusal = record_refusal(
        client=contract.client,
        contract=contract,
        refused_on=localdate(moment),
        stated_reason=random.choice(reasons[said]),
        stated_words=random.choice(WORDS[said]),
        tried=random.choice(TRIED),
        actor=None,
        now=moment,
    )
    held = moment + timedelta(days=random.randrange(2, 7))
    if held < now and (held < now - timedelta(days=60) or random.random() < 0.85):
        _ask(random, refusal, random.choice(reasons[true]), users, held)
    if random.random() < 0.4:
        objection = Objection.objects.filter(text=random.choice(OBJECTIONS[said])).first()
        if objection is not None:
            note_objection(refusal=refusal, objection=objection, actor=users["fedora"], now=moment)
    if random.random() < 0.2:
        _learn(random, refusal, users, held, now)


def _ask(random: Random, refusal: Refusal, truth: RefusalReason, users: Mapping[str, User], held: datetime) -> None:
    declined = random.random() < 0.12
    liked, missed, turning, back = random.choice(STORIES[truth.kind])
    story = {"liked": liked, "missed": missed, "turning_point": turning, "would_return": back}
    told: dict[str, Any] = {"declined": True} if declined else {"established_reason": truth, **story}
    interview = refusal.interview
    seen = {"established_reason": "", "declined": False, **dict.fromkeys(story, "")}
    hold_interview(interview=interview, original=seen, mine=told, actor=users["fedora"], now=held)


def _learn(random: Random, refusal: Refusal, users: Mapping[str, User], written: datetime, now: datetime) -> None:
    first, could, change = random.choice(CHANGES)
    written = min(written, now)
    due_on = localdate(written) + timedelta(days=21)
    lesson: dict[str, Any] = {"first_sign": first, "could_have": could, "will_change": change}
    lesson |= {"responsible": users["katya"], "due_on": due_on}
    retro = write_retro(refusal=refusal, original={}, mine=lesson, actor=users["olga"], now=written)
    done = written + timedelta(days=18)
    if done < now:
        finish_retro(retro=retro, done=True, expected_version=1, actor=users["katya"], now=done)


def _make_stops(random: Random, users: Mapping[str, User], now: datetime) -> None:
    """Stops of the last year: most go on after a call, a few leave, some stand still today."""
    today = localdate(now)
    running = Contract.objects.filter(ends__gt=today + timedelta(days=40), client__freezes__isnull=True)
    running = running.filter(starts_on__lt=today - timedelta(days=20), client__archived_at__isnull=True)
    contracts = list(running.select_related("client").order_by("external_id"))
    chosen = contracts[:: max(1, len(contracts) // STOPPED)][:STOPPED]
    seen: set[int] = set()
    for place, contract in enumerate(chosen):
        if contract.client_id in seen:
            continue
        seen.add(contract.client_id)
        latest = (today - contract.starts_on).days - 1
        days = random.randrange(8, 30) if place % 3 == 0 else random.randrange(8, max(9, latest))
        stopped = min(contract.starts_on + timedelta(days=days), today - timedelta(days=1))
        reason, words = random.choice(STOPS)
        moment = _at(stopped, 11)
        lasts = place % 4 == 3 and place % 6 != 4
        data = StopData(
            stopped_on=stopped if not lasts else today - timedelta(days=10 + place % 9),
            kind=StopKind.CAMPAIGN_STOPPED if place % 2 else StopKind.FROZEN,
            reason=StopReason(reason),
            words=words,
            expected_end=today + timedelta(days=place - 8) if lasts else stopped + timedelta(days=30),
            contract=contract,
        )
        told = now - timedelta(days=10 + place % 9) if lasts else moment
        freeze = record_stop(client=contract.client, data=data, actor=None, now=told).freeze
        back = moment + timedelta(days=random.randrange(1, 25))
        if place % 6 == 4:
            _refuse_after_stop(random, contract, localdate(min(back, now)), min(back, now), users)
        elif not lasts:
            resume_client(freeze=freeze, resumed_on=localdate(min(back, now)), actor=None, now=min(back, now))
    plan_save_calls(now=now)


def _refuse_after_stop(
    random: Random, contract: Contract, day: date, moment: datetime, users: Mapping[str, User]
) -> None:
    """The pause was a farewell: the refusal ends the stop."""
    reason = random.choice(list(RefusalReason.objects.filter(kind="product").order_by("name")))
    refusal = record_refusal(
        client=contract.client,
        contract=contract,
        refused_on=day,
        stated_reason=reason,
        stated_words=random.choice(WORDS["product"]),
        tried=TRIED[0],
        actor=None,
        now=moment,
    )
    _ask(random, refusal, reason, users, moment)

"""Everything about one renewal on one screen; the lines that other pages show of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localdate

from clients.models import Client, Contract, TimelineEvent
from core.fixed import FixedQuery
from core.prepared import Asking
from core.queries import company
from feedback.models import Complaint, SurveyResponse
from feedback.queries.subjects import CallSubject
from retention.enums import OfferState
from retention.models import Renewal, RenewalOffer
from retention.permissions import may_decide_keeping, visible_renewals
from retention.queries.renewals.facts import first_day, next_contracts, notice_deadline
from retention.queries.renewals.listing import to_decide
from retention.queries.renewals.policies import keeping_policies
from retention.rules.contracts import monthly_value
from retention.rules.renewals import SIGNS, Sign, movement, must_decide, timing
from staff.models import User
from staff.permissions import colleague, in_department
from work.models import Touch


@dataclass(slots=True)
class RenewalScreen:
    renewal: Renewal
    first_day: date
    notice_on: date | None
    days_left: int
    signs: list[Sign]
    must_decide: bool
    offers: list[RenewalOffer]
    touches: list[Touch]
    events: list[TimelineEvent]
    scores: list[SurveyResponse]
    complaints: list[Complaint]
    contracts: list[Contract]
    candidates: list[Contract]
    timing: str
    movement: str


def renewal_for_page(user: User) -> QuerySet[Renewal]:
    return visible_renewals(user).select_related(
        "client__standing__owner", "contract", "next_contract", "refusal__stated_reason", "opinion_by", "verdict_by",
        "closed_by",
    )  # fmt: skip


def renewal_screen(renewal: Renewal, *, now: datetime) -> RenewalScreen:
    client_id, today = renewal.client_id, localdate(now)
    policy = keeping_policies()[renewal.client.tier]
    is_open = renewal.outcome == ""
    touches = Touch.objects.filter(client=client_id, rule__startswith=f"renewal:{renewal.pk}:")
    contracts = Contract.objects.filter(client=client_id).prefetch_related("products").order_by("-starts_on", "-id")
    early_or_late, moved = _compared(renewal)
    return RenewalScreen(
        renewal=renewal,
        first_day=first_day(renewal),
        notice_on=notice_deadline(renewal),
        days_left=(renewal.due_on - today).days,
        signs=[SIGNS[code] for code in renewal.signs if code in SIGNS],
        must_decide=is_open
        and not renewal.verdict
        and renewal.opinion in {"", "unsure"}
        and must_decide(due_on=renewal.due_on, decide_days=policy.decide_days, today=today),
        offers=list(renewal.offers.select_related("made_by", "decided_by")[:20]),
        touches=list(touches.select_related("assignee").order_by("due_on", "id")[:10]),
        events=list(TimelineEvent.objects.filter(client=client_id).select_related("actor")[:8]),
        scores=list(SurveyResponse.objects.filter(client=client_id)[:5]),
        complaints=list(Complaint.objects.filter(client=client_id)[:5]),
        contracts=list(contracts[:8]),
        candidates=list(next_contracts(renewal)[:20]) if is_open else [],
        timing=early_or_late,
        movement=moved,
    )


def _compared(renewal: Renewal) -> tuple[str, str]:
    following = renewal.next_contract
    if following is None:
        return "", ""
    norms = company()
    new = monthly_value(amount=following.amount, starts_on=following.starts_on, ends_on=following.ends_on)
    return (
        timing(due_on=renewal.due_on, next_start=following.starts_on, early=norms.early_days, grace=norms.grace_days),
        movement(old=renewal.monthly_value, new=new),
    )


def open_renewals_of(client: Client, user: User) -> list[Renewal]:
    """For the client's card: one query."""
    return _OPEN_OF_CLIENT.rows(client.pk) if in_department(user) else []


def _open_of_client(client_id: int) -> QuerySet[Renewal]:
    rows = visible_renewals(colleague()).filter(client=client_id, outcome="").select_related("contract")
    return rows.order_by("due_on", "pk")[:3]


_OPEN_OF_CLIENT = FixedQuery(_open_of_client, int)


def waiting_offers() -> QuerySet[RenewalOffer]:
    """The oldest first: somebody waits for the answer."""
    rows = RenewalOffer.objects.filter(state=OfferState.WAITING).order_by("made_at", "pk")
    return rows.select_related("renewal__client", "renewal__contract", "made_by")


class Dispute(NamedTuple):
    id: int
    due_on: date
    client: str
    signal: str
    signs: list[str]
    opinion: str
    opinion_by: str | None
    opinion_note: str
    monthly_value: Decimal


DISPUTES = ("due_on", "id")


def disputes(user: User) -> QuerySet[Renewal, Any]:
    """Lines of ``Dispute``, to be read in the order of ``DISPUTES``."""
    rows = visible_renewals(user).filter(outcome="", disputed_at__isnull=False)
    return rows.values_list(
        "id", "due_on", "client__name", "signal", "signs", "opinion", "opinion_by__name", "opinion_note",
        "monthly_value", named=True,
    )  # fmt: skip


MOST_TOLD = 1000


class ToSettle(NamedTuple):
    """What only the head can settle, each told up to a thousand."""

    disputes: int
    offers: int


_TO_SETTLE = Asking(f"""
    SELECT (SELECT count(*) FROM (
        SELECT 1 FROM retention_renewal WHERE outcome = '' AND disputed_at IS NOT NULL LIMIT {MOST_TOLD}) d
    ), (SELECT count(*) FROM (SELECT 1 FROM retention_renewaloffer WHERE state = '{OfferState.WAITING}' LIMIT {MOST_TOLD}) o)
""")  # noqa: S608 - constants only


def to_settle() -> ToSettle:
    """One question for the two tabs of every page of renewals."""
    [found] = _TO_SETTLE.rows()
    return ToSettle(*found)


def renewals_waiting(user: User) -> int:
    """The number in the menu: for the head what only he can settle, for a manager whom he has to make up his mind on."""
    if may_decide_keeping(user):
        return sum(to_settle())
    own = visible_renewals(user).filter(outcome="", client__standing__owner=user)
    return own.filter(to_decide(localdate()))[:MOST_TOLD].count()


def call_subject(touch: Touch, user: User) -> CallSubject | None:
    """Beside the call about a renewal stands the renewal, and the call leads to its page."""
    number = (touch.rule or "").split(":")[1:2]
    if not number or not number[0].isdecimal():
        return None
    renewal = visible_renewals(user).filter(pk=int(number[0])).select_related("contract").first()
    if renewal is None:
        return None
    about = {"renewal": renewal, "signs": [SIGNS[code] for code in renewal.signs if code in SIGNS]}
    return CallSubject("retention/renewals/_call.html", about, renewal_url(renewal))


def renewal_url(renewal: Renewal) -> str:
    return reverse("renewals:page", args=[renewal.pk])

"""Everything about one renewal on one screen; the lines that other pages show of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.models import Client, Contract, TimelineEvent
from core.fixed import FixedQuery
from core.queries import company
from feedback.models import Complaint, SurveyResponse
from feedback.queries.subjects import CallSubject
from retention.enums import OfferState, RenewalOutcome
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


def renewals_waiting(user: User) -> int:
    """The number in the menu: for the head what only he can settle, for a manager whom he has to make up his mind on."""
    if may_decide_keeping(user):
        disputed = Renewal.objects.filter(outcome="", disputed_at__isnull=False)
        return disputed[:1000].count() + RenewalOffer.objects.filter(state=OfferState.WAITING)[:1000].count()
    own = visible_renewals(user).filter(outcome="", client__standing__owner=user)
    return own.filter(to_decide(localdate()))[:1000].count()


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


#: What the dates say of renewals whose end lies around today, where that is not what was recorded.
_DISAGREE = """
SELECT r.id, r.outcome, f.id, CASE WHEN f.starts_on < s.due + 1 - %(early)s THEN 'replaced'
    WHEN f.starts_on <= s.due + 1 + %(grace)s THEN 'renewed'
    WHEN k.prolongation_months > 0 AND k.terminated_on IS NULL AND s.due < %(today)s THEN 'prolonged'
    WHEN s.due + %(grace)s < %(today)s THEN 'refused' ELSE '' END AS said
FROM retention_renewal r JOIN clients_contract k ON k.id = r.contract_id
CROSS JOIN LATERAL (SELECT CASE WHEN r.turn = 0 THEN COALESCE(k.ends, r.due_on) ELSE r.due_on END AS due) s
LEFT JOIN LATERAL (
    SELECT o.id, o.starts_on FROM clients_contract o
    WHERE o.client_id = r.client_id AND o.id <> k.id AND o.signed_on <= %(today)s
      AND o.starts_on > CASE WHEN r.turn = 0 THEN k.starts_on
            ELSE (k.ends_on + 1 + make_interval(months => (r.turn - 1) * k.prolongation_months))::date END
      AND (o.ends IS NULL OR o.ends > s.due)
      AND (NOT EXISTS (SELECT FROM clients_contract_products p WHERE p.contract_id = k.id)
        OR NOT EXISTS (SELECT FROM clients_contract_products p WHERE p.contract_id = o.id)
        OR EXISTS (SELECT FROM clients_contract_products p JOIN clients_contract_products q USING (product_id)
                   WHERE p.contract_id = k.id AND q.contract_id = o.id))
    ORDER BY o.starts_on, o.ends DESC, o.id DESC LIMIT 1
) f ON true
WHERE r.due_on >= %(since)s AND r.outcome <> 'void'
"""


@dataclass(frozen=True, slots=True)
class Disagreement:
    renewal: Renewal
    recorded: str
    said: str
    found: Contract | None

    @property
    def text(self) -> str:
        if not self.renewal.outcome:
            return _("the grace is over and no outcome is recorded")
        if self.found is not None and self.recorded == self.said:
            return _("another contract is the next one by its dates")
        return _("the dates of the contracts say otherwise")


def disagreements(user: User, *, now: datetime, days: int = 180, limit: int = 200) -> list[Disagreement]:
    """Recorded outcomes that the dates of the contracts do not bear out; figures follow the dates."""
    norms, today = company(), localdate(now)
    values: dict[str, Any] = {
        "today": today,
        "early": norms.early_days,
        "grace": norms.grace_days,
        "since": date.fromordinal(today.toordinal() - days),
        "limit": limit,
    }
    differs = """
        (outcome = '' AND said = 'refused')
        OR (outcome IN ('renewed', 'replaced', 'prolonged') AND said <> outcome)
        OR (outcome IN ('renewed', 'replaced') AND said = outcome AND next_id IS DISTINCT FROM linked)
        OR (outcome = 'refused' AND said IN ('renewed', 'replaced'))
    """
    statement = (
        f"SELECT id, said, next_id FROM (SELECT d.id, d.outcome, d.said, d.next_id, r.next_contract_id AS linked, r.due_on"  # noqa: S608
        f" FROM ({_DISAGREE}) AS d (id, outcome, next_id, said) JOIN retention_renewal r USING (id)) x"
        f" WHERE {differs} ORDER BY due_on DESC, id DESC LIMIT %(limit)s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall()
    return _disagreements(user, found)


def _disagreements(user: User, found: Sequence[tuple[int, str, int | None]]) -> list[Disagreement]:
    ids = [row[0] for row in found]
    rows = visible_renewals(user).select_related("client__standing__owner", "contract", "next_contract").in_bulk(ids)
    contracts = Contract.objects.in_bulk([row[2] for row in found if row[2]])
    return [
        Disagreement(rows[pk], rows[pk].outcome, said, contracts.get(following) if following else None)
        for pk, said, following in found
        if pk in rows
    ]


def said_label(said: str) -> str:
    return str(RenewalOutcome(said).label) if said else _("not decided yet")

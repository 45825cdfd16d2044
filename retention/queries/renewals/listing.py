"""Which renewals: one filter for the list, the board and the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from core.fixed import FixedQuery
from retention.enums import Likelihood
from retention.models import Renewal
from retention.permissions import visible_renewals
from retention.queries.renewals.policies import keeping_policies
from retention.rules.contracts import shift_months
from retention.rules.renewals import term_days
from staff.models import User

SORTS = {
    "due": ("due_on", "id"),
    "-due": ("-due_on", "-id"),
    "value": ("monthly_value", "id"),
    "-value": ("-monthly_value", "-id"),
    "points": ("points", "id"),
    "-points": ("-points", "-id"),
}
CLOSED_ORDER = ("-closed_at", "-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalFilter:
    """Empty means everything that is open."""

    manager: int | None = None
    tier: str = ""
    stage: str = ""
    signal: str = ""
    opinion: str = ""  # a likelihood, or "none"
    month: date | None = None
    term: str = ""
    mark: str = ""  # "must": a plain opinion is due; "disputed"; "sleeping"
    state: str = "open"  # or an outcome, or "closed"


def renewals(user: User, wanted: RenewalFilter, *, today: date) -> QuerySet[Renewal]:
    rows = visible_renewals(user)
    if wanted.state == "open":
        rows = rows.filter(outcome="")
    else:
        rows = rows.exclude(outcome="") if wanted.state == "closed" else rows.filter(outcome=wanted.state)
    same = {
        "client__standing__owner_id": wanted.manager,
        "client__tier": wanted.tier,
        "stage": wanted.stage,
        "signal": wanted.signal,
        "opinion": "" if wanted.opinion == "none" else wanted.opinion,
    }
    rows = rows.filter(
        **{name: value for name, value in same.items() if value or (name == "opinion" and wanted.opinion)}
    )
    if wanted.month:
        rows = rows.filter(due_on__gte=wanted.month, due_on__lt=shift_months(wanted.month, 1))
    if wanted.term:
        first, last = term_days(wanted.term, today=today)
        rows = rows.filter(due_on__gte=first) if first else rows
        rows = rows.filter(due_on__lte=last) if last else rows
    return _marked(rows, wanted.mark, today)


def _marked(rows: QuerySet[Renewal], mark: str, today: date) -> QuerySet[Renewal]:
    if mark == "must":
        return rows.filter(to_decide(today))
    if mark == "disputed":
        return rows.filter(disputed_at__isnull=False)
    return rows.filter(postponed_until__gt=today) if mark == "sleeping" else rows


def to_decide(today: date) -> Q:
    """So near the end that «wait and see», or nothing at all, is no opinion any more."""
    near = Q()
    for tier, policy in keeping_policies().items():
        near |= Q(client__tier=tier, due_on__lte=today + timedelta(days=policy.decide_days))
    return near & Q(verdict__in=["", Likelihood.UNSURE]) & Q(opinion__in=["", Likelihood.UNSURE])


def with_names(rows: QuerySet[Renewal]) -> QuerySet[Renewal]:
    """What programs are told with a renewal."""
    return rows.select_related("client__standing__owner", "contract", "next_contract")


class Card(NamedTuple):
    """All that a card, a line of the list or a day of the calendar shows of a renewal."""

    id: int
    client: str
    tier: str
    number: str
    amount: Decimal | None
    owner: str | None
    due_on: date
    monthly_value: Decimal
    stage: str
    signal: str
    points: int
    verdict: str
    opinion: str
    disputed_at: datetime | None
    postponed_until: date | None
    outcome: str
    closed_at: datetime | None


#: The columns of ``Card``.
SHOWN = (
    "id", "client__name", "client__tier", "contract__number", "contract__amount", "client__standing__owner__name",
    "due_on", "monthly_value", "stage", "signal", "points", "verdict", "opinion", "disputed_at", "postponed_until",
    "outcome", "closed_at",
)  # fmt: skip


def order_of(sort: str, *, state: str) -> tuple[str, ...]:
    if sort in SORTS:
        return SORTS[sort]
    return SORTS["due"] if state == "open" else CLOSED_ORDER


def managers_with_renewals() -> list[tuple[int, str]]:
    return _MANAGERS.tuples()


def _managers() -> QuerySet[User, Any]:
    return User.objects.filter(is_active=True, roles__contains=["am"]).order_by("name").values_list("pk", "name")


_MANAGERS: FixedQuery[User] = FixedQuery(_managers)

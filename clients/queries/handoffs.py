"""What a hand-off needs to know: who could take the client, and what waits for whom."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, Sum, Value, When

from clients.enums import AssignmentState, HandoffStatus, Source
from clients.models import Assignment, Client, Handoff, SalesRequest
from clients.permissions import visible_handoffs
from clients.rules.handoffs import DAY_ENDS, DAY_STARTS, Candidate
from core.enums import Tier
from core.fixed import FixedQuery
from core.models import Company
from staff.enums import DEPARTMENT_ROLES, Role
from staff.models import Absence, User

#: From so many owned clients on their weights are summed up anew only every few seconds.
MANY_CLIENTS = 5000
KEPT_SECONDS = 10.0


@dataclass(slots=True)
class _Kept:
    loads: dict[int, Decimal] = field(default_factory=dict)
    until: float = 0.0


_kept = _Kept()


def caretaker() -> User:
    """Who holds what nobody else can: the head, else the oldest active administrator, else anyone of the department."""
    rank = Case(
        When(roles__contains=[Role.HEAD], then=Value(0)),
        When(Q(roles__contains=[Role.ADMIN]) | Q(is_superuser=True), then=Value(1)),
        default=Value(2),
    )
    insiders = User.objects.filter(Q(roles__overlap=list(DEPARTMENT_ROLES)) | Q(is_superuser=True))
    return (
        insiders.filter(is_active=True).order_by(rank, "id").first() or insiders.order_by("-is_active", rank, "id")[0]
    )


def manager_loads(company: Company) -> dict[int, Decimal]:
    """User → sum of the weights of the clients they own.

    With many clients the sum takes longer than the hand-off itself, so it is kept for a few seconds in this process;
    ``note_load`` adds what this process has decided meanwhile.
    """
    moment = time.monotonic()
    if _kept.until > moment:
        return _kept.loads
    weight = Case(
        *(When(client__tier=tier, then=Value(getattr(company, f"weight_{tier.lower()}"))) for tier in Tier.values)
    )
    rows = list(
        Assignment.objects.filter(ended_at__isnull=True, client__archived_at__isnull=True)
        .values("user")
        .annotate(load=Sum(weight), number=Count("id"))
        .values_list("user", "load", "number")
    )
    loads = {user: load for user, load, _number in rows}
    if sum(number for _user, _load, number in rows) > MANY_CLIENTS:
        _kept.loads, _kept.until = loads, moment + KEPT_SECONDS
    return loads


def note_load(user: User, *, tier: str, company: Company) -> None:
    weight: Decimal = getattr(company, f"weight_{tier.lower()}")
    _kept.loads[user.pk] = _kept.loads.get(user.pk, Decimal(0)) + weight


def manager_candidates(
    *, company: Company, client: Client | None, parent_id: int | None, first_day: date, last_day: date
) -> dict[User, Candidate]:
    """Every active account manager, with what the choice looks at. Two queries at most."""
    loads = manager_loads(company)
    people: Iterable[Any]
    if client or parent_id:
        owned = Assignment.objects.filter(user=OuterRef("pk")).filter(_group(client, parent_id))
        people = _managers(last_day, first_day).annotate(holds_group=Exists(owned))
    else:
        people = _WITHOUT_GROUP.rows(last_day, first_day)
    return {
        user: Candidate(
            id=user.pk,
            zone=user.timezone,
            works_from=user.work_starts or DAY_STARTS,
            works_until=user.work_ends or DAY_ENDS,
            load=loads.get(user.pk, Decimal(0)),
            is_away=getattr(user, "is_away", False),
            holds_group=getattr(user, "holds_group", False),
        )
        for user in people
    }


def _managers(last_day: date, first_day: date) -> QuerySet[User]:
    away = Absence.objects.filter(user=OuterRef("pk"), starts_on__lte=last_day, ends_on__gte=first_day)
    return User.objects.filter(is_active=True, roles__contains=[Role.AM]).annotate(is_away=Exists(away))


_WITHOUT_GROUP = FixedQuery(_managers, date, date)


def handoffs_for_list(user: User) -> QuerySet[Handoff]:
    return visible_handoffs(user).select_related("client", "contract", "proposed_owner", "salesperson")


def own_handoffs(user: User) -> QuerySet[Handoff]:
    """What this person handed off or is still writing, the newest first."""
    return handoffs_for_list(user).filter(salesperson=user)


def offered_to(user: User) -> QuerySet[Handoff]:
    """What waits for this person to accept, the most pressing first."""
    return handoffs_for_list(user).filter(proposed_owner=user, status=HandoffStatus.OFFERED).order_by("accept_by", "id")


def overdue_handoffs(user: User) -> QuerySet[Handoff]:
    return (
        handoffs_for_list(user)
        .filter(status=HandoffStatus.OFFERED, overdue_at__isnull=False)
        .order_by("accept_by", "id")
    )


def clients_to_distribute() -> QuerySet[Assignment]:
    """Clients that the head holds only because nobody fitted."""
    return (
        Assignment.objects.filter(ended_at__isnull=True, to_distribute=True, client__archived_at__isnull=True)
        .select_related("client", "user")
        .annotate(waiting_handoff=Max("client__handoffs__id", filter=Q(client__handoffs__status=HandoffStatus.OFFERED)))
        .order_by("started_at", "id")
    )


def open_requests(user: User) -> QuerySet[SalesRequest]:
    """New projects that clients of this salesperson asked for."""
    return SalesRequest.objects.filter(salesperson=user, closed_at__isnull=True).select_related("client", "asked_by")


def brought_its_client(handoff: Handoff, client: Client) -> bool:
    """The client came with this hand-off and with nothing else, so its sales may still correct him."""
    born_here = client.source in {Source.HANDOFF, Source.API}
    return born_here and not client.handoffs.exclude(pk=handoff.pk).exists()


def waits_for_acceptance(now: datetime) -> QuerySet[Handoff]:
    return Handoff.objects.filter(status=HandoffStatus.OFFERED, overdue_at__isnull=True, accept_by__lt=now)


def salespeople_of(client: Client) -> QuerySet[User]:
    """Active people who handed this client off, the latest first; everybody who sells when nobody did."""
    sellers = User.objects.filter(is_active=True, roles__overlap=[Role.SALES, Role.HEAD, Role.ADMIN])
    own = sellers.filter(handoffs__client=client).order_by("-handoffs__id")
    return own if own.exists() else sellers.filter(roles__contains=[Role.SALES]).order_by("name", "id")


def managers() -> QuerySet[User]:
    return User.objects.filter(is_active=True, roles__contains=[Role.AM]).order_by("name", "id")


def is_held_for_real(assignment: Assignment) -> bool:
    """An owner who took the client, not a caretaker and not somebody who is still asked."""
    return assignment.state == AssignmentState.ACTIVE and not assignment.to_distribute and assignment.user.is_active


def _group(client: Client | None, parent_id: int | None) -> Q:
    """The client itself at any time; its parent, sisters and branches now."""
    group = Q(pk__in=[])
    if client is not None:
        group |= Q(client=client) | Q(client__parent=client, ended_at__isnull=True)
    if parent_id is not None:
        group |= Q(ended_at__isnull=True) & (Q(client=parent_id) | Q(client__parent=parent_id))
    return group & ~Q(state=AssignmentState.OFFERED, ended_at__isnull=False)

"""Complaints and scores: lists, one screen with everything about one, panels of the client card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from clients.models import Client, Contract, Order, TimelineEvent
from clients.permissions import visible_clients
from core.fixed import FixedQuery
from feedback.enums import ComplaintState
from feedback.models import Complaint, SurveyResponse
from feedback.permissions import visible_complaints, visible_responses
from staff.models import User
from staff.permissions import colleague, in_department
from staff.queries import name_at

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ComplaintCounts:
    open: int
    overdue: int
    mine: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What helps to solve a complaint at once (row B14)."""

    contracts: list[Contract]
    orders: list[Order]
    timeline: list[TimelineEvent]
    previous: list[Complaint]


def complaint_counts(user: User, *, now: datetime) -> ComplaintCounts:
    row = (
        visible_complaints(user)
        .filter(state=ComplaintState.OPEN)
        .aggregate(
            open=Count("pk"),
            overdue=Count("pk", filter=Q(deadline__lt=now)),
            mine=Count("pk", filter=Q(responsible=user)),
        )
    )
    return ComplaintCounts(**row)


class ComplaintLine(NamedTuple):
    """All that a line of the list shows."""

    id: int
    client: str
    what_happened: str
    category: str
    responsible: str
    deadline: datetime
    resolved_at: datetime | None


def complaint_lines(rows: QuerySet[Complaint]) -> QuerySet[Complaint, Any]:
    """What ``ComplaintLine`` is made of."""
    shown = ("id", "client__name", "what_happened", "category", "who", "deadline", "resolved_at")
    return rows.annotate(who=name_at("responsible")).values_list(*shown, named=True)


def complaint_list(user: User, *, view: str, responsible: int | None, now: datetime) -> QuerySet[Complaint]:
    """``view`` is open, overdue or resolved; of one person or of everybody."""
    rows = visible_complaints(user)
    if responsible is not None:
        rows = rows.filter(responsible=responsible)
    if view == "resolved":
        return rows.filter(state=ComplaintState.RESOLVED)
    rows = rows.filter(state=ComplaintState.OPEN)
    return rows.filter(deadline__lt=now) if view == "overdue" else rows


def complaint_for_page(user: User) -> QuerySet[Complaint]:
    return visible_complaints(user).select_related("client", "contact", "responsible", "resolved_by", "response")


def surroundings(complaint: Complaint) -> Surroundings:
    client_id = complaint.client_id
    previous = Complaint.objects.filter(client_id=client_id).exclude(pk=complaint.pk).select_related("responsible")
    return Surroundings(
        contracts=list(Contract.objects.filter(client_id=client_id)[:5]),
        orders=list(Order.objects.filter(client_id=client_id)[:5]),
        timeline=list(TimelineEvent.objects.filter(client_id=client_id).select_related("actor")[:12]),
        previous=list(previous[:5]),
    )


def complaints_of(client: Client, user: User) -> list[Complaint]:
    return _OF_CLIENT.rows(client.pk) if in_department(user) else []


def scores_of(client: Client, user: User) -> list[SurveyResponse]:
    return _SCORES_OF_CLIENT.rows(client.pk) if in_department(user) else []


_OF_CLIENT = FixedQuery(
    lambda pk: visible_complaints(colleague()).filter(client=pk).select_related("responsible")[:_SHOWN], int
)
_SCORES_OF_CLIENT = FixedQuery(lambda pk: visible_responses(colleague()).filter(client=pk)[:_SHOWN], int)


def client_for_complaint(user: User) -> QuerySet[Client]:
    return visible_clients(user).filter(archived_at__isnull=True)

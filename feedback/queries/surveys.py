"""Invitations and answers as lists."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from feedback.enums import InvitationState, Scale
from feedback.models import SurveyInvitation, SurveyResponse
from feedback.permissions import visible_invitations, visible_responses
from staff.models import User


class Invitation(NamedTuple):
    """All that a line of the list shows."""

    id: int
    client_id: int
    client: str
    touch_id: int | None
    contact: str | None
    state: str
    is_late: bool
    reminded_at: datetime | None
    send_on: date
    closes_on: date
    score: Decimal | None


#: The columns of ``Invitation``.
INVITATION = (
    "id", "client_id", "client__name", "touch_id", "contact__name", "state", "is_late", "reminded_at", "send_on",
    "closes_on", "response__score",
)  # fmt: skip


class Answer(NamedTuple):
    """All that a line of the list shows."""

    id: int
    client_id: int
    client: str
    scale: str
    score: Decimal
    comment: str
    answered_at: datetime
    recorded_by_id: int | None
    complaint_id: int | None
    complaint_state: str | None


#: The columns of ``Answer``.
ANSWER = (
    "id", "client_id", "client__name", "scale", "score", "comment", "answered_at", "recorded_by_id", "complaint__pk",
    "complaint__state",
)  # fmt: skip


def invitation_list(
    user: User, *, state: str = "", by_phone: bool | None = None, search: str = ""
) -> QuerySet[SurveyInvitation]:
    rows = visible_invitations(user)
    if state in InvitationState.values:
        rows = rows.filter(state=state)
    if by_phone is not None:
        rows = rows.filter(touch__isnull=not by_phone)
    return rows.filter(client__name__icontains=search) if search else rows


def answer_list(
    user: User,
    *,
    scale: str = "",
    least: int | None = None,
    most: int | None = None,
    since: date | None = None,
    until: date | None = None,
    search: str = "",
) -> QuerySet[SurveyResponse]:
    """Scores are compared inside one scale only."""
    rows = visible_responses(user)
    if scale in Scale.values:
        rows = rows.filter(scale=scale)
    if least is not None:
        rows = rows.filter(score__gte=least)
    if most is not None:
        rows = rows.filter(score__lte=most)
    if since:
        rows = rows.filter(answered_at__date__gte=since)
    if until:
        rows = rows.filter(answered_at__date__lte=until)
    return rows.filter(client__name__icontains=search) if search else rows

"""Invitations and answers as lists."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from feedback.enums import InvitationState, Scale
from feedback.models import SurveyInvitation, SurveyResponse
from feedback.permissions import visible_invitations, visible_responses
from staff.models import User


def invitation_list(
    user: User, *, state: str = "", by_phone: bool | None = None, search: str = ""
) -> QuerySet[SurveyInvitation]:
    rows = visible_invitations(user).select_related("client", "contact", "response")
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
    rows = visible_responses(user).select_related("client", "complaint", "recorded_by")
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

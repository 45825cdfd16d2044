"""Who sees and changes the voice of the client: the department, all of it; sales do not."""

from __future__ import annotations

from django.db.models import QuerySet

from feedback.models import Complaint, SurveyInvitation, SurveyResponse
from staff.models import User
from staff.permissions import in_department, leads


def visible_complaints(user: User) -> QuerySet[Complaint]:
    return Complaint.objects.all() if in_department(user) else Complaint.objects.none()


def visible_invitations(user: User) -> QuerySet[SurveyInvitation]:
    return SurveyInvitation.objects.all() if in_department(user) else SurveyInvitation.objects.none()


def visible_responses(user: User) -> QuerySet[SurveyResponse]:
    return SurveyResponse.objects.all() if in_department(user) else SurveyResponse.objects.none()


def may_reassign(user: User, complaint: Complaint) -> bool:
    """Whoever answers for a complaint may pass it on; the head may do it for anyone."""
    return leads(user) or (in_department(user) and complaint.responsible_id == user.pk)

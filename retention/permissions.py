"""Who sees and who keeps. Everything here is the department's alone, and it sees every client: nothing is left to ask."""

from __future__ import annotations

from django.db.models import QuerySet

from retention.models import (
    Attention,
    Candidate,
    Divergence,
    Freeze,
    Mismatch,
    ReasonTally,
    Refusal,
    Renewal,
    Return,
    Unexplained,
    WinBack,
)
from staff.models import User
from staff.permissions import in_department, leads


def visible_renewals(user: User) -> QuerySet[Renewal]:
    """Sales hand off and don't renew."""
    return Renewal.objects.all() if in_department(user) else Renewal.objects.none()


def visible_refusals(user: User) -> QuerySet[Refusal]:
    return Refusal.objects.all() if in_department(user) else Refusal.objects.none()


def visible_reason_tallies(user: User) -> QuerySet[ReasonTally]:
    return ReasonTally.objects.all() if in_department(user) else ReasonTally.objects.none()


def visible_freezes(user: User) -> QuerySet[Freeze]:
    return Freeze.objects.all() if in_department(user) else Freeze.objects.none()


def visible_win_backs(user: User) -> QuerySet[WinBack]:
    return WinBack.objects.all() if in_department(user) else WinBack.objects.none()


def visible_candidates(user: User) -> QuerySet[Candidate]:
    return Candidate.objects.all() if in_department(user) else Candidate.objects.none()


def visible_returns(user: User) -> QuerySet[Return]:
    return Return.objects.all() if in_department(user) else Return.objects.none()


def visible_mismatches(user: User) -> QuerySet[Mismatch]:
    return Mismatch.objects.all() if in_department(user) else Mismatch.objects.none()


def visible_divergences(user: User) -> QuerySet[Divergence]:
    return Divergence.objects.all() if in_department(user) else Divergence.objects.none()


def visible_unexplained(user: User) -> QuerySet[Unexplained]:
    return Unexplained.objects.all() if in_department(user) else Unexplained.objects.none()


def may_decide_keeping(user: User) -> bool:
    """Approves discounts beyond an authority, settles disputes, edits policies, reasons, targets."""
    return leads(user)


def may_hold_interview(user: User, refusal: Refusal) -> bool:
    """Anybody of the department but the one whose client it was; the database refuses that one too."""
    return in_department(user) and user.pk != refusal.owner_id


def may_work_win_back(user: User, win_back: WinBack) -> bool:
    """Whoever was given the client, or the head."""
    return leads(user) or (in_department(user) and user.pk == win_back.assignee_id)


def visible_attention(user: User) -> QuerySet[Attention]:
    """The department sees every client."""
    return Attention.objects.all() if in_department(user) else Attention.objects.none()

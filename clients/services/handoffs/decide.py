"""The answer of the manager, and of the head."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import AssignmentReason, AssignmentState, EventKind, HandoffStatus, ReturnReason
from clients.models import Client, Handoff
from clients.permissions import may_answer_handoff, may_redirect_handoff
from clients.queries.handoffs import caretaker, is_held_for_real
from clients.rules.handoffs import may_become
from clients.services.assignments import assign_owner, hold_assignment
from clients.services.events import record_event
from clients.services.handoffs.choice import deadline
from clients.services.handoffs.letters import tell_accepted, tell_offered, tell_returned
from clients.services.handoffs.welcome import welcome
from core.errors import ConflictError, DomainError, ForbiddenError
from core.queries import company as load_company
from core.wakeup import wake
from staff.enums import Role
from staff.models import User

#: What looks for an accepted hand-off; correctness does not depend on being woken.
WOKEN = ("work.plan_follow_ups", "feedback.plan_surveys", "gateways.deliver_due")


@transaction.atomic
def accept_handoff(*, handoff: Handoff, actor: User, now: datetime) -> Handoff:
    """The client is the manager's, sales may only read from here on; salesperson and client are told by letter.

    Accepting after the deadline takes the client back from the head. Accepting twice changes nothing.
    """
    locked, client = _lock(handoff)
    if locked.status == HandoffStatus.ACCEPTED and locked.accepted_by_id == actor.pk:
        return locked
    _check(locked, HandoffStatus.ACCEPTED, actor)
    if not is_held_for_real(hold_assignment(client)):
        assign_owner(
            client=client,
            user=actor,
            reason=AssignmentReason.HANDOFF,
            state=AssignmentState.ACTIVE,
            actor=actor,
            now=now,
        )
    locked.status = HandoffStatus.ACCEPTED
    locked.accepted_at, locked.accepted_by = now, actor
    locked.draft = {}
    _save(locked)
    record_event(
        client_id=client.pk, kind=EventKind.HANDOFF_ACCEPTED, at=now, actor=actor, summary=str(actor), subject=locked
    )
    tell_accepted(locked, now=now)
    welcome(locked, client, now=now)
    for sweep in WOKEN:
        wake(sweep)
    return locked


@transaction.atomic
def return_handoff(*, handoff: Handoff, reason: str, comment: str, actor: User, now: datetime) -> Handoff:
    """Back to sales with a reason; the head holds the client meanwhile, unless somebody owns it already."""
    locked, client = _lock(handoff)
    _check(locked, HandoffStatus.RETURNED, actor)
    if not is_held_for_real(hold_assignment(client)):
        assign_owner(
            client=client,
            user=caretaker(),
            reason=AssignmentReason.RETURNED,
            state=AssignmentState.OFFERED,
            actor=actor,
            now=now,
        )
    locked.status = HandoffStatus.RETURNED
    locked.returned_at = now
    locked.return_reason, locked.return_comment = ReturnReason(reason), comment
    _save(locked)
    record_event(
        client_id=client.pk,
        kind=EventKind.HANDOFF_RETURNED,
        at=now,
        actor=actor,
        summary=comment,
        data={"reason": reason},
        subject=locked,
    )
    tell_returned(locked, now=now, actor=actor)
    return locked


@transaction.atomic
def redirect_handoff(*, handoff: Handoff, user: User, actor: User, now: datetime) -> Handoff:
    """The head asks somebody else; the clock starts anew."""
    locked, client = _lock(handoff)
    if not may_redirect_handoff(actor):
        raise ForbiddenError(_("Only the head may choose another manager."))
    if not may_become(locked.status, HandoffStatus.OFFERED) or locked.status != HandoffStatus.OFFERED:
        raise ConflictError(_("This hand-off does not wait for an answer any more."))
    if not user.has_role(Role.AM):
        text = _("Choose an active account manager.")
        raise DomainError(text, fields={"user": [text]})
    if not is_held_for_real(hold_assignment(client)):
        assign_owner(
            client=client,
            user=user,
            reason=AssignmentReason.HANDOFF,
            state=AssignmentState.OFFERED,
            actor=actor,
            now=now,
        )
    locked.proposed_owner = user
    locked.offered_at, locked.accept_by, locked.overdue_at = now, deadline(now=now, company=load_company()), None
    _save(locked)
    tell_offered(locked, now=now)
    return locked


def _lock(handoff: Handoff) -> tuple[Handoff, Client]:
    """One answer at a time; who comes second sees the state that the first one left."""
    locked = (
        Handoff.objects.select_for_update(of=("self",))
        .select_related("client", "contract", "salesperson", "proposed_owner")
        .get(pk=handoff.pk)
    )
    if locked.client is None:
        raise ConflictError(_("This hand-off is still a draft."))
    return locked, locked.client


def _check(handoff: Handoff, target: HandoffStatus, actor: User) -> None:
    if not may_answer_handoff(actor, handoff):
        raise ForbiddenError(_("Only the manager who was asked may answer."))
    if not may_become(handoff.status, target):
        raise ConflictError(_("This hand-off does not wait for an answer any more."))


def _save(handoff: Handoff) -> None:
    handoff.version += 1
    handoff.save()

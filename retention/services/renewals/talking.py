"""The talk itself: stage, the manager's opinion, the head's verdict, a rest until a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.queries import current_owner
from clients.services import record_event
from core.concurrency import EditConflictError, merge_fields, update_versioned
from core.errors import ConflictError, DomainError, ForbiddenError
from core.formats import short_day
from retention.enums import Likelihood, OfferState, RenewalStage
from retention.models import Renewal
from retention.permissions import may_decide_keeping
from retention.queries.renewals.policies import keeping_policies
from retention.rules.renewals import must_decide
from retention.rules.stages import RENEWAL
from retention.services.renewals.disputes import tell_of_verdict
from retention.services.renewals.signals import refresh_signals_of
from retention.services.stages import check_move, told
from staff.models import User
from work.enums import TouchKind, TouchState
from work.models import Touch

#: A slip of the year would put the talk to sleep for good.
LONGEST_SLEEP = timedelta(days=365)


def check_open(renewal: Renewal) -> None:
    if renewal.outcome:
        text = _("This renewal is closed already: %(outcome)s.") % {"outcome": renewal.get_outcome_display()}
        raise ConflictError(text, code="closed")


def tell(renewal: Renewal, summary: str, *, actor: User | None, now: datetime, kind: EventKind) -> None:
    record_event(client_id=renewal.client_id, kind=kind, at=now, actor=actor, summary=summary, subject=renewal)


@transaction.atomic
def move_stage(
    *, renewal: Renewal, stage: RenewalStage, seen: str, actor: User, now: datetime, note: str = ""
) -> Renewal:
    """``seen`` is the stage the person moved it from: of two who move it at once the second is told where it stands.

    ``note`` says why it goes back or past a stage. A discount that waits for the head has not been offered yet.
    """
    renewal = Renewal.objects.select_for_update().get(pk=renewal.pk)
    check_open(renewal)
    if renewal.stage == stage:
        return renewal
    if renewal.stage != seen:
        stands = _("Somebody else has moved it meanwhile: it stands at “%(stage)s”.")
        raise ConflictError(stands % {"stage": renewal.get_stage_display()}, code="moved")
    has_offer = renewal.offers.filter(state=OfferState.APPROVED).exists()
    check_move(RENEWAL, now=renewal.stage, then=stage, has_offer=has_offer, reason=note)
    renewal.stage = stage
    update_versioned(renewal, fields=["stage"], expected_version=renewal.version)
    tell(renewal, told(renewal.get_stage_display(), note), actor=actor, now=now, kind=EventKind.RENEWAL_CHANGED)
    refresh_signals_of([renewal.pk], now=now)
    return renewal


@transaction.atomic
def set_opinion(
    *, renewal: Renewal, opinion: Likelihood, note: str, seen: Mapping[str, str], actor: User, now: datetime
) -> Renewal:
    """What the manager thinks, and why. Near the end «wait and see» is refused; another opinion asks the head anew.

    ``seen`` is what the person read before writing: a colleague's other opinion meanwhile is a conflict.
    """
    renewal = Renewal.objects.select_for_update().select_related("client").get(pk=renewal.pk)
    check_open(renewal)
    if not note.strip():
        why = _("Say why you think so.")
        raise DomainError(why, code="why", fields={"opinion_note": [why]})
    policy = keeping_policies()[renewal.client.tier]
    today = localdate(now)
    if opinion == Likelihood.UNSURE and must_decide(due_on=renewal.due_on, decide_days=policy.decide_days, today=today):
        text = _("%(days)d days before the end it is time to decide: will the client renew or leave?")
        decide = text % {"days": policy.decide_days}
        raise DomainError(decide, code="must_decide", fields={"opinion": [decide]})
    stored = {"opinion": renewal.opinion, "opinion_note": renewal.opinion_note}
    mine = {"opinion": opinion.value, "opinion_note": note.strip()[:300]}
    merged = merge_fields(original=seen, theirs=stored, mine=mine)
    if merged.clashes:
        raise EditConflictError(merged.clashes)
    if opinion != renewal.opinion:
        renewal.verdict, renewal.verdict_by = "", None
    renewal.opinion, renewal.opinion_note = opinion, note.strip()[:300]
    renewal.opinion_by, renewal.opinion_at = actor, now
    fields = ["opinion", "opinion_note", "opinion_by", "opinion_at", "verdict", "verdict_by"]
    update_versioned(renewal, fields=fields, expected_version=renewal.version)
    summary = f"{renewal.get_opinion_display()}. {renewal.opinion_note}"
    tell(renewal, summary, actor=actor, now=now, kind=EventKind.RENEWAL_CHANGED)
    refresh_signals_of([renewal.pk], now=now)
    renewal.refresh_from_db()
    return renewal


@transaction.atomic
def give_verdict(
    *, renewal: Renewal, verdict: Likelihood, note: str, expected_version: int, actor: User, now: datetime
) -> Renewal:
    """The head settles whom to believe, and the manager is told; it holds until the manager changes his opinion."""
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head decides a disagreement."))
    locked = Renewal.objects.select_for_update(of=("self",)).select_related("client", "opinion_by")
    renewal = locked.get(pk=renewal.pk)
    check_open(renewal)
    renewal.verdict, renewal.verdict_by, renewal.disputed_at = verdict, actor, None
    update_versioned(renewal, fields=["verdict", "verdict_by", "disputed_at"], expected_version=expected_version)
    summary = _("The head has decided: %(verdict)s.") % {"verdict": renewal.get_verdict_display()}
    tell(renewal, f"{summary} {note.strip()}".strip(), actor=actor, now=now, kind=EventKind.RENEWAL_CHANGED)
    tell_of_verdict(renewal, note.strip(), actor=actor, now=now)
    return renewal


@transaction.atomic
def postpone(*, renewal: Renewal, until: date, note: str, expected_version: int, actor: User, now: datetime) -> Renewal:
    """Stays open and sleeps: calls before that day are taken off, one is planned for it."""
    renewal = Renewal.objects.select_for_update().select_related("client", "contract").get(pk=renewal.pk)
    check_open(renewal)
    _check_postponing(until, note, localdate(now))
    renewal.postponed_until, renewal.note = until, note.strip()
    update_versioned(renewal, fields=["postponed_until", "note"], expected_version=expected_version)
    touches = open_touches_of_renewal(renewal)
    touches.filter(due_on__lt=until).update(
        state=TouchState.CANCELLED, note=_("The talk is postponed."), closed_at=now, closed_by=actor, updated_at=now
    )
    subject = _("Renewal of contract %(number)s: as agreed, today") % {"number": renewal.contract.number}
    Touch.objects.update_or_create(
        rule=f"renewal:{renewal.pk}:until:{until:%Y-%m-%d}:{(until - renewal.due_on).days * -1}",
        defaults={
            "client_id": renewal.client_id,
            "kind": TouchKind.RENEWAL,
            "subject": subject.strip()[:300],
            "assignee": current_owner(renewal.client),
            "due_from": until,
            "due_on": until,
            "state": TouchState.OPEN,
            "closed_at": None,
            "closed_by": None,
            "outcome": "",
        },
    )
    summary = _("Postponed until %(day)s: %(note)s") % {"day": short_day(until), "note": renewal.note}
    tell(renewal, summary, actor=actor, now=now, kind=EventKind.RENEWAL_CHANGED)
    return renewal


def _check_postponing(until: date, note: str, today: date) -> None:
    if until <= today:
        past = _("Choose a day to come.")
        raise DomainError(past, code="past", fields={"until": [past]})
    if until > today + LONGEST_SLEEP:
        far = _("Choose a day within a year: until then nobody is reminded of this contract.")
        raise DomainError(far, code="far", fields={"until": [far]})
    if not note.strip():
        why = _("Say what is waited for.")
        raise DomainError(why, code="why", fields={"note": [why]})


def open_touches_of_renewal(renewal: Renewal) -> QuerySet[Touch]:
    return Touch.objects.filter(
        client_id=renewal.client_id, state=TouchState.OPEN, rule__startswith=f"renewal:{renewal.pk}:"
    )

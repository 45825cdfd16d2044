"""How a renewal ends: the next contract, a refusal with its reason; and the head opens it again."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.models import Contract
from clients.services.contracts import ContractData, sign_contract
from core.concurrency import update_versioned
from core.errors import ConflictError, DomainError, ForbiddenError
from core.queries import company
from core.wakeup import wake
from retention.enums import RenewalOutcome
from retention.models import RefusalReason, Renewal
from retention.permissions import may_decide_keeping
from retention.queries.renewals.facts import next_contracts
from retention.rules.renewals import timing
from retention.services.refusals import record_refusal, withdraw_refusal
from retention.services.renewals.talking import check_open, open_touches_of_renewal, tell
from staff.models import User
from work.enums import TouchState

CLOSING_FIELDS = ("outcome", "next_contract", "refusal", "note", "closed_at", "closed_by", "postponed_until")


@transaction.atomic
def renew_by_contract(
    *, renewal: Renewal, contract_id: int, note: str, expected_version: int, actor: User, now: datetime
) -> Renewal:
    """Links a contract of the same client that is next in line; by its dates it renews or replaces."""
    renewal = _locked(renewal)
    following = next_contracts(renewal).filter(pk=contract_id).first()
    if following is None:
        foreign = _("Choose a contract of this client that continues this one: it begins later and ends later.")
        raise DomainError(foreign, code="not_next", fields={"contract": [foreign]})
    return _renew(renewal, following, note=note, expected_version=expected_version, actor=actor, now=now)


@transaction.atomic
def renew_by_new_contract(
    *, renewal: Renewal, data: ContractData, note: str, expected_version: int, actor: User, now: datetime
) -> Renewal:
    """Writes the next contract down and links it: both, or nothing."""
    renewal = _locked(renewal)
    if renewal.version != expected_version:
        raise _changed()
    following = sign_contract(client=renewal.client, data=data, actor=actor, now=now)
    if not next_contracts(renewal).filter(pk=following.pk).exists():
        wrong = _("By these dates and products it does not continue the contract: it must begin and end later.")
        raise DomainError(wrong, code="not_next", fields={"starts_on": [wrong]})
    return _renew(renewal, following, note=note, expected_version=expected_version, actor=actor, now=now)


def _renew(
    renewal: Renewal, following: Contract, *, note: str, expected_version: int, actor: User, now: datetime
) -> Renewal:
    norms = company()
    fits = timing(due_on=renewal.due_on, next_start=following.starts_on, early=norms.early_days, grace=norms.grace_days)
    renewal.outcome = RenewalOutcome.REPLACED if fits == "replaced" else RenewalOutcome.RENEWED
    renewal.next_contract = following
    return _close(renewal, note, following.number, expected_version=expected_version, actor=actor, now=now)


@transaction.atomic
def refuse(
    *,
    renewal: Renewal,
    refused_on: date,
    stated_reason: RefusalReason,
    stated_words: str,
    tried: str,
    expected_version: int,
    actor: User,
    now: datetime,
) -> Renewal:
    """The refusal with its stated reason, and the renewal closed by it: both, or nothing."""
    renewal = _locked(renewal)
    if renewal.version != expected_version:
        raise _changed()
    renewal.refusal = record_refusal(
        client=renewal.client,
        contract=renewal.contract,
        refused_on=refused_on,
        stated_reason=stated_reason,
        stated_words=stated_words,
        tried=tried,
        actor=actor,
        now=now,
    )
    renewal.outcome = RenewalOutcome.REFUSED
    return _close(renewal, "", str(stated_reason), expected_version=expected_version, actor=actor, now=now)


def _locked(renewal: Renewal) -> Renewal:
    renewal = Renewal.objects.select_for_update(of=("self",)).select_related("client", "contract").get(pk=renewal.pk)
    check_open(renewal)
    return renewal


def _changed() -> ConflictError:
    return ConflictError(_("Somebody else changed this while you were editing. Look at the present state again."))


def _close(renewal: Renewal, note: str, summary: str, *, expected_version: int, actor: User, now: datetime) -> Renewal:
    renewal.note, renewal.closed_at, renewal.closed_by = note.strip(), now, actor
    renewal.postponed_until = None
    update_versioned(renewal, fields=CLOSING_FIELDS, expected_version=expected_version)
    open_touches_of_renewal(renewal).update(
        state=TouchState.CANCELLED, note=_("The renewal is decided."), closed_at=now, closed_by=actor, updated_at=now
    )
    text = f"{renewal.get_outcome_display()}. {summary}".strip()
    tell(renewal, text, actor=actor, now=now, kind=EventKind.RENEWAL_CLOSED)
    return renewal


@transaction.atomic
def reopen(*, renewal: Renewal, note: str, expected_version: int, actor: User, now: datetime) -> Renewal:
    """The head takes a recorded outcome back. A refusal is withdrawn with it; the new contract stays as it is."""
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head opens a closed renewal again."))
    if not note.strip():
        why = _("Say why it is opened again.")
        raise DomainError(why, code="why", fields={"note": [why]})
    renewal = Renewal.objects.select_for_update(of=("self",)).select_related("refusal").get(pk=renewal.pk)
    if not renewal.outcome:
        raise ConflictError(_("This renewal is open already."), code="open")
    if renewal.refusal is not None and renewal.refusal.withdrawn_at is None:
        if renewal.version != expected_version:
            raise _changed()
        refusal = renewal.refusal
        withdraw_refusal(refusal=refusal, note=note, expected_version=refusal.version, actor=actor, now=now)
        renewal = Renewal.objects.get(pk=renewal.pk)
        expected_version = renewal.version
    renewal.outcome, renewal.next_contract, renewal.refusal = "", None, None
    renewal.closed_at, renewal.closed_by, renewal.note = None, None, note.strip()
    renewal.signal_at = None
    update_versioned(renewal, fields=[*CLOSING_FIELDS, "signal_at"], expected_version=expected_version)
    summary = _("Opened again: %(why)s") % {"why": note.strip()}
    tell(renewal, summary, actor=actor, now=now, kind=EventKind.RENEWAL_CHANGED)
    wake("retention.refresh_signals")
    return renewal

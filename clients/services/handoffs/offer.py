"""A hand-off is written once, whoever repeats it, and its client has an owner in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from clients.enums import AssignmentReason, AssignmentState, EventKind, HandoffStatus, Source
from clients.models import Assignment, Client, Contract, Handoff, SalesRequest
from clients.queries.handoffs import brought_its_client, is_held_for_real
from clients.rules.handoffs import prefers_the_same
from clients.services.assignments import assign_owner, hold_assignment
from clients.services.contracts import check_contract_dates
from clients.services.events import new_event, record_event, record_events
from clients.services.handoffs.choice import Choice, choose_owner, deadline
from clients.services.handoffs.data import HandoffData
from clients.services.handoffs.letters import tell_offered
from clients.services.handoffs.rows import (
    complete_client,
    rewrite_client,
    rewrite_contract,
    write_client,
    write_contract,
)
from core.errors import ConflictError, IdempotencyConflictError
from core.fixed import FixedQuery
from core.fixed_insert import FixedInsert
from core.locks import lock_keys
from core.models import Company
from core.queries import company as load_company
from staff.models import User

_EARLIER = FixedQuery(lambda source, key: Handoff.objects.filter(source=source, external_id=key).order_by(), str, str)
_KNOWN = FixedQuery(lambda key: Client.objects.filter(external_id=key).order_by(), str)
_HANDOFFS = FixedInsert(Handoff)


@dataclass(frozen=True, slots=True)
class Offered:
    handoff: Handoff
    created: bool  # False: the same request came before, nothing was written


def _find_earlier(*, source: str, external_id: str, digest: str) -> Handoff | None:
    """The draft, or the hand-off that this very request has made already; another body is a conflict."""
    found = _EARLIER.first(source, external_id)
    if found is None or found.status == HandoffStatus.DRAFT:
        return found
    if found.request_digest != digest:
        raise IdempotencyConflictError(_("This hand-off was sent before with other contents."))
    return found


@transaction.atomic
def offer_handoff(
    *,
    data: HandoffData,
    digest: str,
    actor: User,
    now: datetime,
    origin: Source = Source.HANDOFF,
    payload: dict[str, Any] | None = None,
) -> Offered:
    """Writes client, contacts, contract and hand-off, and makes the manager who is asked the owner at once.

    A repeated request waits for the first one and gets its row. A known client keeps its owner. The manager is told
    by letter; nobody eligible means the head, with the client on the list to distribute.
    """
    lock_keys([f"handoff:{data.source}:{data.external_id}", f"client:{data.client.external_id}"])
    earlier = _find_earlier(source=data.source, external_id=data.external_id, digest=digest)
    if earlier is not None and earlier.status != HandoffStatus.DRAFT:
        return Offered(earlier, created=False)
    check_contract_dates(starts_on=data.contract.starts_on, ends_on=data.contract.ends_on, terminated_on=None)
    handoff = _continued(earlier, data, actor)
    company = load_company()
    accept_by = deadline(now=now, company=company)
    known = _KNOWN.first(data.client.external_id)
    if known is None:
        choice = _choose_for_new(data, company=company, accept_by=accept_by, now=now)
        client, contract = write_client(data, _offered_to(choice, now), now=now, origin=origin)
    else:
        client, choice = known, _owner_of_known(known, company=company, accept_by=accept_by, actor=actor, now=now)
        complete_client(client, data, actor=actor, now=now)
        contract = write_contract(client, data, origin=origin)
    _fill(handoff, data, client=client, contract=contract, choice=choice, accept_by=accept_by, now=now)
    handoff.request_digest, handoff.draft = digest, payload or {}
    if earlier is None:
        _HANDOFFS.write(handoff)
    else:
        handoff.save()
    _tell(handoff, client, contract, choice, is_new=known is None, actor=actor, now=now)
    return Offered(handoff, created=True)


@transaction.atomic
def resend_handoff(
    *, handoff: Handoff, data: HandoffData, actor: User, now: datetime, payload: dict[str, Any] | None = None
) -> Handoff:
    """Sales corrected a returned hand-off: it goes to who returned it, unless the client was not theirs."""
    locked = Handoff.objects.select_for_update(of=("self",)).select_related("client", "contract").get(pk=handoff.pk)
    client, contract = locked.client, locked.contract
    if client is None or contract is None or locked.status != HandoffStatus.RETURNED:
        raise ConflictError(_("Only a returned hand-off can be sent again."))
    check_contract_dates(starts_on=data.contract.starts_on, ends_on=data.contract.ends_on, terminated_on=None)
    rewrite_contract(contract, data)
    correct = rewrite_client if brought_its_client(locked, client) else complete_client
    correct(client, data, actor=actor, now=now)
    returned_by = locked.proposed_owner_id
    same = returned_by if prefers_the_same(locked.return_reason) else None
    company = load_company()
    accept_by = deadline(now=now, company=company)
    choice = _owner_of_known(
        client,
        company=company,
        accept_by=accept_by,
        actor=actor,
        now=now,
        prefer=same,
        exclude=() if same else (returned_by or 0,),
    )
    _fill(locked, data, client=client, contract=contract, choice=choice, accept_by=accept_by, now=now)
    locked.draft = payload or {}
    locked.version += 1
    locked.save()
    record_event(
        client_id=client.pk,
        kind=EventKind.HANDOFF_OFFERED,
        at=now,
        actor=actor,
        summary=str(choice.user),
        data={"again": True, "to": choice.user.pk},
        subject=locked,
    )
    tell_offered(locked, now=now)
    return locked


def _continued(draft: Handoff | None, data: HandoffData, actor: User) -> Handoff:
    """The draft that becomes this hand-off, or a new row."""
    if draft is None:
        return Handoff(source=data.source, external_id=data.external_id, salesperson=actor)
    if draft.salesperson_id != actor.pk:
        raise IdempotencyConflictError(_("This hand-off was sent before with other contents."))
    draft.version += 1
    return draft


def _choose_for_new(data: HandoffData, *, company: Company, accept_by: datetime, now: datetime) -> Choice:
    parent = data.client.parent
    return choose_owner(
        client=None,
        zone=data.client.timezone,
        tier=data.client.tier,
        company=company,
        accept_by=accept_by,
        now=now,
        parent_id=parent.parent_id or parent.pk if parent else None,
    )


def _offered_to(choice: Choice, now: datetime) -> Assignment:
    return Assignment(
        user=choice.user,
        reason=AssignmentReason.NOBODY if choice.nobody else AssignmentReason.HANDOFF,
        state=AssignmentState.OFFERED,
        to_distribute=choice.nobody,
        started_at=now,
    )


def _owner_of_known(
    client: Client,
    *,
    company: Company,
    accept_by: datetime,
    actor: User,
    now: datetime,
    prefer: int | None = None,
    exclude: tuple[int, ...] = (),
) -> Choice:
    """The present owner keeps the client, which counts as no transfer; a mere caretaker is relieved."""
    current = hold_assignment(client)
    if is_held_for_real(current):
        return Choice(current.user, nobody=False)
    choice = choose_owner(
        client=client,
        zone=client.timezone,
        tier=client.tier,
        company=company,
        accept_by=accept_by,
        now=now,
        parent_id=client.parent_id,
        prefer=prefer,
        exclude=exclude,
    )
    assign_owner(
        client=client,
        user=choice.user,
        reason=AssignmentReason.NOBODY if choice.nobody else AssignmentReason.HANDOFF,
        state=AssignmentState.OFFERED,
        actor=actor,
        now=now,
        to_distribute=choice.nobody,
    )
    return choice


def _fill(
    handoff: Handoff,
    data: HandoffData,
    *,
    client: Client,
    contract: Contract,
    choice: Choice,
    accept_by: datetime,
    now: datetime,
) -> None:
    handoff.client, handoff.contract = client, contract
    handoff.status = HandoffStatus.OFFERED
    handoff.goal, handoff.promises, handoff.terms = data.goal, data.promises, data.terms
    handoff.pains = list(data.pains)
    handoff.proposed_owner = choice.user
    handoff.offered_at, handoff.accept_by, handoff.overdue_at = now, accept_by, None
    handoff.answer = {
        "status": HandoffStatus.OFFERED.value,
        "client": {"id": client.pk, "external_id": client.external_id},
        "owner": {"username": choice.user.username, "name": choice.user.name},
        "accept_by": localtime(accept_by).isoformat(),
    }
    if data.signed_file is not None:
        handoff.signed_file = data.signed_file
        type(data.signed_file).objects.filter(pk=data.signed_file.pk).update(client=client, contract=contract)


def _tell(
    handoff: Handoff,
    client: Client,
    contract: Contract,
    choice: Choice,
    *,
    is_new: bool,
    actor: User,
    now: datetime,
) -> None:
    signed = {"amount": str(contract.amount), "from": contract.starts_on.isoformat()}
    offered = {"to": choice.user.pk, "nobody": choice.nobody}
    client_id = client.pk
    created = new_event(client_id=client_id, kind=EventKind.CLIENT_CREATED, at=now, actor=actor, subject=client)
    record_events(
        [
            *([created] if is_new else []),
            new_event(
                client_id=client_id,
                kind=EventKind.CONTRACT_SIGNED,
                at=now,
                actor=actor,
                summary=contract.number,
                data=signed,
                subject=contract,
            ),
            new_event(
                client_id=client_id,
                kind=EventKind.HANDOFF_OFFERED,
                at=now,
                actor=actor,
                summary=str(choice.user),
                data=offered,
                subject=handoff,
            ),
        ]
    )
    if not is_new:
        SalesRequest.objects.filter(client=client_id, salesperson=actor, closed_at=None).update(
            closed_at=now, handoff=handoff, updated_at=now
        )
    tell_offered(handoff, now=now)

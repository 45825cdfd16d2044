"""Terms offered: a discount within one's own authority holds at once, another one waits for the head."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.letters import send_to_staff
from core.concurrency import update_versioned
from core.errors import ConflictError, DomainError, ForbiddenError
from core.formats import change_share, money
from retention.enums import OfferState, RenewalStage
from retention.models import Renewal, RenewalOffer
from retention.permissions import may_decide_keeping
from retention.queries.renewals.policies import discount_authority
from retention.rules.renewals import given_away, within_authority
from retention.services.renewals.disputes import heads
from retention.services.renewals.signals import refresh_signals_of
from retention.services.renewals.talking import check_open, tell
from staff.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferData:
    amount: Decimal
    months: int
    discount: Decimal = Decimal(0)
    words: str = ""


@transaction.atomic
def offer_terms(*, renewal: Renewal, data: OfferData, actor: User, now: datetime) -> RenewalOffer:
    """Moves an early stage on to «terms offered»; a waiting discount goes to every head by letter."""
    renewal = Renewal.objects.select_for_update().select_related("client").get(pk=renewal.pk)
    check_open(renewal)
    if data.months < 1:
        least = _("At least a month.")
        raise DomainError(least, code="months", fields={"months": [least]})
    offer = RenewalOffer(
        renewal=renewal,
        amount=data.amount,
        months=data.months,
        discount=data.discount,
        words=data.words.strip(),
        state=OfferState.WAITING,
        made_by=actor,
        made_at=now,
    )
    given = given_away(discount=data.discount, change=offer.against_present)
    approved = within_authority(given, discount_authority(actor))
    if approved:
        offer.state, offer.decided_by, offer.decided_at = OfferState.APPROVED, actor, now
    offer.save()
    if renewal.stage in {RenewalStage.PLANNED, RenewalStage.TALKING} and approved:
        renewal.stage = RenewalStage.OFFERED
        update_versioned(renewal, fields=["stage"], expected_version=renewal.version)
    summary = f"{_terms(offer)}, {offer.get_state_display()}"
    tell(renewal, summary, actor=actor, now=now, kind=EventKind.RENEWAL_OFFERED)
    if not approved:
        _ask_heads(offer, renewal, now)
    refresh_signals_of([renewal.pk], now=now)
    return offer


def _terms(offer: RenewalOffer) -> str:
    text = _("%(amount)s for %(months)s months, %(discount)s")
    return text % {"amount": money(offer.amount), "months": offer.months, "discount": offer.discount_words}


def _against_present(offer: RenewalOffer) -> str:
    change = change_share(offer.against_present)
    return ", " + _("a month %(change)s against the present contract") % {"change": change} if change else ""


def _ask_heads(offer: RenewalOffer, renewal: Renewal, now: datetime) -> None:
    for head in heads():
        with translation.override(head.language):
            comment = f"{_terms(offer)}{_against_present(offer)}. {offer.words}".strip()
        send_to_staff(
            user=head,
            template_code="offer_waiting",
            key=f"offer:{offer.pk}:waits:to:{head.pk}",
            now=now,
            extra={
                "client": renewal.client.name,
                "comment": comment,
                "link": settings.APP_URL + reverse("renewals:offers"),
            },
        )


@transaction.atomic
def decide_offer(*, offer: RenewalOffer, approve: bool, note: str, actor: User, now: datetime) -> RenewalOffer:
    """The head says yes or no, once; whoever made the offer is told."""
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head approves a discount beyond an authority."))
    if not approve and not note.strip():
        why = _("Say why the discount is declined.")
        raise DomainError(why, code="why", fields={"note": [why]})
    state = OfferState.APPROVED if approve else OfferState.DECLINED
    written = RenewalOffer.objects.filter(pk=offer.pk, state=OfferState.WAITING).update(
        state=state, decided_by=actor, decided_at=now, decision_note=note.strip()[:300], updated_at=now
    )
    offer = RenewalOffer.objects.select_related("renewal__client", "made_by", "decided_by").get(pk=offer.pk)
    if not written:
        text = _("This offer is decided already: %(state)s, %(who)s.")
        raise ConflictError(text % {"state": offer.get_state_display(), "who": offer.decided_by}, code="decided")
    renewal = offer.renewal
    if approve and not renewal.outcome and renewal.stage in {RenewalStage.PLANNED, RenewalStage.TALKING}:
        Renewal.objects.filter(pk=renewal.pk).update(
            stage=RenewalStage.OFFERED, version=F("version") + 1, updated_at=now
        )
    summary = f"{_terms(offer)}: {offer.get_state_display()}. {offer.decision_note}".strip()
    tell(renewal, summary, actor=actor, now=now, kind=EventKind.RENEWAL_OFFERED)
    if offer.made_by_id != actor.pk:
        _tell_author(offer, now)
    refresh_signals_of([renewal.pk], now=now)
    return offer


def _tell_author(offer: RenewalOffer, now: datetime) -> None:
    with translation.override(offer.made_by.language):
        reason = str(offer.get_state_display())
        comment = f"{_terms(offer)}. {offer.decision_note}".strip()
    send_to_staff(
        user=offer.made_by,
        template_code="offer_decided",
        key=f"offer:{offer.pk}:decided",
        now=now,
        extra={
            "client": offer.renewal.client.name,
            "reason": reason,
            "comment": comment,
            "link": settings.APP_URL + reverse("renewals:page", args=[offer.renewal_id]),
        },
    )

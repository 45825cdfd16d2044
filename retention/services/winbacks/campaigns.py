"""«Вернуть доверие»: a campaign of the head over whole segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.concurrency import update_versioned
from core.errors import ConflictError, DomainError, ForbiddenError
from retention.models import TrustCampaign
from retention.permissions import may_decide_keeping
from retention.queries.winbacks.segments import SegmentFilter
from retention.services.winbacks.opening import take_into_win_back
from staff.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignData:
    name: str
    segments: Sequence[str]
    starts_on: date
    ends_on: date
    offer: str = ""
    goal: int | None = None


def create_campaign(*, data: CampaignData, actor: User) -> TrustCampaign:
    _check_head(actor)
    if data.ends_on < data.starts_on:
        wrong = _("The campaign cannot end before it begins.")
        raise DomainError(wrong, code="ends_on", fields={"ends_on": [wrong]})
    if not data.segments:
        none = _("Choose at least one segment.")
        raise DomainError(none, code="segments", fields={"segments": [none]})
    return TrustCampaign.objects.create(
        name=data.name.strip(),
        segments=list(data.segments),
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        offer=data.offer.strip(),
        goal=data.goal,
        created_by=actor,
    )


@transaction.atomic
def fill_campaign(
    *, campaign: TrustCampaign, people: Sequence[User], wanted: SegmentFilter, actor: User, now: datetime
) -> int:
    """Everybody of its segments who has no open attempt; again later takes in those who came since, nobody twice."""
    _check_head(actor)
    campaign = TrustCampaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.closed_at is not None:
        raise ConflictError(_("This campaign is closed."), code="closed")
    chosen = tuple(segment for segment in campaign.segments if not wanted.segments or segment in wanted.segments)
    if not chosen:
        return 0
    whom = SegmentFilter(segments=chosen, manager=wanted.manager, tier=wanted.tier, clients=wanted.clients)
    return take_into_win_back(wanted=whom, campaign=campaign, people=people, actor=actor, now=now)


def close_campaign(*, campaign: TrustCampaign, expected_version: int, actor: User, now: datetime) -> TrustCampaign:
    """Nobody is added any more; attempts that are open go on."""
    _check_head(actor)
    if campaign.closed_at is not None:
        raise ConflictError(_("This campaign is closed."), code="closed")
    campaign.closed_at = now
    update_versioned(campaign, fields=["closed_at"], expected_version=expected_version)
    return campaign


def _check_head(actor: User) -> None:
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head runs campaigns."))

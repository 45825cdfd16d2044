"""Early signs and win-backs, as they would stand today. Made through the product's own services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from django.utils.timezone import localdate

from retention.enums import WinBackSegment, WinBackStage
from retention.models import RefusalReason, TrustCampaign, WinBack
from retention.queries.winbacks.segments import SegmentFilter, freshest
from retention.services import winbacks as services
from retention.services.attention import watch_attention
from staff.models import User

OFFER = "Месяц работы без оплаты с новым ответственным и планом, который видно каждую неделю."
STAGES = (WinBackStage.TALKING, WinBackStage.OFFERED, WinBackStage.TRYING)


def make_win_backs(*, users: Mapping[str, User], seed: int, now: datetime) -> None:
    """The sweep has looked; the head began a campaign two weeks ago, and managers have come to different stages."""
    random = Random(seed + 9)  # noqa: S311 - invented data, not secrets
    watch_attention(now=now)
    began = now - timedelta(days=14)
    campaign = services.create_campaign(
        data=services.CampaignData(
            name="Вернуть доверие",
            segments=[WinBackSegment.REFUSED, WinBackSegment.COMPLAINT, WinBackSegment.LOW_SCORE],
            starts_on=localdate(began),
            ends_on=localdate(began) + timedelta(days=90),
            offer=OFFER,
            goal=10,
        ),
        actor=users["olga"],
    )
    _fill(campaign, users["olga"], began)
    for place, row in enumerate(WinBack.objects.filter(campaign=campaign).select_related("assignee").order_by("pk")):
        if random.random() < 0.6:
            stage = random.choice(STAGES)
            note = "" if stage == WinBackStage.TALKING else OFFER
            services.move_stage(win_back=row, stage=stage, seen=row.stage, actor=row.assignee, note=note, now=now)
        if place % 6 == 4:
            _give_up(row, random, now)
    watch_attention(now=now)


def _fill(campaign: TrustCampaign, head: User, began: datetime) -> None:
    clients = freshest(SegmentFilter(segments=tuple(campaign.segments)), now=began, limit=30)
    chosen = SegmentFilter(clients=tuple(clients))
    services.fill_campaign(campaign=campaign, people=[], wanted=chosen, actor=head, now=began)


def _give_up(row: WinBack, random: Random, now: datetime) -> None:
    reason = random.choice(list(RefusalReason.objects.filter(archived_at__isnull=True).order_by("pk")))
    version = WinBack.objects.get(pk=row.pk).version
    note = "Работает с другими, менять не готов."
    services.lose(win_back=row, reason=reason, note=note, expected_version=version, actor=row.assignee, now=now)

"""What a client's card shows of keeping, as columns of the client's own row: no query of their own."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from clients.models import Client
from retention.models import Freeze, Refusal, WinBack


def with_keeping(clients: QuerySet[Client]) -> QuerySet[Client]:
    """``freeze_id``, ``frozen_on`` of a stop that lasts; ``refusal_id``, ``refused_on`` of the latest refusal;
    ``win_back_id``, ``win_back_stage``, ``win_back_by`` of the open attempt to win the client back.
    """
    stop = Freeze.objects.filter(client=OuterRef("pk"), outcome="")
    refusal = Refusal.objects.filter(client=OuterRef("pk"), withdrawn_at__isnull=True).order_by("-refused_on", "-id")
    attempt = WinBack.objects.filter(client=OuterRef("pk"), outcome="")
    return clients.annotate(
        freeze_id=Subquery(stop.values("pk")[:1]),
        frozen_on=Subquery(stop.values("stopped_on")[:1]),
        refusal_id=Subquery(refusal.values("pk")[:1]),
        refused_on=Subquery(refusal.values("refused_on")[:1]),
        win_back_id=Subquery(attempt.values("pk")[:1]),
        win_back_stage=Subquery(attempt.values("stage")[:1]),
        win_back_by=Subquery(attempt.values("assignee__name")[:1]),
    )

"""What a client's card shows of keeping, as columns of the client's own row: no query of their own."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from clients.models import Client
from retention.models import Freeze, Refusal


def with_keeping(clients: QuerySet[Client]) -> QuerySet[Client]:
    """``freeze_id`` and ``frozen_on`` of a stop that lasts, ``refusal_id`` and ``refused_on`` of the latest refusal."""
    stop = Freeze.objects.filter(client=OuterRef("pk"), outcome="")
    refusal = Refusal.objects.filter(client=OuterRef("pk"), withdrawn_at__isnull=True).order_by("-refused_on", "-id")
    return clients.annotate(
        freeze_id=Subquery(stop.values("pk")[:1]),
        frozen_on=Subquery(stop.values("stopped_on")[:1]),
        refusal_id=Subquery(refusal.values("pk")[:1]),
        refused_on=Subquery(refusal.values("refused_on")[:1]),
    )

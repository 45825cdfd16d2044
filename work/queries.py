from __future__ import annotations

from core.enums import Tier
from work.models import TouchPolicy


def policies() -> dict[str, TouchPolicy]:
    """The policy of every tier; defaults for one that has no row."""
    stored = {policy.tier: policy for policy in TouchPolicy.objects.all()}
    return {tier: stored.get(tier) or TouchPolicy(tier=tier) for tier in Tier.values}

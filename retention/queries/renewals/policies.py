from __future__ import annotations

from decimal import Decimal

from core.enums import Tier
from retention.models import DiscountLimit, KeepingPolicy
from staff.enums import Role
from staff.models import User
from staff.permissions import leads


def keeping_policies() -> dict[str, KeepingPolicy]:
    """The terms of every tier; the usual ones for a tier without a row."""
    stored = {policy.tier: policy for policy in KeepingPolicy.objects.all()}
    return {tier: stored.get(tier) or KeepingPolicy(tier=tier) for tier in Tier.values}


def discount_limits() -> dict[str, DiscountLimit]:
    """By role; nothing may be given where nothing is set."""
    stored = {limit.role: limit for limit in DiscountLimit.objects.all()}
    asked = [role for role in Role.values if role not in {Role.HEAD, Role.ADMIN, Role.SALES}]
    return {role: stored.get(role) or DiscountLimit(role=role) for role in asked}


def discount_authority(user: User) -> Decimal | None:
    """The highest limit of the person's roles; None is without a limit."""
    if leads(user):
        return None
    limits = DiscountLimit.objects.filter(role__in=user.roles).values_list("percent", flat=True)
    return max(limits, default=Decimal(0))

"""What the head decides once: terms of each tier, and how much of a discount a role gives on its own."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.errors import ConflictError, ForbiddenError
from core.wakeup import wake
from retention.models import DiscountLimit, KeepingPolicy, RenewalWatch
from retention.permissions import may_decide_keeping
from staff.models import User

#: Earlier than any day: the sweep looks at the contract on its next run.
AT_ONCE = "2000-01-01"


@transaction.atomic
def change_keeping_policy(*, tier: str, values: Mapping[str, Any], expected_version: int, actor: User) -> KeepingPolicy:
    """Every contract that waits for its day is looked at anew: it may be due to open under the new terms."""
    _check(actor)
    KeepingPolicy.objects.get_or_create(tier=tier)
    rows = KeepingPolicy.objects.filter(tier=tier, version=expected_version)
    if not rows.update(**values, version=F("version") + 1):
        raise _changed()
    RenewalWatch.objects.filter(contract__client__tier=tier).update(look_on=AT_ONCE)
    wake("retention.open_renewals")
    return KeepingPolicy.objects.get(tier=tier)


@transaction.atomic
def change_limit(*, role: str, percent: Decimal, expected_version: int, actor: User) -> DiscountLimit:
    _check(actor)
    DiscountLimit.objects.get_or_create(role=role)
    rows = DiscountLimit.objects.filter(role=role, version=expected_version)
    if not rows.update(percent=percent, version=F("version") + 1):
        raise _changed()
    return DiscountLimit.objects.get(role=role)


def _check(actor: User) -> None:
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head or an administrator changes these terms."))


def _changed() -> ConflictError:
    return ConflictError(_("Somebody else has changed these terms. Look at them again before you save."))

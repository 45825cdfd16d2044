"""What the head decides once: terms of each tier, and how much of a discount a role gives on its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.concurrency import decide, plain, update_versioned, write_edit
from core.errors import ForbiddenError
from core.wakeup import wake
from retention.models import DiscountLimit, KeepingPolicy, RenewalWatch
from retention.permissions import may_decide_keeping
from staff.models import User

#: Earlier than any day: the sweep looks at the contract on its next run.
AT_ONCE = "2000-01-01"


@transaction.atomic
def change_keeping_policy(
    *, tier: str, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User
) -> KeepingPolicy:
    """Every contract that waits for its day is looked at anew: it may be due to open under the new terms."""
    _check(actor)
    policy = KeepingPolicy.objects.select_for_update().get_or_create(tier=tier)[0]
    theirs = _shown({name: getattr(policy, name) for name in mine})
    changed = decide(theirs=theirs, original=original, mine=_shown(mine))
    if not changed:
        return policy
    for name in changed:
        setattr(policy, name, mine[name])
    update_versioned(policy, fields=changed, expected_version=policy.version)
    RenewalWatch.objects.filter(contract__client__tier=tier).update(look_on=AT_ONCE)
    wake("retention.open_renewals")
    return policy


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: days_text(value) if name == "touch_days" else plain(value) for name, value in values.items()}


def days_text(days: Iterable[int]) -> str:
    """As the form shows them and carries them along."""
    return ", ".join(map(str, days))


@transaction.atomic
def change_limit(*, role: str, original: Mapping[str, Any], percent: Decimal, actor: User) -> DiscountLimit:
    _check(actor)
    limit = DiscountLimit.objects.select_for_update().get_or_create(role=role)[0]
    write_edit(limit, original=original, mine={"percent": percent})
    return limit


def _check(actor: User) -> None:
    if not may_decide_keeping(actor):
        raise ForbiddenError(_("Only the head or an administrator changes these terms."))

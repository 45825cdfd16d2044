from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.concurrency import write_edit
from core.errors import ForbiddenError
from staff.models import User
from staff.permissions import leads
from work.models import TouchPolicy


@transaction.atomic
def change_policy(*, tier: str, original: Mapping[str, Any], mine: Mapping[str, Any], actor: User) -> TouchPolicy:
    """New windows hold for what is planned from now on; what is planned already keeps its days."""
    if not leads(actor):
        raise ForbiddenError(_("Only the head or an administrator changes the windows."))
    policy = TouchPolicy.objects.select_for_update().get_or_create(tier=tier)[0]
    write_edit(policy, original=original, mine=mine)
    return policy

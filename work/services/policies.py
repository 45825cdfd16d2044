from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.errors import ConflictError, ForbiddenError
from staff.models import User
from staff.permissions import leads
from work.models import TouchPolicy


def change_policy(*, tier: str, values: Mapping[str, Any], expected_version: int, actor: User) -> TouchPolicy:
    """New windows hold for what is planned from now on; what is planned already keeps its days."""
    if not leads(actor):
        raise ForbiddenError(_("Only the head or an administrator changes the windows."))
    TouchPolicy.objects.get_or_create(tier=tier)
    changed = TouchPolicy.objects.filter(tier=tier, version=expected_version).update(**values, version=F("version") + 1)
    if not changed:
        raise ConflictError(_("Somebody else has changed these windows. Look at them again before you save."))
    return TouchPolicy.objects.get(tier=tier)

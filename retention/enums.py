from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DueStatus(models.TextChoices):
    """What became of a contract that ended."""

    REPLACED = "replaced", _("replaced mid-term")
    RENEWED = "renewed", _("renewed early or on time")
    LATE = "late", _("renewed late")
    PENDING = "pending", _("not decided yet")
    REFUSED = "refused", _("refused")

    @property
    def is_renewed(self) -> bool:
        return self in {DueStatus.RENEWED, DueStatus.LATE}

    @property
    def is_decided(self) -> bool:
        return self.is_renewed or self is DueStatus.REFUSED

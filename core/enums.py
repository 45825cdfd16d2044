from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tier(models.TextChoices):
    """How much care a client's value calls for; windows and norms are set per tier."""

    A = "A", _("A")
    B = "B", _("B")
    C = "C", _("C")


#: ``Tier.values`` puts them together each time it is asked for.
TIERS: tuple[str, ...] = tuple(Tier.values)


class AddressForm(models.TextChoices):
    """«ты» or «вы»: how the person wants to be addressed."""

    VY = "vy", _("formal (вы)")
    TY = "ty", _("informal (ты)")

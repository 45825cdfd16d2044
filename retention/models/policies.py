"""What the head decides once: when a renewal begins, who counts as silent, how much a role may give."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.enums import Tier
from core.models import Versioned
from staff.enums import Role

PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


def usual_touch_days() -> list[int]:
    return [90, 60, 30]


@pghistory.track()
class KeepingPolicy(Versioned):
    """Terms of keeping the clients of one tier, in calendar days."""

    tier = models.CharField(max_length=1, choices=Tier.choices, primary_key=True)
    open_days = models.PositiveSmallIntegerField(_("renewal opens before the end, days"), default=120)
    decide_days = models.PositiveSmallIntegerField(_("from this day on a plain opinion is due"), default=30)
    touch_days = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("touches before the end, days"),
        default=usual_touch_days,
        blank=True,
    )
    silence_factor = models.DecimalField(
        _("silent after … of the client's own median gaps between orders"),
        max_digits=4,
        decimal_places=2,
        default=Decimal(2),
        validators=[MinValueValidator(Decimal(1))],
    )
    contact_days = models.PositiveSmallIntegerField(_("nobody has been in touch for, days"), default=30)
    cost_plan = models.DecimalField(
        _("planned cost to serve a client, a month"), max_digits=14, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("keeping policy")
        ordering = ["tier"]
        constraints = [
            models.CheckConstraint(condition=Q(decide_days__lte=F("open_days")), name="keeping_decides_after_opening"),
            models.CheckConstraint(condition=Q(silence_factor__gte=1), name="keeping_silence_factor_at_least_one"),
            models.CheckConstraint(
                condition=Q(cost_plan__isnull=True) | Q(cost_plan__gte=0), name="keeping_cost_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.tier


@pghistory.track()
class DiscountLimit(Versioned):
    """How much of a discount a role gives on its own; above it the head decides. The head has no limit."""

    role = models.CharField(max_length=16, choices=Role.choices, primary_key=True)
    percent = models.DecimalField(
        _("discount up to, %"), max_digits=5, decimal_places=2, default=Decimal(0), validators=PERCENT
    )

    class Meta:
        verbose_name = _("discount limit")
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="discount_limit_is_a_percentage")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.percent} %"

"""What managers are paid beyond their salary: rules by version, and statements that nobody changes once signed."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from staff.models import User


class BonusRules(TimeStamped):
    """Which figures pay what, from a month on. Never edited: another version takes its place."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    from_month = models.DateField(_("from the month"))
    base = models.DecimalField(_("base, ₽"), max_digits=12, decimal_places=2)
    lines = models.JSONField(default=list)  # reports.bonus.rules.Line
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("rules of bonuses")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(condition=Q(from_month__day=1), name="bonus_rules_from_a_month"),
            models.CheckConstraint(condition=Q(base__gte=0), name="bonus_base_not_negative"),
        ]
        triggers = [pgtrigger.Protect(name="bonus_rules_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"v{self.version}"


class BonusStatement(TimeStamped):
    """A manager's bonus of one month, with everything it was made of, as seen at ``as_of``."""

    manager = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bonus_statements")
    month = models.DateField(_("month"))
    rules = models.ForeignKey(BonusRules, on_delete=models.PROTECT, related_name="statements")
    as_of = models.DateTimeField(_("as of"))
    lines = models.JSONField(default=list)  # reports.bonus.rules.Earned
    total = models.DecimalField(_("bonus"), max_digits=12, decimal_places=2)
    digest = models.CharField(max_length=64)  # of all of the above
    computed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("bonus statement")
        ordering = ["-month", "manager"]
        constraints = [
            models.UniqueConstraint(fields=["manager", "month"], name="bonus_statement_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="bonus_statement_of_a_month"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="bonus_signed_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["month"], name="bonus_statement_of_month")]
        triggers = [
            pgtrigger.Protect(
                name="bonus_signed_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.manager_id} {self.month:%Y-%m}"

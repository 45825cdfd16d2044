"""What people keep beside the figures: filters under a name, and alerts until somebody has seen them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped
from reports.enums import AlertKind, ViewPage
from staff.models import User


class SavedView(TimeStamped):
    """The question of a page under a name: its owner's own, or on everybody's tabs."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(_("page"), max_length=16, choices=ViewPage.choices)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("question"), max_length=1000, blank=True)  # as in the address, without the mark
    shared = models.BooleanField(_("for everybody"), default=False)

    class Meta:
        verbose_name = _("saved view")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class FigureAlert(models.Model):
    """A figure of a month outside its corridor, or a manager's scores below his own weeks before. Once each."""

    kind = models.CharField(_("kind"), max_length=12, choices=AlertKind.choices)
    metric = models.CharField(_("figure"), max_length=40)
    month = models.DateField(_("month"))
    manager = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    value = models.FloatField(_("value"))
    limit = models.FloatField(_("limit"))
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("alert of a figure")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "metric", "manager", "month"], nulls_distinct=False, name="figure_alert_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="figure_alert_of_a_month"),
            models.CheckConstraint(
                condition=Q(seen_at__isnull=True) | Q(seen_by__isnull=False), name="figure_alert_seen_by_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], condition=Q(seen_at__isnull=True), name="figure_alert_unseen"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.month:%Y-%m}"

"""What figures are held against: targets, corridors, what happened when, and rates from before the system."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped, Versioned
from retention.enums import AnnotationKind
from staff.models import User


@pghistory.track()
class Target(TimeStamped, Versioned):
    """The plan of one figure: standing, or of one month; of the department, or of one manager."""

    metric = models.CharField(_("figure"), max_length=40)
    manager = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="targets")
    month = models.DateField(_("month"), null=True, blank=True)  # first day; a standing target has none
    value = models.DecimalField(_("target"), max_digits=18, decimal_places=4)  # shares as 0–1, as figures tell them

    class Meta:
        verbose_name = _("target")
        ordering = ["metric", "month"]
        constraints = [
            models.UniqueConstraint(fields=["metric", "manager", "month"], nulls_distinct=False, name="target_once"),
            models.CheckConstraint(condition=Q(month__isnull=True) | Q(month__day=1), name="target_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.value}"


@pghistory.track()
class Corridor(TimeStamped, Versioned):
    """Between which values a figure is left alone; outside of them the head is told."""

    metric = models.CharField(_("figure"), max_length=40, unique=True)
    low = models.DecimalField(_("not below"), max_digits=18, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(_("not above"), max_digits=18, decimal_places=4, null=True, blank=True)

    class Meta:
        verbose_name = _("corridor")
        ordering = ["metric"]
        constraints = [
            models.CheckConstraint(condition=Q(low__isnull=False) | Q(high__isnull=False), name="corridor_has_a_side"),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lt=F("high")), name="corridor_ordered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.low}–{self.high}"


@pghistory.track()
class Annotation(TimeStamped, Versioned):
    """Something that happened on a day and that explains a turn of a chart."""

    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=16, choices=AnnotationKind.choices, default=AnnotationKind.OTHER)
    text = models.CharField(_("what happened"), max_length=200)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        verbose_name = _("annotation")
        ordering = ["day", "id"]

    def __str__(self) -> str:
        return self.text


@pghistory.track()
class HistoricalRate(TimeStamped):
    """A figure of a month before this system, as the company told it; shown beside and never mixed in."""

    metric = models.CharField(_("figure"), max_length=40)
    month = models.DateField(_("month"))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=6)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("historical rate")
        ordering = ["metric", "month"]
        constraints = [
            models.UniqueConstraint(fields=["metric", "month"], name="historical_rate_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="historical_rate_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.month}"

"""Who looks after a client."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from clients.enums import (
    AssignmentReason,
    AssignmentState,
)
from clients.models.base import audited
from clients.models.clients import Client
from staff.models import User


@audited()
class Assignment(models.Model):
    """Who owns the relation and since when; the open one is today's owner."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="assignments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=16, choices=AssignmentState.choices, default=AssignmentState.ACTIVE)
    reason = models.CharField(max_length=16, choices=AssignmentReason.choices)
    note = models.CharField(max_length=300, blank=True)
    to_distribute = models.BooleanField(default=False)  # the head holds it only until somebody is found
    started_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("owner")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(ended_at__isnull=True), name="assignment_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="assignment_ordered"
            ),
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(ended_at__isnull=True), name="assignment_open_of_user"),
            models.Index(fields=["started_at"], name="assignment_by_day"),
            models.Index(
                fields=["started_at", "id"],
                condition=Q(ended_at__isnull=True, to_distribute=True),
                name="assignment_to_distribute",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} → {self.user_id}"

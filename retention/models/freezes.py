"""A project that stands still: not lost, and in danger."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from clients.enums import Source
from clients.models import Client, Contract, audited
from core.models import TimeStamped, Versioned, new_external_id
from retention.enums import FreezeOutcome, StopKind, StopReason
from staff.models import User


@audited()
class Freeze(TimeStamped, Versioned):
    """Opened by a stop event; ends when the client resumes or leaves for good. Frozen clients are counted apart."""

    external_id = models.CharField(_("external id"), max_length=100, unique=True, default=new_external_id)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="freezes")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="freezes")
    kind = models.CharField(_("what happened"), max_length=20, choices=StopKind.choices, default=StopKind.FROZEN)
    stopped_on = models.DateField(_("stopped on"))
    reason = models.CharField(_("reason"), max_length=16, choices=StopReason.choices, default=StopReason.UNKNOWN)
    words = models.TextField(_("in the client's words"), blank=True)
    expected_end = models.DateField(_("expected to resume on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=FreezeOutcome.choices, blank=True)
    ended_on = models.DateField(_("resumed or left on"), null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    told_at = models.DateTimeField(default=now, editable=False)  # the call is due on the day we heard of it
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.MANUAL, editable=False)
    request_digest = models.CharField(max_length=64, blank=True, editable=False)  # of the API request that made it

    class Meta:
        verbose_name = _("freeze")
        ordering = ["-stopped_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", ended_on__isnull=True) | (~Q(outcome="") & Q(ended_on__isnull=False)),
                name="freeze_ended_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("stopped_on")), name="freeze_ordered"
            ),
            models.UniqueConstraint(fields=["client"], condition=Q(outcome=""), name="freeze_one_open_per_client"),
        ]
        indexes = [
            models.Index(fields=["stopped_on", "id"], condition=Q(outcome=""), name="freeze_open"),
            models.Index(fields=["client", "stopped_on"], name="freeze_of_client"),
            models.Index(fields=["-stopped_on", "-id"], name="freeze_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.stopped_on}"

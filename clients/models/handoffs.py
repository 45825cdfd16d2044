"""From sales to the department, and back for a new project."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from clients.enums import (
    HandoffStatus,
    Pain,
    ReturnReason,
)
from clients.models.clients import Client
from clients.models.deals import Contract
from clients.models.files import StoredFile
from core.models import TimeStamped, Versioned, new_external_id
from staff.models import User


@pghistory.track(exclude=["draft", "answer"])
class Handoff(TimeStamped, Versioned):
    """Sales gives a signed client away completely: what was promised, on which terms, to reach what."""

    source = models.CharField(max_length=64, default="form")
    external_id = models.CharField(max_length=100, default=new_external_id)
    request_digest = models.CharField(max_length=64, blank=True, editable=False)
    status = models.CharField(_("status"), max_length=16, choices=HandoffStatus.choices, default=HandoffStatus.DRAFT)
    salesperson = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="handoffs", verbose_name=_("salesperson")
    )
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="handoffs")
    contract = models.OneToOneField(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="handoff")
    signed_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    goal = models.TextField(_("client's goal"), blank=True)
    promises = models.TextField(_("promises made"), blank=True)
    terms = models.TextField(_("terms"), blank=True)
    pains = ArrayField(
        models.CharField(max_length=16, choices=Pain.choices), default=list, blank=True, verbose_name=_("pains")
    )
    proposed_owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="proposed_handoffs"
    )
    offered_at = models.DateTimeField(null=True, blank=True)
    accept_by = models.DateTimeField(null=True, blank=True)
    overdue_at = models.DateTimeField(null=True, blank=True)  # when the head took it over
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.CharField(_("reason"), max_length=16, choices=ReturnReason.choices, blank=True)
    return_comment = models.TextField(_("comment"), blank=True)
    draft = models.JSONField(default=dict, blank=True)  # what sales filled in, kept until it is accepted
    answer = models.JSONField(default=dict, blank=True, editable=False)  # what the API said, for a retry

    class Meta:
        verbose_name = _("hand-off")
        verbose_name_plural = _("hand-offs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="handoff_once_per_source"),
            models.CheckConstraint(
                condition=Q(status=HandoffStatus.DRAFT)
                | Q(
                    client__isnull=False, contract__isnull=False, proposed_owner__isnull=False, offered_at__isnull=False
                ),
                name="handoff_given_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoffStatus.ACCEPTED) | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="handoff_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoffStatus.RETURNED) | (Q(returned_at__isnull=False) & ~Q(return_reason="")),
                name="handoff_returned_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["accept_by"], condition=Q(status=HandoffStatus.OFFERED), name="handoff_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"

    @property
    def draft_name(self) -> str:
        """What a draft calls its client so far."""
        form = self.draft.get("form", {})
        return str((form.get("client-name") or [""])[0])


class SalesRequest(TimeStamped):
    """The client wants a new project: sales are asked back in and answer by a hand-off or dismiss it."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="sales_requests")
    salesperson = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="sales_requests", verbose_name=_("salesperson")
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=now)
    text = models.TextField(_("what the client wants"))
    handoff = models.ForeignKey(
        Handoff, on_delete=models.PROTECT, null=True, blank=True, related_name="answered_requests"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    dismissed_because = models.TextField(_("why not"), blank=True)

    class Meta:
        verbose_name = _("request to sales")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(handoff__isnull=False) | ~Q(dismissed_because=""),
                name="sales_request_closed_by_something",
            ),
        ]
        indexes = [
            models.Index(fields=["salesperson"], condition=Q(closed_at__isnull=True), name="sales_request_open"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} → {self.salesperson_id}"

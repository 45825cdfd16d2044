"""Everything that leaves the house goes through the outbox."""

from __future__ import annotations

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from gateways.enums import Decision, MessageClass, MessageState


class OutboxMessage(models.Model):
    """One letter. Written in the transaction of the service that wants it sent, delivered by a worker.

    ``key`` names the reason ("welcome:handoff:12"): the same reason never gives a second letter.
    """

    key = models.CharField(max_length=120, unique=True)
    message_class = models.CharField(max_length=16, choices=MessageClass.choices, default=MessageClass.SERVICE)
    state = models.CharField(max_length=16, choices=MessageState.choices, default=MessageState.QUEUED)
    to_address = models.EmailField(_("to"))
    to_name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    message_id = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=now)
    send_after = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True)  # pointless afterwards
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, blank=True)
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_locally = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    decision = models.CharField(max_length=16, choices=Decision.choices, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)  # a name: this room knows no people
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("letter")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=MessageState.SENT) | models.Q(sent_at__isnull=False),
                name="letter_sent_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="") | models.Q(decided_at__isnull=False), name="letter_decision_has_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["send_after", "id"], condition=models.Q(state=MessageState.QUEUED), name="outbox_queued"
            ),
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(state__in=[MessageState.CLAIMED, MessageState.SENDING]),
                name="outbox_claimed",
            ),
            models.Index(fields=["state", "-id"], name="outbox_by_state"),
        ]

    def __str__(self) -> str:
        return self.key

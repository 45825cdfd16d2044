"""Clients who ask for attention without a word: an order that fell through, no order or no contact for long."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Order
from retention.enums import AttentionKind
from staff.models import User
from work.models import Touch


class Attention(models.Model):
    """Derived by the sweep from orders and contacts, one row per reason; gone when the reason is gone."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="attention")
    kind = models.CharField(_("kind"), max_length=16, choices=AttentionKind.choices)
    rule = models.CharField(max_length=120)  # key of its touch: "silence:client:7:512"
    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True, related_name="+")  # failed, or the last one
    since = models.DateField(_("since"))  # failed, last ordered or last contacted on that day
    norm_days = models.PositiveIntegerField(_("norm, days"), null=True)  # a failed order has none
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=2, default=0)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    touch = models.ForeignKey(Touch, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    planned_on = models.DateField(null=True)  # when the sweep planned that touch for this row

    class Meta:
        verbose_name = _("client that needs attention")
        ordering = ["-value", "-id"]
        constraints = [models.UniqueConstraint(fields=["rule"], name="attention_once")]
        indexes = [
            models.Index(fields=["-value", "-id"], name="attention_by_value"),
            models.Index(fields=["since", "id"], name="attention_by_age"),
            models.Index(fields=["owner", "-value", "id"], condition=Q(touch__isnull=True), name="attention_unplanned"),
            models.Index(
                fields=["owner", "planned_on"], condition=Q(planned_on__isnull=False), name="attention_planned_that_day"
            ),
            models.Index(fields=["touch"], condition=Q(touch__isnull=False), name="attention_of_touch"),
        ]

    def __str__(self) -> str:
        return self.rule


class AttentionWatch(models.Model):
    """On which day a client is looked at next: what the sweep reads instead of every client.

    Triggers add a row of ``AT_ONCE`` in the transaction of a change and never wait for anybody; the sweep takes rows
    away and leaves one for the day on which time alone changes something. Many rows of one client do no harm.
    """

    client_id = models.BigIntegerField()
    look_on = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["look_on", "id"], name="attention_watch_by_day"),
            models.Index(fields=["client_id"], name="attention_watch_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.look_on}"

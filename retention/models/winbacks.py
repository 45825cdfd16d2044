"""Clients who lost their trust, or left: brought back on purpose, and never counted as renewals."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contract, Order, audited
from core.models import TimeStamped, Versioned
from retention.enums import WinBackOutcome, WinBackSegment, WinBackStage
from retention.models.refusals import RefusalReason
from staff.models import User


@audited()
class TrustCampaign(TimeStamped, Versioned):
    """«Вернуть доверие»: which segments are approached, since when and by when, with a common offer."""

    name = models.CharField(_("name"), max_length=200)
    segments = ArrayField(
        models.CharField(max_length=16, choices=WinBackSegment.choices), verbose_name=_("segments"), default=list
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    offer = models.TextField(_("offer"), blank=True)
    goal = models.PositiveSmallIntegerField(_("goal: clients won back"), null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("trust recovery campaign")
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="trust_campaign_ordered"),
            models.CheckConstraint(condition=~Q(segments=[]), name="trust_campaign_has_a_segment"),
        ]

    def __str__(self) -> str:
        return self.name


#: On a board whoever has no next step comes first.
_NEED = F("next_step_on").asc(nulls_first=True)


@audited()
class WinBack(TimeStamped, Versioned):
    """One attempt to bring a client back; won by a new contract or a new order, whose dates the figures read."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="win_backs")
    campaign = models.ForeignKey(
        TrustCampaign, on_delete=models.PROTECT, null=True, blank=True, related_name="win_backs"
    )
    segment = models.CharField(_("segment"), max_length=16, choices=WinBackSegment.choices)
    stage = models.CharField(_("stage"), max_length=16, choices=WinBackStage.choices, default=WinBackStage.NEW)
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="win_backs", verbose_name=_("assignee"))
    opened_on = models.DateField(_("since"))
    offer = models.TextField(_("offer"), blank=True)
    next_step_on = models.DateField(_("next step"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=WinBackOutcome.choices, blank=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lost_reason = models.ForeignKey(RefusalReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(_("note"), blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("win-back")
        ordering = ["-opened_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(outcome=""), name="win_back_one_open_per_client"),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True) | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="win_back_closed_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=WinBackOutcome.LOST) | Q(lost_reason__isnull=False),
                name="win_back_lost_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["assignee", "opened_on"], condition=Q(outcome=""), name="win_back_open_of_assignee"),
            models.Index(fields=["campaign", "stage"], name="win_back_of_campaign"),
            models.Index(fields=["-opened_on", "-id"], condition=Q(outcome=""), name="win_back_open_by_day"),
            models.Index("stage", _NEED, "id", condition=Q(outcome=""), name="win_back_board"),
            models.Index("campaign", "stage", _NEED, "id", condition=Q(outcome=""), name="win_back_board_of_campaign"),
            models.Index(fields=["-closed_at", "-id"], condition=Q(outcome=WinBackOutcome.WON), name="win_back_won"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.segment}"

"""What boards and pages add up, kept beside the rows: they take their sums from here and not from every row."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models

from retention.enums import RenewalStage, WinBackOutcome, WinBackStage
from retention.models.refusals import RefusalReason

EVERYBODY = 0
EVER = date.max  # no month: no period of months holds it


class RenewalTally(models.Model):
    """Open renewals of one due day and stage: all of them (dim empty), those of one manager, tier, signal or opinion, or
    those that share two of these (``tier+signal``).

    Days among ``TallyMark`` are counted from the renewals themselves until the sweep has counted them anew.
    """

    dim = models.CharField(max_length=20)
    key = models.CharField(max_length=40)
    due_on = models.DateField()
    stage = models.CharField(max_length=16, choices=RenewalStage.choices)
    number = models.IntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    monthly = models.DecimalField(max_digits=20, decimal_places=2)
    firsts = ArrayField(models.BigIntegerField(), default=list)  # the renewals that a column of a board may show
    dearest = ArrayField(models.BigIntegerField(), default=list)  # those that a day of the calendar may show

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dim", "key", "due_on", "stage"], name="renewal_tally_once")]

    def __str__(self) -> str:
        return f"{self.due_on} {self.stage} {self.dim} {self.key}"


class TallyMark(models.Model):
    """A day on which something was written about an open renewal. Written by triggers, many per day."""

    due_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["due_on"], name="tally_mark_by_day")]

    def __str__(self) -> str:
        return f"{self.due_on}"


class ReasonTally(models.Model):
    """A number of refusals, and their monthly value, to be added to the others of the same cell.

    A refusal counts in four cells: of everybody and of its owner, of all time and of its month. Triggers write what a
    statement changes, the sweep adds it up; together the rows of a cell say at any moment how many refusals it has.
    """

    owner_id = models.BigIntegerField()  # of the day of refusal, or EVERYBODY
    month = models.DateField()  # its first day, or EVER
    stated_reason = models.ForeignKey(
        RefusalReason, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    established_reason = models.ForeignKey(
        RefusalReason, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    withdrawn = models.BooleanField()
    number = models.IntegerField()
    monthly_value = models.DecimalField(max_digits=20, decimal_places=2)
    fresh = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["owner_id", "month", "stated_reason"], name="reason_tally_of_owner"),
            models.Index(fields=["id"], condition=models.Q(fresh=True), name="reason_tally_fresh"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.month} {self.stated_reason_id} {self.established_reason_id}"


class CampaignTally(models.Model):
    """A number of a campaign's attempts, to be added to the others of the same stage and outcome. Kept likewise."""

    campaign_id = models.BigIntegerField()
    stage = models.CharField(max_length=16, choices=WinBackStage.choices)
    outcome = models.CharField(max_length=16, choices=WinBackOutcome.choices, blank=True)
    number = models.IntegerField()
    fresh = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["campaign_id", "stage", "outcome"], name="campaign_tally_of_campaign"),
            models.Index(fields=["id"], condition=models.Q(fresh=True), name="campaign_tally_fresh"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.stage} {self.outcome}"

"""How many open renewals there are, kept day by day: boards take their sums from here and not from every renewal."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from retention.enums import RenewalStage


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

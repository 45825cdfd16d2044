"""Who has left, who may be won back and who came back: derived from contracts, refusals, answers and complaints.

Kept by the sweep ``keep_leaving`` so that a page reads the rows it shows; everything can be thrown away and derived anew.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contract
from retention.enums import WinBackSegment
from retention.models.renewals import Renewal
from retention.models.winbacks import WinBack


class Candidate(models.Model):
    """A client in the segment of the strongest sign, with whatever the list is narrowed by."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="+")
    segment = models.CharField(_("segment"), max_length=16, choices=WinBackSegment.choices)
    since = models.DateField(_("since"))
    owner_id = models.BigIntegerField()
    tier = models.CharField(max_length=1)

    class Meta:
        indexes = [
            models.Index(fields=["-since", "-client"], name="candidate_by_age"),
            models.Index(fields=["segment", "-since", "-client"], name="candidate_of_segment"),
            models.Index(fields=["owner_id", "-since", "-client"], name="candidate_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.segment}"


class Return(models.Model):
    """By the dates: a contract had ended, the grace passed, and another one began. One for each end of a contract."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+", db_index=False)
    turn = models.SmallIntegerField()
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    left_on = models.DateField()
    back_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "turn"], name="return_once")]
        indexes = [models.Index(fields=["-back_on", "-id"], name="return_by_day")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.back_on}"


class Mismatch(models.Model):
    """An attempt recorded as won, and what it was won with says otherwise."""

    win_back = models.OneToOneField(WinBack, on_delete=models.CASCADE, primary_key=True, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    closed_at = models.DateTimeField()
    won_with = models.CharField(max_length=8, blank=True)  # "contract", "order", or nothing that is linked

    class Meta:
        indexes = [models.Index(fields=["-closed_at", "-win_back"], name="mismatch_by_day")]

    def __str__(self) -> str:
        return f"{self.win_back_id} {self.won_with}"


class Divergence(models.Model):
    """A renewal of whose end the contracts' dates say something else than was recorded."""

    renewal = models.OneToOneField(Renewal, on_delete=models.CASCADE, primary_key=True, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    due_on = models.DateField()
    said = models.CharField(max_length=16, blank=True)  # an outcome, or that nothing is decided yet
    found = models.ForeignKey(
        Contract, on_delete=models.CASCADE, null=True, related_name="+"
    )  # the next one by its dates

    class Meta:
        indexes = [models.Index(fields=["-due_on", "-renewal"], name="divergence_by_end")]

    def __str__(self) -> str:
        return f"{self.renewal_id} {self.said}"


class Unexplained(models.Model):
    """A contract with an end that nothing follows in time and for which no refusal is written down."""

    contract = models.OneToOneField(Contract, on_delete=models.CASCADE, primary_key=True, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    ended_on = models.DateField()  # the last covered day; it may lie ahead

    class Meta:
        indexes = [models.Index(fields=["-ended_on", "-contract"], name="unexplained_by_end")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.ended_on}"


class Tally(models.Model):
    """How many rows of a kept list share these values; triggers on the lists count along."""

    of = models.CharField(max_length=16)
    label = models.CharField(max_length=16)
    owner_id = models.BigIntegerField()
    tier = models.CharField(max_length=1, blank=True)
    number = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "label", "owner_id", "tier"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.of} {self.label} {self.number}"


class LeavingWatch(models.Model):
    """On which day a client is looked at next, as ``AttentionWatch``; whoever is looked at there comes here as well."""

    client_id = models.BigIntegerField()
    look_on = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["look_on", "id"], name="leaving_watch_by_day"),
            models.Index(fields=["client_id"], name="leaving_watch_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.look_on}"

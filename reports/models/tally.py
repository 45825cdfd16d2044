"""What people have in hand and what came of it, kept along with the rows: pages of managers read it from here."""

from __future__ import annotations

from django.db import models


class WorkTally(models.Model):
    """A number to be added to the others of the same person, day and label; together they say how many there are.

    Triggers write what a statement changes, the sweep adds it up. Nobody changes a row, so nobody waits for anybody,
    and whoever reads sees exactly what he would count. ``owned``: clients by tier; ``complaint``: open ones; both
    without a day. ``due``: contacts by the last day of their window and by what became of them. ``moved``: clients who
    came and left. ``spent``: contacts with known minutes (``amount``) by the day on which they were closed and purpose.
    ``saved``: stops by what became of them, the day of that and whoever had the client on the day of the stop.
    ``won``: attempts to win back by the day on which they ended. ``solved``: complaints by the day of their solution.
    ``score``: answers by scale, day and the manager of that moment, their scores (``amount``) in hundredths. ``counted``:
    the day on which everything was counted anew last, and in which zone.
    """

    of = models.CharField(max_length=10)
    label = models.CharField(max_length=64)
    day = models.DateField()
    person = models.BigIntegerField()
    number = models.IntegerField()
    amount = models.IntegerField()
    fresh = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["of", "label", "day", "person"], name="work_tally_by_day"),
            models.Index(fields=["id"], condition=models.Q(fresh=True), name="work_tally_fresh"),
        ]

    def __str__(self) -> str:
        return f"{self.of} {self.label} {self.day} {self.person}"


class OwnerChange(models.Model):
    """An assignment that took a client over from somebody else. Triggers keep them as assignments are written."""

    assignment_id = models.BigIntegerField()
    client_id = models.BigIntegerField()
    from_id = models.BigIntegerField()
    to_id = models.BigIntegerField()
    started_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["client_id"], name="owner_change_of_client"),
            models.Index(fields=["started_at"], name="owner_change_by_day"),
            models.Index(fields=["to_id", "started_at"], name="owner_change_came"),
            models.Index(fields=["from_id", "started_at"], name="owner_change_left"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.from_id} → {self.to_id}"

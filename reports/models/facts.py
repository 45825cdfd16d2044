"""Derived figures' tables: everything here can be thrown away and rebuilt from source rows with the same result."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F

# Trait, Run and Unit are written and read as sets, and swapped as whole tables. Their rows have no key of their own, so
# Django is told that ``client_id`` is one; numbers are kept with the digits that they have, whatever the field says.


class Trait(models.Model):
    """Whose a client was and what he was, from one day until another (the first that no longer counts)."""

    client_id = models.BigIntegerField(primary_key=True)
    from_day = models.DateField()
    until_day = models.DateField()
    manager_id = models.BigIntegerField(null=True)
    tier = models.CharField(max_length=1)
    industry_id = models.BigIntegerField(null=True)
    region_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["client_id", "from_day"], name="trait_of_client")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.from_day}"


class Run(models.Model):
    """Days on which a client is active with one monthly value; ``gap`` is the time without cover just before."""

    client_id = models.BigIntegerField(primary_key=True)
    from_day = models.DateField()
    until_day = models.DateField()
    covered = models.BooleanField()
    mv = models.DecimalField(max_digits=40, decimal_places=20)
    gap = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["client_id", "from_day"], name="run_of_client"),
            models.Index(fields=["from_day"], condition=models.Q(gap__gt=0), name="run_after_gap"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.from_day}"


class Unit(models.Model):
    """One countable thing of one client with the traits of its day; what n and a–e mean stands with its kind."""

    client_id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=8)
    at = models.DateField()
    manager_id = models.BigIntegerField(null=True)
    tier = models.CharField(max_length=1)
    industry_id = models.BigIntegerField(null=True)
    region_id = models.BigIntegerField(null=True)
    n = models.DecimalField(max_digits=40, decimal_places=20)
    a = models.DecimalField(max_digits=40, decimal_places=20)
    b = models.DecimalField(max_digits=40, decimal_places=20)
    c = models.DecimalField(max_digits=40, decimal_places=20)
    d = models.DecimalField(max_digits=40, decimal_places=20)
    e = models.DecimalField(max_digits=40, decimal_places=20)

    class Meta:
        indexes = [
            models.Index(fields=["client_id", "kind"], name="unit_of_client"),
            models.Index(fields=["kind", "at"], name="unit_by_kind"),
            models.Index(
                F("at"), F("e"), F("d").desc(), F("client_id"), condition=models.Q(kind="served"), name="unit_dearest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.kind} {self.at}"


class Cube(models.Model):
    """One sum of one month: over everybody (dim empty), or over one manager, tier, industry or region.

    What tells how far clients lie apart stands under a dim of its own, with ``reports.spreads.APART`` in front.
    """

    dim = models.CharField(max_length=9)
    key = models.CharField(max_length=20)
    month = models.DateField()
    name = models.CharField(max_length=24)
    value = models.DecimalField(max_digits=45, decimal_places=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dim", "key", "month", "name"], name="cube_once")]

    def __str__(self) -> str:
        return f"{self.month} {self.dim} {self.key} {self.name}"


class Heap(models.Model):
    """How many orders of a month lie in each heap of values: of everybody (dim empty) or of one manager's clients, where
    the cube holds the median of that month.
    """

    dim = models.CharField(max_length=9)
    key = models.CharField(max_length=20)
    month = models.DateField()
    heaps = ArrayField(models.IntegerField())
    numbers = ArrayField(models.IntegerField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dim", "key", "month"], name="heap_once")]

    def __str__(self) -> str:
        return f"{self.dim} {self.key} {self.month}"


class Overlap(models.Model):
    """What ``month`` takes off or adds where a period holds the month ``back`` months before it as well; what becomes of
    those on whose eve the period begins (``kept`` and on) where it begins by then.
    """

    dim = models.CharField(max_length=8)
    key = models.CharField(max_length=20)
    month = models.DateField()
    back = models.SmallIntegerField()
    buyers = models.IntegerField()
    repeaters = models.IntegerField()
    nps = models.IntegerField()
    promoters = models.IntegerField()
    detractors = models.IntegerField()
    kept = models.IntegerField()
    mv_min = models.DecimalField(max_digits=45, decimal_places=20)
    mv1 = models.DecimalField(max_digits=45, decimal_places=20)
    reactivated = models.DecimalField(max_digits=45, decimal_places=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dim", "key", "month", "back"], name="overlap_once")]

    def __str__(self) -> str:
        return f"{self.dim} {self.key} {self.month} {self.back}"


class Cohort(models.Model):
    """Newcomers of the month ``first``, of everybody (dim empty), of one manager or of one tier, and a month that is over:
    how many buyers were there in it; of contracts, by how many more were there than in the month before. It may be nought.
    """

    basis = models.CharField(max_length=9)
    dim = models.CharField(max_length=7)
    key = models.CharField(max_length=20)
    first = models.DateField()
    month = models.DateField()
    number = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["basis", "dim", "key", "first", "month"], name="cohort_once")]

    def __str__(self) -> str:
        return f"{self.basis} {self.dim} {self.key} {self.first} {self.month}"


class Brought(models.Model):
    """What a client has brought to date, and who he is today: his unit, in an order that ``less`` gives with the key. It is
    the money with its sign turned, so that one index leads from who brought most downwards and back.
    """

    client_id = models.BigIntegerField(primary_key=True)
    manager_id = models.BigIntegerField(null=True)
    tier = models.CharField(max_length=1)
    industry_id = models.BigIntegerField(null=True)
    region_id = models.BigIntegerField(null=True)
    less = models.DecimalField(max_digits=45, decimal_places=20)
    margin = models.DecimalField(max_digits=45, decimal_places=20)
    orders = models.BigIntegerField()  # whose cost is known

    class Meta:
        indexes = [
            models.Index(fields=["less", "client_id"], name="brought_most"),
            models.Index(fields=["manager_id", "less", "client_id"], name="brought_by_manager"),
            models.Index(fields=["industry_id", "less", "client_id"], name="brought_by_industry"),
            models.Index(fields=["region_id", "less", "client_id"], name="brought_by_region"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {-self.less}"


class BroughtSum(models.Model):
    """Of everybody (dim empty), or of one manager, tier, industry, region or book: who is the last of a segment of those
    who brought most, and the sums of all down to him. All of them together stand under C, of which nobody is the last.
    """

    dim = models.CharField(max_length=9)
    key = models.CharField(max_length=20)
    segment = models.CharField(max_length=1)
    last_less = models.DecimalField(max_digits=45, decimal_places=20, null=True)
    last_client = models.BigIntegerField(null=True)
    clients = models.BigIntegerField()
    money = models.DecimalField(max_digits=45, decimal_places=20)
    margin = models.DecimalField(max_digits=45, decimal_places=20)
    orders = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dim", "key", "segment"], name="brought_sum_once")]

    def __str__(self) -> str:
        return f"{self.dim} {self.key} {self.segment}"


class DirtyClient(models.Model):
    """A client whose source rows changed since his facts were derived. Written by triggers, many per client.

    ``source`` names the table where that is the only one whose rows changed: what comes of others stands as it is.
    """

    client_id = models.BigIntegerField()
    source = models.CharField(max_length=32, blank=True, db_default="")

    def __str__(self) -> str:
        return str(self.client_id)


class FactState(models.Model):
    """For which day and under which norms the facts were derived: they answer for no other."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    day = models.DateField()
    grace = models.IntegerField()
    early = models.IntegerField()
    active = models.IntegerField()
    regular_orders = models.IntegerField()
    regular_days = models.IntegerField()
    zone = models.CharField(max_length=64)
    built_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="fact_state_is_one_row")]

    def __str__(self) -> str:
        return f"{self.day}"

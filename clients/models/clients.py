"""The client, what it is found by, what the list is sorted by, which segment it was in when."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from clients.enums import (
    ClientKind,
    Source,
)
from clients.models.base import audited, sort_key
from clients.models.catalogue import Industry, Region
from core.enums import Tier
from core.models import TimeStamped, Versioned, new_external_id
from staff.models import User


@audited(exclude=["sort_key"])
class Client(TimeStamped, Versioned):
    """A buyer of any kind. A branch is a client of its own with a parent."""

    external_id = models.CharField(_("external id"), max_length=100, unique=True, default=new_external_id)
    name = models.CharField(_("name"), max_length=300)
    kind = models.CharField(_("kind"), max_length=16, choices=ClientKind.choices, default=ClientKind.LEGAL)
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    kpp = models.CharField(_("KPP"), max_length=9, blank=True)
    tier = models.CharField(_("tier"), max_length=1, choices=Tier.choices, default=Tier.B)
    industry = models.ForeignKey(
        Industry, on_delete=models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("industry")
    )
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, null=True, blank=True, related_name="clients", verbose_name=_("region")
    )
    timezone = models.CharField(_("time zone"), max_length=64, default=settings.TIME_ZONE)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="branches",
        verbose_name=_("parent company"),
    )
    created_on = models.DateField(_("client since"), default=localdate)
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.MANUAL, editable=False)
    possible_duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    sort_key = models.GeneratedField(expression=sort_key("name"), output_field=models.TextField(), db_persist=True)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="client_not_own_parent"),
            models.CheckConstraint(condition=~Q(name=""), name="client_has_name"),
        ]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="client_by_name"),
            models.Index(
                fields=["sort_key", "id"], condition=Q(archived_at__isnull=True), name="client_active_by_name"
            ),
            # Counting somebody's clients asks of each whether it is archived: answered without reading the rows.
            models.Index(fields=["id"], condition=Q(archived_at__isnull=True), name="client_active"),
            models.Index(fields=["inn"], condition=~Q(inn=""), name="client_by_inn"),
        ]

    def __str__(self) -> str:
        return self.name


class ClientSearch(models.Model):
    """What a client is found by: name, ИНН, contacts' names, phones and e-mails. Kept by triggers."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="search")
    document = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["document"], name="client_search_document")]

    def __str__(self) -> str:
        return str(self.client_id)


class ClientWord(models.Model):
    """Each lexeme of each search document, in the order of its bytes: of whatever a word begins, the first few are read
    and no more. Kept by triggers on the documents, which also delete it, and written by nothing else.
    """

    pk = models.CompositePrimaryKey("word", "client")
    word = models.TextField(db_collation="C")
    client = models.ForeignKey(
        Client, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )

    def __str__(self) -> str:
        return f"{self.client_id} {self.word}"


#: Stand for "no order yet", "no contract yet" and "open-ended" where the list is sorted by them.
NO_ORDER = datetime(1900, 1, 1, tzinfo=UTC)


NO_CONTRACT = date(1900, 1, 1)


OPEN_ENDED = date(9999, 12, 31)


class ClientStanding(models.Model):
    """What the list is sorted by, one row per client. Kept by triggers on assignments, orders and contracts."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    owner_key = models.TextField(default="")
    name_key = models.TextField(default="")
    last_order_at = models.DateTimeField(default=NO_ORDER)
    contract_ends = models.DateField(default=NO_CONTRACT)
    to_distribute = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "name_key", "client"], name="standing_of_owner"),
            models.Index(fields=["owner_key", "client"], name="standing_by_owner"),
            models.Index(fields=["last_order_at", "client"], name="standing_by_order"),
            models.Index(fields=["contract_ends", "client"], name="standing_by_contract"),
            models.Index(fields=["client"], condition=Q(to_distribute=True), name="standing_to_distribute"),
        ]

    def __str__(self) -> str:
        return str(self.client_id)


class ClientSegment(models.Model):
    """Which tier, industry and region a client had when: figures filter by the value of that day."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="segments")
    tier = models.CharField(max_length=1, choices=Tier.choices)
    industry = models.ForeignKey(Industry, on_delete=models.PROTECT, null=True, related_name="+")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField(null=True)  # first day of the next value; open while current

    class Meta:
        ordering = ["client", "from_on"]
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(until_on__isnull=True), name="segment_one_current"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")), name="segment_ordered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.tier} {self.from_on}"

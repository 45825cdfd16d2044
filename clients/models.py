"""Clients after the sale: who they are, what they bought, who looks after them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Least, Lower
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from clients.enums import (
    AssignmentReason,
    AssignmentState,
    Channel,
    ClientKind,
    EventKind,
    HandoffStatus,
    OrderStatus,
    Pain,
    ReturnReason,
    Source,
)
from core.enums import AddressForm, Tier
from core.models import TimeStamped, Versioned, new_external_id
from staff.models import User

#: Set-based writes (an import of a million orders) leave their trail by one statement, not row by row.
audited = partial(pghistory.track, level=pghistory.Statement)


def sort_key(field: str) -> Func:
    """Case folded and ё = е: the embedded server has no ICU, plain ordering would put ё after я."""
    return Func(Lower(F(field)), Value("ё"), Value("е"), function="translate", output_field=models.CharField())


class Industry(models.Model):
    name = models.CharField(_("industry"), max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Region(models.Model):
    name = models.CharField(_("region"), max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProductCategory(models.Model):
    name = models.CharField(_("category"), max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Product(TimeStamped, Versioned):
    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        ProductCategory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("category"),
    )
    is_complex = models.BooleanField(_("complex"), default=False)
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2, null=True, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="product_price_not_negative"
            ),
            models.CheckConstraint(condition=Q(cost__isnull=True) | Q(cost__gte=0), name="product_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


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


#: Stand for "no order yet", "no contract yet" and "open-ended" where the list is sorted by them.
NO_ORDER = datetime(1900, 1, 1, tzinfo=UTC)
NO_CONTRACT = date(1900, 1, 1)
OPEN_ENDED = date(9999, 12, 31)


class ClientStanding(models.Model):
    """What the list is sorted by, one row per client. Kept by triggers on assignments, orders and contracts."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
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


@audited()
class Contact(TimeStamped, Versioned):
    """A person at the client, with the greeting and tone that person wants in everything sent."""

    external_id = models.CharField(_("external id"), max_length=100, unique=True, default=new_external_id)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=200)
    position = models.CharField(_("position"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    greeting = models.CharField(_("greeting"), max_length=120, blank=True)
    address_form = models.CharField(
        _("form of address"), max_length=2, choices=AddressForm.choices, default=AddressForm.VY
    )
    tone = models.CharField(_("tone"), max_length=120, blank=True)
    channel = models.CharField(_("preferred channel"), max_length=16, choices=Channel.choices, blank=True)
    hours = models.CharField(_("convenient hours"), max_length=120, blank=True)
    is_primary = models.BooleanField(_("main contact"), default=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-is_primary", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=Q(is_primary=True, archived_at__isnull=True), name="contact_one_primary"
            ),
        ]
        indexes = [models.Index(Lower("email"), condition=~Q(email=""), name="contact_by_email")]

    def __str__(self) -> str:
        return self.name


class ContactPhone(models.Model):
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(_("phone"), max_length=40)  # E.164, with ";ext=12" for an extension
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["contact", "number"], name="phone_once_per_contact")]
        indexes = [models.Index(fields=["number"], name="phone_by_number")]

    def __str__(self) -> str:
        return self.number


@audited(exclude=["ends"])
class Contract(TimeStamped, Versioned):
    """An agreement over days. ``ends_on`` and ``terminated_on`` are the last covered day."""

    external_id = models.CharField(_("external id"), max_length=100, unique=True, default=new_external_id)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contracts")
    number = models.CharField(_("number"), max_length=64, blank=True)
    signed_on = models.DateField(_("signed on"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    prolongation_months = models.PositiveSmallIntegerField(_("prolongs itself by, months"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("notice, days"), null=True, blank=True)
    terminated_on = models.DateField(_("terminated, last covered day"), null=True, blank=True)
    products = models.ManyToManyField(Product, blank=True, related_name="contracts", verbose_name=_("products"))
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.MANUAL, editable=False)
    ends = models.GeneratedField(
        expression=Least("ends_on", "terminated_on"), output_field=models.DateField(null=True), db_persist=True
    )

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="contract_ordered"
            ),
            models.CheckConstraint(
                condition=Q(terminated_on__isnull=True) | Q(terminated_on__gte=F("starts_on")),
                name="contract_terminated_after_start",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="contract_amount_not_negative"),
        ]
        indexes = [
            models.Index(fields=["client", "starts_on"], name="contract_of_client"),
            models.Index(fields=["ends"], name="contract_by_end"),
        ]

    def __str__(self) -> str:
        return self.number or self.external_id


@audited(exclude=["net"])
class Order(TimeStamped, Versioned):
    """A purchase. Money is net of the refund; the refund counts from its own date."""

    external_id = models.CharField(_("external id"), max_length=100, unique=True, default=new_external_id)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="orders")
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("contract")
    )
    ordered_at = models.DateTimeField(_("ordered"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=OrderStatus.choices, default=OrderStatus.NEW)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    refunded_amount = models.DecimalField(_("refunded"), max_digits=14, decimal_places=2, default=0)
    refunded_on = models.DateField(_("refunded on"), null=True, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    products = models.ManyToManyField(Product, blank=True, related_name="orders", verbose_name=_("products"))
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.MANUAL, editable=False)
    net = models.GeneratedField(
        expression=F("amount") - F("refunded_amount"),
        output_field=models.DecimalField(max_digits=14, decimal_places=2),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-ordered_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="order_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("amount")), name="order_refund_within_amount"
            ),
        ]
        indexes = [
            models.Index(fields=["client", "ordered_at"], name="order_of_client"),
            models.Index(fields=["ordered_at"], name="order_by_time"),
        ]

    def __str__(self) -> str:
        return self.external_id


@audited()
class Assignment(models.Model):
    """Who owns the relation and since when; the open one is today's owner."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="assignments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=16, choices=AssignmentState.choices, default=AssignmentState.ACTIVE)
    reason = models.CharField(max_length=16, choices=AssignmentReason.choices)
    note = models.CharField(max_length=300, blank=True)
    to_distribute = models.BooleanField(default=False)  # the head holds it only until somebody is found
    started_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("owner")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(ended_at__isnull=True), name="assignment_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="assignment_ordered"
            ),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(ended_at__isnull=True), name="assignment_open_of_user")]

    def __str__(self) -> str:
        return f"{self.client_id} → {self.user_id}"


class StoredFile(models.Model):
    """A file kept at a client; reached only through a view that checks who asks."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="files")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    name = models.CharField(_("name"), max_length=200)
    content = models.FileField(upload_to="files/%Y/%m/")
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-uploaded_at", "-id"]

    def __str__(self) -> str:
        return self.name


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


class TimelineEvent(models.Model):
    """One business fact of a client's history; ``subject`` names the row that it is about."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="timeline")
    kind = models.CharField(max_length=32, choices=EventKind.choices)
    at = models.DateTimeField(default=now)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    summary = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    subject_type = models.CharField(max_length=32, blank=True)  # a model's label_lower: "work.touch"
    subject_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["client", "-at", "-id"], name="timeline_of_client")]
        triggers = [pgtrigger.Protect(name="timeline_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.client_id} {self.kind}"


class LetterTemplate(TimeStamped, Versioned):
    """Editable wording. Only the named placeholders of docs/letters.md are replaced; it is never code."""

    code = models.SlugField(max_length=64)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="ru")
    name = models.CharField(_("name"), max_length=120)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    for_hand = models.BooleanField(_("offered when writing a letter by hand"), default=False)

    class Meta:
        verbose_name = _("letter template")
        ordering = ["code", "language"]
        constraints = [models.UniqueConstraint(fields=["code", "language"], name="letter_template_once")]

    def __str__(self) -> str:
        return f"{self.code} ({self.language})"


class ClientLetter(models.Model):
    """A letter to a contact, on the timeline; its way out is in the outbox."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="letters")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="letters")
    message = models.OneToOneField("gateways.OutboxMessage", on_delete=models.PROTECT, related_name="+")
    template_code = models.CharField(max_length=64, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.client_id} {self.template_code}"

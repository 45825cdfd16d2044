"""Contracts and orders."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from clients.enums import (
    OrderStatus,
    Source,
)
from clients.models.base import audited
from clients.models.catalogue import Product
from clients.models.clients import Client
from core.models import TimeStamped, Versioned, new_external_id


@audited(exclude=["ends"])
class Contract(TimeStamped, Versioned):
    """An agreement over days. ``ends_on`` and ``terminated_on`` are the last covered day."""

    external_id = models.CharField(_("external id"), max_length=100, unique=True, default=new_external_id)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contracts", db_index=False)
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

    @property
    def last_day(self) -> date | None:
        """That it covers; of one that prolongs itself there is none until it is terminated."""
        return self.terminated_on if self.prolongation_months else self.ends


@audited(exclude=["net"])
class Order(TimeStamped, Versioned):
    """A purchase. Money is net of the refund; the refund counts from its own date."""

    external_id = models.CharField(_("external id"), max_length=100, unique=True, default=new_external_id)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="orders", db_index=False)
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
            # What a client bought is read from the index alone: his rows lie all over the table.
            models.Index(fields=["client", "ordered_at", "id"], include=["status", "net"], name="order_by_client"),
            models.Index(fields=["ordered_at"], name="order_by_time"),
            models.Index(fields=["net", "ordered_at"], condition=Q(status=OrderStatus.COMPLETED), name="order_by_net"),
            models.Index(fields=["refunded_on"], condition=Q(refunded_on__isnull=False), name="order_by_refund"),
            models.Index(
                fields=["client"],
                condition=Q(status=OrderStatus.CANCELLED) | Q(amount__gt=0, refunded_amount__gte=F("amount")),
                name="order_fell_through",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id

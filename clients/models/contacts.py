"""The people at the client."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from clients.enums import (
    Channel,
)
from clients.models.base import audited
from clients.models.clients import Client
from core.enums import AddressForm
from core.models import TimeStamped, Versioned, new_external_id


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
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="phones", db_index=False)
    number = models.CharField(_("phone"), max_length=40)  # E.164, with ";ext=12" for an extension
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["contact", "number"], name="phone_once_per_contact")]
        indexes = [models.Index(fields=["number"], name="phone_by_number")]

    def __str__(self) -> str:
        return self.number

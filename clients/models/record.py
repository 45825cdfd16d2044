"""The history of a client: events and letters."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from clients.enums import (
    EventKind,
)
from clients.models.clients import Client
from clients.models.contacts import Contact
from core.models import TimeStamped, Versioned
from staff.models import User


class TimelineEvent(models.Model):
    """One business fact of a client's history; ``subject`` names the row that it is about."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="timeline", db_index=False)
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

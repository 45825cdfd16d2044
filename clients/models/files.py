"""Files kept at a client."""

from __future__ import annotations

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from clients.models.clients import Client
from clients.models.deals import Contract
from staff.models import User


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

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageState(models.TextChoices):
    """A letter's way out. ``uncertain``: the sender died while talking to the mail server, a person decides."""

    QUEUED = "queued", _("queued")
    CLAIMED = "claimed", _("taken by a sender")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    UNCERTAIN = "uncertain", _("uncertain")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class MessageClass(models.TextChoices):
    """Advertising needs consent by law (38-FZ, art. 18); service letters and surveys do not."""

    SERVICE = "service", _("service")
    SURVEY = "survey", _("survey")
    ADVERTISING = "advertising", _("advertising")
    STAFF = "staff", _("to staff")


class Decision(models.TextChoices):
    """What a person said about a letter that the machine must not decide on."""

    RESEND = "resend", _("send again")
    ARRIVED = "arrived", _("it arrived")
    CANCEL = "cancel", _("do not send")

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scale(models.TextChoices):
    """Scales are never mixed: each survey keeps the one it was asked on."""

    CSAT10 = "csat10", _("satisfaction 1–10")
    CSAT5 = "csat5", _("satisfaction 1–5")
    NPS = "nps", _("recommendation 0–10")
    CES = "ces", _("effort 1–7")


class About(models.TextChoices):
    COMPANY = "company", _("company")
    MANAGER = "manager", _("manager")
    PRODUCT = "product", _("product")


class InvitationState(models.TextChoices):
    PLANNED = "planned", _("planned")
    SENT = "sent", _("sent")
    ANSWERED = "answered", _("answered")
    CLOSED = "closed", _("closed without an answer")


class ComplaintCategory(models.TextChoices):
    DEADLINE = "deadline", _("missed deadline")
    QUALITY = "quality", _("quality")
    SERVICE = "service", _("service")
    DOCUMENTS = "documents", _("documents and money")
    OTHER = "other", _("other")


class ComplaintState(models.TextChoices):
    OPEN = "open", _("open")
    RESOLVED = "resolved", _("resolved")

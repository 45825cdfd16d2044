from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ObjectionKind(models.TextChoices):
    """What an objection is about, in the words of the reasons for leaving."""

    SERVICE = "service", _("service")
    PRODUCT = "product", _("product")
    TERMS = "terms", _("terms")
    EXTERNAL = "external", _("external")


class AnswerKind(models.TextChoices):
    TEXT = "text", _("free text")
    YES_NO = "yes_no", _("yes or no")
    SCORE = "score", _("score 1–10")

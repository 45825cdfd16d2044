from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ViewPage(models.TextChoices):
    """Pages whose question can be kept under a name."""

    DEPARTMENT = "department", _("Department")
    COMPARE = "compare", _("Before and after")


class AlertKind(models.TextChoices):
    CORRIDOR = "corridor", _("outside its corridor")
    SCORE = "score", _("a manager's scores dropped")
    DROP = "drop", _("a manager does worse than his own year before")


class BonusPays(models.TextChoices):
    """What a step of a bonus names."""

    MONEY = "money", _("₽")
    PERCENT = "percent", _("per cent of the base")
